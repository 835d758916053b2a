"""Time that runs out: too late is too late, by the desk's clock, and a press in that instant has one outcome."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import create_engine, text

from checkpoints.actions import deciding, escalating, reading
from checkpoints.core.errors import IllegalMove
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office, spend

SHORTLY = timedelta(milliseconds=3)


def press(office: Office, point: Checkpoint) -> Checkpoint:
    return deciding.answer(
        office.desk, office.ada, deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    )


@pytest.fixture
def point(office: Office) -> Checkpoint:
    """It waits; no process of its run is there at all."""
    return office.ask(office.case(), spend("60"))


@pytest.mark.promise("B8.1")
@pytest.mark.parametrize(
    "rounds", [pytest.param(40, id="forty"), pytest.param(200, id="two hundred", marks=pytest.mark.long)]
)
def test_a_press_in_the_instant_of_expiry_has_one_outcome_and_both_are_told_it(office: Office, rounds: int) -> None:
    bob = office.person("Bob", Role.TO)
    run = office.case()
    owner = create_engine(office.settings.url_for("owner"), isolation_level="AUTOCOMMIT")
    with owner.connect() as clock:
        for number in range(rounds):
            point = office.ask(run, spend("60"), f"question {number}")
            sent = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
            set_clock = text(
                "update desk.clock set ahead = cast(:due as timestamptz) - cast(:early as interval) - clock_timestamp()"
            )
            clock.execute(set_clock, {"due": point.expires_at, "early": SHORTLY})
            told, expired = at_once(
                [partial(deciding.answer, office.desk, bob, sent), partial(escalating.expire_next, office.desk)]
            )
            expired = expired or escalating.expire_next(office.desk)
            after = office.show(point)
            if isinstance(told, Checkpoint):
                assert told.decision is not None
                assert point.expires_at is not None
                assert told.changed_at < point.expires_at
                assert (after.state, after.decision and after.decision.by, expired) == (State.APPROVED, "Bob", False)
            else:
                assert (after.state, after.decision, expired) == (State.EXPIRED, None, True)
                assert isinstance(told, IllegalMove)
                assert "expired" in str(told)
            clock.execute(text("update desk.clock set ahead = interval '0'"))
    owner.dispose()


@pytest.mark.promise("G7.1")
@pytest.mark.parametrize("seconds", [0, 1])
def test_an_approval_that_comes_too_late_is_refused_whether_or_not_the_expiry_was_written(
    office: Office, point: Checkpoint, seconds: int
) -> None:
    later(office, f"30 days {seconds} seconds")
    with pytest.raises(IllegalMove, match=r"has expired: not approved\. Nothing was recorded"):
        press(office, point)
    assert (office.show(point).state, office.show(point).answers) == (State.OPEN, ())
    assert escalating.expire_next(office.desk)
    with pytest.raises(IllegalMove, match="expired"):
        press(office, point)
    assert (office.show(point).state, office.show(point).permit) == (State.EXPIRED, None)


@pytest.mark.promise("G7.2")
def test_a_question_expires_though_its_run_is_dead(office: Office, point: Checkpoint) -> None:
    later(office, "29 days 23 hours 59 minutes")
    assert not escalating.expire_next(office.desk)
    later(office, "30 days 1 second")
    assert escalating.expire_next(office.desk)
    assert office.show(point).state is State.EXPIRED
    assert "expired" in [line.event for line in reading.history(office.desk, point.label).lines]


@pytest.mark.promise("G6.1")
@pytest.mark.parametrize("ahead", [1200, 400], ids=["400 s forward", "400 s back"])
def test_what_is_recorded_carries_the_databases_time(office: Office, ahead: int) -> None:
    later(office, "800 seconds")
    point = office.ask(office.case(), spend("60"))
    later(office, f"{ahead} seconds")
    before = reading.now(office.desk)
    after = press(office, point)
    [line] = [line for line in reading.history(office.desk, point.label).lines if line.event == "approved"]
    assert after.decision is not None
    assert after.decision.at is not None
    assert before <= after.decision.at <= reading.now(office.desk)
    assert before.strftime("%Y-%m-%dT%H:%M:%S") <= line.at <= f"{reading.now(office.desk):%Y-%m-%dT%H:%M:%S.%fZ}"
