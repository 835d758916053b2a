"""The second factor: enrolled by its first code, each code once, ten minutes a token, wrong ones counted and told."""

import os
import stat
from functools import partial

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, reading
from checkpoints.actions.own import granting
from checkpoints.actions.people import joining, proving
from checkpoints.core.errors import Countersign, IllegalMove, NeedsFactor, NotYourCall, Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Risk, Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Authenticator, Office, spend
from to_tools import identity

WRONG = "is not the code of now"


@pytest.fixture
def app(office: Office) -> Authenticator:
    """Ada's, enrolled in her shell."""
    return office.enrol(office.ada)


@pytest.fixture
def risky(office: Office) -> Checkpoint:
    """What deletes, and so needs a second factor."""
    return office.ask(office.case(), spend(risks=(Risk.DELETES,)))


def approve(office: Office, who: Person, point: Checkpoint) -> Checkpoint:
    yes = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    return deciding.answer(office.desk, who, yes)


def signed_in_again(office: Office, who: Person) -> Person:
    """The same person by another token, as in a second browser."""
    return identity.verify(office.desk, joining.new_token(office.desk, who, "page"))


def audited(office: Office) -> list[str]:
    return [line.event for line in reading.audit_page(office.desk).lines if line.event.startswith("second factor")]


def wrong_code(app: Authenticator) -> str:
    """Six digits that are none of the codes around now."""
    near = {app.code(steps) for steps in range(-3, 4)}
    return next(code for code in map("{:06d}".format, range(10)) if code not in near)


def test_a_factor_holds_from_its_first_code_on_and_that_is_a_proof(office: Office, risky: Checkpoint) -> None:
    enrolling = proving.enrol(office.desk, office.ada)
    with pytest.raises(NeedsFactor, match="you have none yet"):
        approve(office, office.ada, risky)
    assert proving.enrolling(office.desk, office.ada) == enrolling
    assert enrolling.uri.startswith("otpauth://totp/Countersign:Ada?secret=")
    proving.confirm(office.desk, office.ada, Authenticator(office.desk, enrolling.seed).code())
    assert proving.enrolling(office.desk, office.ada) is None
    assert approve(office, office.ada, risky).state is State.APPROVED
    assert audited(office) == ["second factor enrolled"]


def test_a_proof_holds_for_its_token_only(office: Office, app: Authenticator, risky: Checkpoint) -> None:
    elsewhere = signed_in_again(office, office.ada)
    with pytest.raises(NeedsFactor, match="--otp 123456"):
        approve(office, elsewhere, risky)
    proving.prove(office.desk, elsewhere, app.code(1))
    assert approve(office, elsewhere, risky).state is State.APPROVED


@pytest.mark.promise("C8.2", "C8.4")
@pytest.mark.parametrize(("after", "holds"), [("9 minutes 55 seconds", True), ("10 minutes 1 second", False)])
def test_a_proof_lasts_ten_minutes_of_the_databases_clock(
    office: Office, app: Authenticator, risky: Checkpoint, after: str, holds: bool
) -> None:
    later(office, after)
    if holds:
        assert approve(office, office.ada, risky).state is State.APPROVED
    else:
        with pytest.raises(NeedsFactor):
            approve(office, office.ada, risky)
        assert office.show(risky).answers == ()


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.CHANGES])
def test_a_no_never_needs_it(office: Office, risky: Checkpoint, verdict: Verdict) -> None:
    no = deciding.Press(risky.id, risky.revision, risky.digest, verdict, note="no")
    assert deciding.answer(office.desk, office.ada, no).state is not State.OPEN


@pytest.mark.promise("C8.2", "C8.4")
def test_no_code_counts_twice_nor_one_from_before_it(office: Office, app: Authenticator) -> None:
    used, before = app.code(1), app.code()
    proving.prove(office.desk, office.ada, used)
    for code in (used, before):
        with pytest.raises(Refused, match="it was used before"):
            proving.prove(office.desk, office.ada, code)


def test_one_code_at_many_doors_at_once_opens_one(office: Office, app: Authenticator) -> None:
    tokens = [signed_in_again(office, office.ada) for _ in range(4)]
    code = app.code(1)
    told = at_once([partial(proving.prove, office.desk, token, code) for token in tokens])
    assert sum(not isinstance(one, Countersign) for one in told) == 1
    assert sum(proving.standing(office.desk, token).proved for token in tokens) == 1


@pytest.mark.parametrize("steps", [-2, 3])
def test_the_code_of_another_minute_is_refused(office: Office, app: Authenticator, steps: int) -> None:
    later(office, "5 minutes")
    with pytest.raises(Refused, match=WRONG):
        proving.prove(office.desk, office.ada, app.code(steps))


def test_another_persons_code_is_no_proof(office: Office, app: Authenticator) -> None:
    bob = office.person("Bob", Role.TO)
    with pytest.raises(NeedsFactor, match="You have no second factor yet"):
        proving.prove(office.desk, bob, app.code(1))
    office.enrol(bob)
    with pytest.raises(Refused, match=WRONG):
        proving.prove(office.desk, bob, app.code(1))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "123456\0", "9" * 10_000])
def test_what_is_no_code_is_refused_and_not_counted(office: Office, app: Authenticator, code: str) -> None:
    for _ in range(proving.FREE_TRIES + 1):
        with pytest.raises(Refused, match="right would be the six digits"):
            proving.prove(office.desk, office.ada, code)
    proving.prove(office.desk, office.ada, f" {app.code(1)[:3]} {app.code(1)[3:]} ")


def test_after_five_wrong_codes_even_the_right_one_waits_longer_each_time(office: Office, app: Authenticator) -> None:
    for _ in range(proving.FREE_TRIES):
        with pytest.raises(Refused, match=WRONG):
            proving.prove(office.desk, office.ada, wrong_code(app))
    assert audited(office) == ["second factor refused"] * proving.FREE_TRIES + ["second factor enrolled"]
    # A fresh token is no fresh start: whoever guesses could make one a guess.
    elsewhere = signed_in_again(office, office.ada)
    for token in (office.ada, elsewhere):
        with pytest.raises(Refused, match=r"5 codes in a row were wrong.*from \d\d:\d\d:\d\d UTC"):
            proving.prove(office.desk, token, app.code(1))
    later(office, "31 seconds")
    with pytest.raises(Refused, match=WRONG):
        proving.prove(office.desk, elsewhere, wrong_code(app))
    later(office, "62 seconds")
    with pytest.raises(Refused, match="6 codes in a row were wrong"):
        proving.prove(office.desk, office.ada, app.code())
    later(office, "2 minutes")
    proving.prove(office.desk, office.ada, app.code())
    with pytest.raises(Refused, match=WRONG):
        proving.prove(office.desk, office.ada, wrong_code(app))


def test_a_factor_that_was_removed_proves_nothing_and_what_it_proved_is_over(
    office: Office, app: Authenticator, risky: Checkpoint
) -> None:
    with pytest.raises(Refused, match=WRONG):
        proving.end(office.desk, office.ada, wrong_code(app))
    proving.end(office.desk, office.ada, app.code(1))
    assert audited(office)[0] == "second factor removed"
    with pytest.raises(NeedsFactor, match="you have none yet"):
        approve(office, office.ada, risky)
    office.enrol(office.ada)
    with pytest.raises(Refused, match=WRONG):
        proving.prove(office.desk, office.ada, app.code(1))


def test_another_one_instead_needs_a_code_of_the_one_that_holds(
    office: Office, app: Authenticator, risky: Checkpoint
) -> None:
    with pytest.raises(NeedsFactor, match="give a code of it"):
        proving.enrol(office.desk, office.ada)
    with pytest.raises(Refused, match=WRONG):
        proving.enrol(office.desk, office.ada, wrong_code(app))
    other = Authenticator(office.desk, proving.enrol(office.desk, office.ada, app.code(1)).seed)
    assert approve(office, office.ada, risky).state is State.APPROVED
    elsewhere = signed_in_again(office, office.ada)
    proving.confirm(office.desk, elsewhere, other.code())
    assert not proving.standing(office.desk, office.ada).proved
    assert proving.standing(office.desk, elsewhere).proved


def test_what_was_not_confirmed_in_half_an_hour_is_over_and_an_earlier_one_with_the_next(office: Office) -> None:
    first = Authenticator(office.desk, proving.enrol(office.desk, office.ada).seed)
    proving.enrol(office.desk, office.ada)
    with pytest.raises(Refused, match=WRONG):
        proving.confirm(office.desk, office.ada, first.code())
    later(office, "30 minutes")
    assert proving.enrolling(office.desk, office.ada) is None
    with pytest.raises(IllegalMove, match="Begin again"):
        proving.confirm(office.desk, office.ada, first.code())


def test_who_may_decide_is_changed_with_the_factor_once_there_is_one(office: Office, app: Authenticator) -> None:
    stolen = signed_in_again(office, office.ada)
    with pytest.raises(NeedsFactor, match="Who may decide here needs your second factor"):
        granting.ask_to_join(office.desk, stolen, "Eve", Role.TO)
    with pytest.raises(NeedsFactor):
        joining.remove_person(office.desk, stolen, "Mira", "mine now")
    proving.prove(office.desk, stolen, app.code(1))
    assert granting.ask_to_join(office.desk, stolen, "Eve", Role.TO).label == "desk/1"


def test_whoever_signed_out_proves_nothing(office: Office, app: Authenticator) -> None:
    joining.sign_out(office.desk, office.ada)
    calls = (proving.prove, proving.confirm, proving.end, proving.enrol)
    for call in calls:
        with pytest.raises(NotYourCall, match="not signed in any more"):
            call(office.desk, office.ada, app.code(1))
    with pytest.raises(NotYourCall, match="not signed in any more"):
        proving.enrolling(office.desk, office.ada)


def test_the_seed_lies_sealed_its_key_beside_and_without_the_key_nothing_is_proven(
    office: Office, app: Authenticator
) -> None:
    key = office.settings.keys / "factor.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert os.listdir(key.parent).count("factor.key") == len([n for n in os.listdir(key.parent) if "factor" in n])
    with office.desk.transaction() as tx:
        tables = tx.scalars(text("select table_name from information_schema.tables where table_schema = 'desk'")).all()
        everything = [bytes(sealed) for sealed in tx.scalars(text("select sealed from desk.factor"))]
        everything += [str(row).encode() for t in tables for row in tx.execute(text(f"select t::text from desk.{t} t"))]
    assert not [row for row in everything if app.seed.encode() in row or app.code(1).encode() in row]
    kept = key.read_bytes()
    for broken in (None, b"", b"\xff" * 44, b"A" * 43 + b"="):
        key.unlink() if broken is None else key.write_bytes(broken)
        with pytest.raises(Unavailable, match=r"factor\.key"):
            proving.prove(office.desk, office.ada, app.code(1))
    key.write_bytes(kept)
    proving.prove(office.desk, office.ada, app.code(1))
