"""Local accounts: a password that its person chose, a code where there is a factor; a stranger learns nothing."""

from functools import partial

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from checkpoints.actions import deciding, reading
from checkpoints.actions.own import granting
from checkpoints.actions.people import joining, proving
from checkpoints.actions.people.accounts import admitting, choosing, recovering
from checkpoints.core.errors import NeedsFactor, NotYourCall, Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role, Verdict
from checkpoints.store.secret import passwords
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Authenticator, Office, spend
from to_tools import identity

PASSWORD = "words in a row will do"


def refused(office: Office, name: str, password: str, code: str = "") -> str:
    """What they are told who are not signed in."""
    with pytest.raises(NotYourCall) as no:
        admitting.sign_in(office.desk, name, password, code)
    return str(no.value)


def counted(office: Office) -> dict[str, int]:
    with office.desk.transaction() as tx:
        return {row.sort: int(row.tries) for row in tx.execute(text("select sort, tries from desk.refused_sign_in"))}


def audited(office: Office, event: str) -> int:
    return sum(line.event == event for line in reading.audit_page(office.desk).lines)


def test_whoever_has_no_factor_and_needs_none_signs_in_by_name_and_password(office: Office) -> None:
    choosing.choose(office.desk, office.mira, PASSWORD)
    mira = identity.verify(office.desk, admitting.sign_in(office.desk, " mira", PASSWORD))
    assert (mira.id, mira.way, mira.scope) == (office.mira.id, "page", "all")
    with office.desk.transaction() as tx:
        [kept] = tx.scalars(text("select hash from desk.password")).all()
        assert PASSWORD not in "".join(tx.scalars(text("select body from desk.audit_line")))
    assert kept.startswith("$argon2id$")
    assert audited(office, "signed in") == 1


def test_a_factor_gives_its_code_in_the_same_form_and_that_is_a_proof(office: Office) -> None:
    choosing.choose(office.desk, office.ada, PASSWORD)
    app = Authenticator(office.desk, proving.enrol(office.desk, office.ada).seed)
    recovery = proving.confirm(office.desk, office.ada, app.code())[0]
    for wrong in ("", "12", app.code(-9)):
        assert refused(office, "Ada", PASSWORD, wrong) == admitting.NOT_SIGNED_IN
    ada = identity.verify(office.desk, admitting.sign_in(office.desk, "Ada", PASSWORD, app.code(1)))
    assert proving.standing(office.desk, ada).proved
    assert refused(office, "Ada", PASSWORD, app.code(1)) == admitting.NOT_SIGNED_IN
    again = identity.verify(office.desk, admitting.sign_in(office.desk, "Ada", PASSWORD, recovery))
    assert proving.standing(office.desk, again).proved
    assert recovering.left(office.desk, again) == 9
    assert refused(office, "Ada", PASSWORD, recovery) == admitting.NOT_SIGNED_IN


def test_an_operator_without_a_factor_gets_in_to_enrol_and_to_nothing_else(office: Office) -> None:
    choosing.choose(office.desk, office.ada, PASSWORD)
    ada = identity.verify(office.desk, admitting.sign_in(office.desk, "Ada", PASSWORD))
    assert ada.scope == "enrol"
    point = office.ask(office.case(), spend())
    yes = deciding.Press(point.id, 1, point.digest, Verdict.APPROVE)
    with pytest.raises(NotYourCall, match="Enrol a second factor first"):
        deciding.answer(office.desk, ada, yes)
    with pytest.raises(NotYourCall, match="Enrol a second factor first"):
        granting.ask_to_join(office.desk, ada, "Eve", Role.TO)
    with pytest.raises(NotYourCall, match="Enrol a second factor first"):
        joining.new_token(office.desk, ada, "shell")
    office.enrol(ada)
    assert deciding.answer(office.desk, ada, yes).state is State.APPROVED


def test_a_refusal_is_the_same_for_whoever_is_here_and_whoever_is_not(office: Office) -> None:
    choosing.choose(office.desk, office.mira, PASSWORD)
    names = ("Mira", "Ada", "Nobody", "", "x" * 999)
    told = {refused(office, name, "no such words at all") for name in names}
    assert told == {admitting.NOT_SIGNED_IN}
    assert refused(office, "Mira", PASSWORD * 100) == admitting.NOT_SIGNED_IN
    # Of whoever has no password here there is a count, and no line that a stranger could fill the audit with.
    assert (counted(office), audited(office, "sign-in refused")) == ({"unknown": 4}, 2)


def test_after_five_wrong_tries_the_right_one_has_to_wait_and_is_told_the_same(office: Office) -> None:
    choosing.choose(office.desk, office.mira, PASSWORD)
    at_once([partial(admitting.sign_in, office.desk, "Mira", "no such words at all")] * 8)
    assert (audited(office, "sign-in refused"), counted(office)) == (5, {"too soon": 3})
    assert refused(office, "Mira", PASSWORD) == admitting.NOT_SIGNED_IN
    later(office, "31 seconds")
    assert refused(office, "Mira", "no such words at all") == admitting.NOT_SIGNED_IN
    later(office, "62 seconds")
    assert refused(office, "Mira", PASSWORD) == admitting.NOT_SIGNED_IN
    later(office, "2 minutes")
    assert admitting.sign_in(office.desk, "Mira", PASSWORD)
    assert refused(office, "Mira", "no such words at all") == admitting.NOT_SIGNED_IN
    assert admitting.sign_in(office.desk, "Mira", PASSWORD)


def test_a_hash_from_before_is_made_anew_when_its_password_is_given(office: Office) -> None:
    choosing.choose(office.desk, office.mira, PASSWORD)
    weak = PasswordHasher(time_cost=1, memory_cost=9, parallelism=1).hash(PASSWORD)
    with office.desk.transaction() as tx:
        tx.execute(text("update desk.password set hash = :weak"), {"weak": weak})
    assert refused(office, "Mira", "no such words at all") == admitting.NOT_SIGNED_IN
    assert admitting.sign_in(office.desk, "Mira", PASSWORD)
    with office.desk.transaction() as tx:
        [kept] = tx.scalars(text("select hash from desk.password")).all()
    assert kept != weak
    assert admitting.sign_in(office.desk, "Mira", PASSWORD)


def test_a_password_is_chosen_with_the_factor_and_ends_the_other_sessions(office: Office) -> None:
    elsewhere = joining.new_token(office.desk, office.ada, "page")
    here = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "page"))
    office.enrol(office.ada)
    with pytest.raises(NeedsFactor, match="Choosing a password needs your second factor"):
        choosing.choose(office.desk, here, PASSWORD)
    choosing.choose(office.desk, office.ada, PASSWORD)
    with pytest.raises(NotYourCall, match="not signed in"):
        identity.verify(office.desk, elsewhere)
    with pytest.raises(NotYourCall, match="not signed in any more"):
        choosing.choose(office.desk, here, PASSWORD)
    assert choosing.has_one(office.desk, office.ada)
    with pytest.raises(Refused, match="little more than your name"):
        choosing.choose(office.desk, office.ada, "Ada Ada 2026")


def test_whoever_is_removed_signs_in_no_more(office: Office) -> None:
    choosing.choose(office.desk, office.mira, PASSWORD)
    joining.remove_person(office.desk, office.ada, "Mira", "left the agency")
    assert refused(office, "Mira", PASSWORD) == admitting.NOT_SIGNED_IN
    assert counted(office) == {"unknown": 1}


def test_a_flood_of_tries_is_put_off_before_it_takes_the_machine(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    with passwords.slot(), passwords.slot(), pytest.raises(Unavailable, match="Too many sign in"):
        admitting.sign_in(office.desk, "Nobody", "no such words at all")
    assert refused(office, "Nobody", "no such words at all") == admitting.NOT_SIGNED_IN
