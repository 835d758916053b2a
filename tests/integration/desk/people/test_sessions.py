"""What a person is signed in with: seen, ended, made with the factor, for all or only to read, over when idle."""

import pytest

from checkpoints.actions import deciding, reading, withdrawing
from checkpoints.actions.courses import cancelling
from checkpoints.actions.from_outside import arriving
from checkpoints.actions.own import granting
from checkpoints.actions.people import joining, proving, reaching
from checkpoints.actions.people.accounts import choosing, keeping, recovering
from checkpoints.core.errors import NeedsFactor, NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Role, Verdict
from tests.integration.desk.moments import later
from tests.stage.desks import Office, spend
from to_tools import identity

READS = "This token only reads"


def reader(office: Office, person: Person) -> Person:
    """The same person by a token that only reads."""
    return identity.verify(office.desk, joining.new_token(office.desk, person, "shell", "read"))


def test_a_token_that_only_reads_decides_changes_and_makes_nothing(office: Office) -> None:
    ada, desk = reader(office, office.ada), office.desk
    point = office.ask(office.case(), spend())
    press = deciding.Press(point.id, 1, point.digest, Verdict.APPROVE)
    alone = deciding.Press(point.id, 1, point.digest, Verdict.APPROVE, note="nobody else is here")
    no = deciding.Press(point.id, 1, point.digest, Verdict.REJECT, note="no")
    tries = (
        lambda: deciding.answer(desk, ada, press),
        lambda: deciding.answer(desk, ada, no),
        lambda: deciding.break_glass(desk, ada, alone),
        lambda: withdrawing.withdraw(desk, ada, point.id, "mine"),
        lambda: cancelling.cancel(desk, ada, "sample", "mine"),
        lambda: granting.ask_to_join(desk, ada, "Eve", Role.TO),
        lambda: joining.remove_person(desk, ada, "Mira", "mine"),
        lambda: joining.new_token(desk, ada, "shell"),
        lambda: reaching.set_email(desk, ada, "Ada", "eve@example.com"),
        lambda: choosing.choose(desk, ada, "words in a row will do"),
        lambda: proving.enrol(desk, ada),
        lambda: recovering.renew(desk, ada),
        lambda: keeping.end_others(desk, ada),
    )
    for attempt in tries:
        with pytest.raises(NotYourCall, match=READS):
            attempt()
    with pytest.raises(NotYourCall):
        arriving.sound(desk, ada, "sample", "fire")
    assert (office.show(point).state, office.show(point).answers) == (State.OPEN, ())
    assert len(keeping.sessions(desk, ada)) == 3
    assert reading.everyone(desk)


def test_a_token_is_made_with_the_factor_proven_by_whoever_has_one(office: Office) -> None:
    elsewhere = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "page"))
    app = office.enrol(office.ada)
    for way in joining.LASTS:
        with pytest.raises(NeedsFactor, match="Making a token, which a sign-in link is too, needs your second factor"):
            joining.new_token(office.desk, elsewhere, way)
    proving.prove(office.desk, elsewhere, app.code(1))
    assert joining.new_token(office.desk, elsewhere, "shell")


def test_one_sees_ones_own_and_ends_one_or_all_the_others(office: Office) -> None:
    page = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "page"))
    shell = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "shell"))
    listed = keeping.sessions(office.desk, office.ada)
    assert [token.way for token in listed] == ["shell", "page", "shell", "sign-in link"]
    mira = keeping.sessions(office.desk, office.mira)
    with pytest.raises(Refused, match="no session of yours"):
        keeping.end(office.desk, office.ada, str(mira[0].id))
    with pytest.raises(Refused, match="no session of yours"):
        keeping.end(office.desk, office.ada, "")
    assert keeping.end(office.desk, office.ada, str(page.proof)[:8]).way == "page"
    with pytest.raises(NotYourCall, match="not signed in any more"):
        proving.standing(office.desk, page)
    assert keeping.end_others(office.desk, office.ada) == 2
    with pytest.raises(NotYourCall):
        keeping.sessions(office.desk, shell)
    assert [token.id for token in keeping.sessions(office.desk, office.ada)] == [office.ada.proof]
    assert proving.standing(office.desk, office.mira).active


def test_its_last_use_is_written_down_once_an_hour(office: Office) -> None:
    token = joining.new_token(office.desk, office.ada, "shell")

    def used() -> list[str]:
        identity.verify(office.desk, token)
        others = (t for t in keeping.sessions(office.desk, office.ada) if t.id != office.ada.proof)
        return [str(t.last_used_at) for t in others if t.way == "shell"]

    assert used() == ["None"]
    later(office, "61 minutes")
    first = used()
    later(office, "90 minutes")
    assert used() == first != ["None"]
    later(office, "3 hours")
    assert used() != first


def test_a_browser_that_nobody_uses_is_signed_out_after_half_a_day_a_shell_is_not(office: Office) -> None:
    page, shell = (joining.new_token(office.desk, office.ada, way) for way in ("page", "shell"))
    later(office, "11 hours")
    assert identity.verify(office.desk, page).id == office.ada.id
    later(office, "22 hours")
    assert identity.verify(office.desk, page).id == office.ada.id
    later(office, "35 hours")
    assert identity.verify(office.desk, shell).id == office.ada.id
    with pytest.raises(NotYourCall):
        identity.verify(office.desk, page)
