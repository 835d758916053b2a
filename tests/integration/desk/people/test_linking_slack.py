"""Whose Slack account is whose: a code links the two, once and for a while; guessing waits, and many ways end it."""

import json
import re
from functools import partial

import pytest

from checkpoints.actions.people import joining
from checkpoints.actions.people.accounts import keeping
from checkpoints.actions.people.by_slack import linking
from checkpoints.core.errors import IllegalMove, NeedsFactor, NotYourCall, Refused, WrongCode
from checkpoints.core.from_outside import guessing
from checkpoints.core.model import Person, Role
from checkpoints.store import audit
from checkpoints.store.from_outside.slack import accounts, workspace
from checkpoints.store.from_outside.slack.accounts import User
from checkpoints.store.from_outside.slack.workspace import Workspace
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office
from to_tools import identity

US = Workspace("T0CLIENT", "Client", "U0DESK")
HERS, HIS, STRANGER = User("T0CLIENT", "U0ADA"), User("T0CLIENT", "U0MIRA"), User("T0CLIENT", "U0STRANGER")


@pytest.fixture(autouse=True)
def connected(office: Office) -> None:
    with office.desk.transaction() as tx:
        workspace.connect(tx, US)


def whose(office: Office, user: User) -> str | None:
    with office.desk.transaction() as tx:
        account = accounts.by_user(tx, user)
    return account.name if account else None


def lines(office: Office, *events: str) -> list[dict[str, object]]:
    with office.desk.transaction() as tx:
        return [json.loads(line.body) for line in audit.lines(tx, 0) if line.event in events]


def link(office: Office, person: Person, user: User) -> None:
    linking.link(office.desk, user, linking.new_code(office.desk, person))


def test_a_code_links_the_account_that_says_it_however_it_is_typed(office: Office) -> None:
    code = linking.new_code(office.desk, office.ada)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code)
    typed = f" `{code.lower().replace('-', ' ').replace('1', 'l').replace('0', 'o')}` "
    assert linking.link(office.desk, HERS, typed) == "Ada"
    held = linking.linked(office.desk, office.ada)
    assert held is not None
    assert (whose(office, HERS), held.user_id, held.scope) == ("Ada", "U0ADA", "all")
    assert lines(office, "Slack account linked") == [{"person": str(office.ada.id), "name": "Ada", "slack": "U0ADA"}]
    (session,) = [one for one in keeping.sessions(office.desk, office.ada) if one.way == "slack"]
    assert (session.id, (session.expires_at - session.made_at).days) == (held.proof, 90)


def test_a_code_counts_once_for_ten_minutes_and_only_the_newest(office: Office) -> None:
    first, second = (linking.new_code(office.desk, office.ada) for _ in range(2))
    with pytest.raises(WrongCode):
        linking.link(office.desk, HERS, first)
    assert linking.link(office.desk, HERS, second) == "Ada"
    with pytest.raises(WrongCode):
        linking.link(office.desk, STRANGER, second)
    late = linking.new_code(office.desk, office.mira)
    later(office, "10 minutes 1 second")
    with pytest.raises(WrongCode, match="older than ten minutes"):
        linking.link(office.desk, HIS, late)
    assert (whose(office, HERS), whose(office, STRANGER), whose(office, HIS)) == ("Ada", None, None)


def test_of_many_who_say_a_code_at_once_one_is_linked(office: Office) -> None:
    code = linking.new_code(office.desk, office.ada)
    users = [User("T0CLIENT", f"U0{number}") for number in range(6)]
    told = at_once([partial(linking.link, office.desk, user, code) for user in users])
    assert sorted(type(one).__name__ for one in told) == ["WrongCode"] * 5 + ["str"]


def test_whoever_guesses_is_counted_by_slack_account_and_has_to_wait(office: Office) -> None:
    code = linking.new_code(office.desk, office.ada)
    tries = [lambda: linking.link(office.desk, STRANGER, "0000-0000")] * 8
    told = at_once(tries)
    assert sum("the next is looked at from" in str(one) for one in told) == 8 - guessing.FREE_TRIES
    assert [one["wrong"] for one in lines(office, "Slack code refused")] == [1, 2, 3, 4, 5]
    with pytest.raises(WrongCode, match="5 codes in a row were wrong"):
        linking.link(office.desk, STRANGER, code)
    # Nobody else waits for that, and the code is as good as before.
    assert linking.link(office.desk, HERS, code) == "Ada"
    later(office, "31 seconds")
    assert linking.link(office.desk, STRANGER, linking.new_code(office.desk, office.mira)) == "Mira"


def test_whoever_is_linked_anew_or_whose_account_another_takes_is_unlinked_before(office: Office) -> None:
    link(office, office.ada, HERS)
    link(office, office.ada, User("T0CLIENT", "U0ADA2"))
    assert (whose(office, HERS), whose(office, User("T0CLIENT", "U0ADA2"))) == (None, "Ada")
    link(office, office.mira, User("T0CLIENT", "U0ADA2"))
    assert whose(office, User("T0CLIENT", "U0ADA2")) == "Mira"
    assert linking.linked(office.desk, office.ada) is None
    assert [one["slack"] for one in lines(office, "Slack account unlinked")] == ["U0ADA", "U0ADA2"]
    assert [one.way for one in keeping.sessions(office.desk, office.ada)].count("slack") == 0


def test_it_ends_by_unlinking_with_its_session_with_the_person_and_after_ninety_days(office: Office) -> None:
    link(office, office.ada, HERS)
    linking.unlink(office.desk, office.ada)
    assert whose(office, HERS) is None
    with pytest.raises(IllegalMove, match="No Slack account is linked to you"):
        linking.unlink(office.desk, office.ada)
    link(office, office.ada, HERS)
    held = linking.linked(office.desk, office.ada)
    assert held is not None
    keeping.end(office.desk, office.ada, str(held.proof))
    assert whose(office, HERS) is None
    link(office, office.mira, HIS)
    waiting = linking.new_code(office.desk, office.mira)
    joining.remove_person(office.desk, office.ada, "Mira", "left")
    assert whose(office, HIS) is None
    with pytest.raises(WrongCode):
        linking.link(office.desk, HIS, waiting)
    link(office, office.ada, HERS)
    later(office, "90 days")
    assert whose(office, HERS) is None


def test_a_code_is_made_by_who_may_act_with_the_factor_that_they_have(office: Office) -> None:
    reads = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "shell", "read"))
    with pytest.raises(NotYourCall, match="only reads"):
        linking.new_code(office.desk, reads)
    elsewhere = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "shell"))
    office.enrol(office.ada)
    with pytest.raises(NeedsFactor):
        linking.new_code(office.desk, elsewhere)
    assert linking.new_code(office.desk, office.ada)
    bob = office.person("Bob", Role.CLIENT)
    assert linking.link(office.desk, HIS, linking.new_code(office.desk, bob)) == "Bob"


def test_nothing_is_linked_without_slack_nor_from_another_workspace(office: Office) -> None:
    code = linking.new_code(office.desk, office.ada)
    with pytest.raises(Refused, match="not connected to Slack"):
        linking.link(office.desk, User("T0OTHER", "U0ADA"), code)
    with office.desk.transaction() as tx:
        workspace.forget(tx)
    with pytest.raises(Refused, match="not connected to Slack"):
        linking.new_code(office.desk, office.ada)
    with pytest.raises(Refused, match="not connected to Slack"):
        linking.link(office.desk, HERS, code)
