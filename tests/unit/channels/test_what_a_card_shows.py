"""The word for what a card in Slack shows: it changes exactly when the card has to, and remembers what was said."""

from dataclasses import replace

from checkpoints.actions.people.told import facing
from checkpoints.actions.people.told.facing import LOUD, RESPONSE, Sight
from checkpoints.core.clock.ladder import OPEN, Rung
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Decision, Requirement, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.rules.catalogue import read_catalogue
from tests.unit.core.points import ADA, NOON, answer, point

KIND = read_catalogue()["spend"]
APPROVED = Decision(State.APPROVED, 1, "Ada", by_rule=False, at=NOON)
LOUDLY = replace(APPROVED, emergency=True, note="Production is down.")


def sight(seen: Checkpoint, replaced: str = "") -> Sight:
    return Sight(seen, KIND, "http://desk/checkpoints/read-later-digest/3", replaced)


def test_the_word_changes_with_what_people_see_and_with_nothing_else() -> None:
    two = point(requirement=Requirement((Role.TO, Role.MANAGER), band="$200 to $500"))
    open_ = sight(two).word(1)
    assert open_ == sight(two).word(1, open_) == sight(replace(two, prefect_id="another")).word(1)
    assert open_ != sight(replace(two, answers=(answer(ADA, Verdict.APPROVE),))).word(1, open_)
    approved = point(state=State.APPROVED, decision=APPROVED, permit=Permit.UNUSED)
    assert sight(approved).word(1, open_) == sight(replace(approved, permit=Permit.DONE)).word(1) == "approved"
    assert sight(point(state=State.EXPIRED), "read-later-digest/7").word(1) == "now read-later-digest/7"
    assert sight(point(revision=3)).word(1, open_) == "revision 2"


def test_a_card_is_drawn_anew_as_it_was_hung() -> None:
    for says, buttons in ((OPEN, True), (Rung.BACKUP, True), (Rung.MANAGER, False)):
        word = sight(point()).word(1, says)
        assert word.startswith(f"{says} ")
        assert sight(point()).word(1, word) == word
        face = sight(point()).face(1, ADA.id, word)
        assert ('"approve"' in str(face.blocks).replace("'", '"')) is buttons


def test_what_is_said_beside_a_card_is_said_once_each_in_order_and_a_crash_asks_whether_it_was() -> None:
    for decision, things in ((APPROVED, (RESPONSE,)), (LOUDLY, (LOUD, RESPONSE))):
        seen = sight(point(state=State.APPROVED, decision=decision, permit=Permit.UNUSED))
        word = shows = seen.word(1)
        said = []
        while following := facing.next_to_say(shows, seen.to_say()):
            assert following[1] is False
            shows = facing.saying(word, following[0])
            assert facing.next_to_say(shows, seen.to_say()) == (following[0], True)
            assert facing.still(shows, word)
            shows = facing.having_said(word, following[0])
            said.append(following[0])
        assert tuple(said) == things
        assert facing.still(shows, word)
    assert sight(point()).to_say() == ()
