"""Leases: a pass that died is followed by another within seconds, and one that lost its lease changes nothing more."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import acting, leasing, requesting, submitting, waiting
from checkpoints.actions.courses import mending
from checkpoints.core.errors import IllegalMove, LeaseLost
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Verdict
from checkpoints.store.runs import Run
from checkpoints.store.work.waits import Wait
from flows.engine import leases as engine
from flows.trouble import MOST_LOSSES
from tests.integration.runs.test_side_by_side import start
from tests.stage.desks import Office, spend
from tests.stage.runs import Workshop, eventually

LONG = 30.0
"""Seconds before suspending: a pass that is still there when it is killed."""
AGED = "update desk.lease set seen_at = seen_at - interval '1 minute' where run_id = %s"
HEARD_FOR_LONG = """
    create or replace function desk.lease_is_lost(p_seen timestamptz) returns boolean language sql stable
    set search_path = desk, pg_temp as $$ select p_seen < clock_timestamp() - interval '8 seconds' $$"""
"""The session's PostgreSQL may have come up just now; then nothing would count as lost yet."""


def age(office: Office, run: Run) -> None:
    """Its holder gave the last sign a minute ago."""
    with psycopg.connect(office.settings.address_for("owner")) as owner:
        owner.execute(HEARD_FOR_LONG)
        owner.execute(AGED, (run.id,))


def test_one_pass_at_a_time_works_for_a_run(office: Office) -> None:
    run = office.case()
    first = leasing.take(office.asker, run, uuid4())
    with pytest.raises(IllegalMove, match="Another pass works for this run"):
        leasing.take(office.asker, run, uuid4())
    leasing.give_back(office.asker, first, again=False, failed=False)
    assert leasing.take(office.asker, run, uuid4()).term == 2
    assert not mending.rescue_next(office.desk)


def test_a_lease_that_can_not_be_given_back_is_as_soon_as_the_store_answers(office: Office) -> None:
    url, soon = office.settings.url_for("asker"), {"options": "-c lock_timeout=100ms"}
    impatient = replace(office.asker, engine=create_engine(url, connect_args=soon))
    run = engine.take(impatient, office.case())
    with psycopg.connect(office.settings.address_for("owner")) as owner:
        owner.execute("lock table desk.lease in access exclusive mode")
        engine.give_back(impatient, run, again=False, failed=False)

    def taken() -> Run | None:
        engine.keep(impatient)
        try:
            return leasing.take(office.asker, run, uuid4())
        except IllegalMove:
            return None

    assert eventually(taken, "the end of the lease").term == 2
    impatient.engine.dispose()


WRITES: dict[str, Callable[[Office, Run], object]] = {
    "ask": lambda office, run: requesting.ask(office.asker, run, "late", 1, spend()),
    "begin a step": lambda office, run: acting.begin_plain(office.asker, run, "late"),
    "say what it sleeps for": lambda office, run: waiting.sleep_for(office.asker, run, Wait()),
    "say that it has read": lambda office, run: waiting.mark_read(office.asker, run),
    "hand in": lambda office, run: submitting.start(office.asker, run, ["late"]),
    "end": lambda office, run: submitting.ended(office.asker, run, "delivered", "late"),
}


@pytest.mark.parametrize("taken", [False, True], ids=["found lost", "taken by another"])
@pytest.mark.parametrize("write", WRITES)
def test_a_pass_that_lost_its_lease_changes_nothing_more(office: Office, write: str, taken: bool) -> None:
    run = office.case()
    zombie = leasing.take(office.asker, run, uuid4())
    age(office, run)
    assert mending.rescue_next(office.desk)
    if taken:
        leasing.take(office.asker, run, uuid4())
    before = reading.audit_page(office.desk, 1).total
    with pytest.raises(LeaseLost):
        WRITES[write](office, zombie)
    assert reading.audit_page(office.desk, 1).total == before
    assert acting.ledger(office.asker, run, "late") is None
    assert reading.story(office.desk, "sample").cards == ()


def test_a_step_that_a_lost_pass_began_under_a_permit_is_not_its_to_finish(office: Office) -> None:
    zombie = leasing.take(office.asker, office.case(), uuid4())
    point = office.ask(zombie, spend("20"))
    assert point.state is State.APPROVED
    step = acting.begin(office.asker, zombie, point, "buy", point.digest, {})
    age(office, zombie)
    assert mending.rescue_next(office.desk)
    with pytest.raises(LeaseLost):
        acting.finish(office.asker, zombie, step.id, "done", {})
    assert office.show(point).permit is Permit.BEGUN
    with pytest.raises(LeaseLost):
        acting.begin(office.asker, zombie, point, "buy again", point.digest, {})


def test_a_lost_lease_sends_the_run_on_by_itself(workshop: Workshop) -> None:
    workshop.start_executor(seconds_before_suspending=LONG)
    case = workshop.case("lost", "60")
    point = workshop.question(case)
    workshop.kill_executors()
    workshop.start_executor()
    workshop.asleep(case)
    workshop.answer(point, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"
    assert (workshop.effects(case), workshop.question(case).permit) == (1, Permit.DONE)


@pytest.mark.long
def test_an_engine_that_hung_and_comes_to_again_does_nothing_twice(workshop: Workshop) -> None:
    hung = workshop.start_executor(seconds_before_suspending=LONG)
    case = workshop.case("hung", "60")
    point = workshop.question(case)
    os.kill(hung.pid, signal.SIGSTOP)
    workshop.start_another()
    workshop.asleep(case)
    os.kill(hung.pid, signal.SIGCONT)
    workshop.answer(point, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"
    assert workshop.effects(case) == 1


def test_a_branch_whose_passes_die_again_and_again_asks_a_person(workshop: Workshop) -> None:
    office = workshop.office
    case = start(workshop, "poison", 0)
    workshop.start_executor()
    point = workshop.question(case)
    run = next(run for run in reading.runs_of(office.desk, case.id) if run.branch == "spend/1")
    dies(office, run, MOST_LOSSES)
    workshop.answer(point, Verdict.APPROVE)
    asked = workshop.question(case, 2)
    assert asked.kind == "escalation"
    assert f"died {MOST_LOSSES} times" in str(asked.request.facts)
    press = deciding.Press(asked.id, asked.revision, asked.digest, Verdict.APPROVE, {"next": "retry"})
    deciding.answer(office.desk, office.ada, press)
    assert workshop.ended(case).state == "delivered"
    assert leasing.times_lost(office.asker, run) == 0


def test_a_run_that_was_given_up_goes_on_when_a_person_says_so(workshop: Workshop) -> None:
    office = workshop.office
    workshop.start_executor()
    case = workshop.case("given-up", "60")
    workshop.asleep(case)
    workshop.kill_executors()
    (run,) = reading.runs_of(office.desk, case.id)
    dies(office, run, mending.GIVEN_UP)
    assert not mending.again(office.desk, run, "nobody begins it again")
    assert mending.rebuild(office.desk, "another") == 0
    assert mending.rebuild(office.desk, case.slug) == 1
    assert leasing.times_lost(office.asker, run) == 0
    workshop.start_executor()
    workshop.answer(workshop.question(case), Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"
    assert workshop.effects(case) == 1


def dies(office: Office, run: Run, times: int) -> None:
    """So many passes of it end in the midst of their work."""
    for _ in range(times):
        taken = eventually(lambda: take(office, run), "its lease")
        leasing.give_back(office.asker, taken, again=False, failed=True)


def take(office: Office, run: Run) -> Run | None:
    try:
        return leasing.take(office.asker, run, uuid4())
    except IllegalMove:
        return None
