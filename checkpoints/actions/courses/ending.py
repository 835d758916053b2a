"""A branch ends, or a whole case: what is open is withdrawn, what was approved and not used is void."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from checkpoints.actions import finding, withdrawing
from checkpoints.actions.courses import starting
from checkpoints.actions.courses.starting import CARE, MAIN
from checkpoints.actions.credentials import forgetting
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Actor, Asker
from checkpoints.core.policy import Kind
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, cases, checkpoints, errands, runs
from checkpoints.store.documents import Ended
from checkpoints.store.runs import Run
from checkpoints.store.work import plans

ENDS = frozenset({"delivered", "undelivered", "refused"})
BRANCH_ENDS = frozenset({"done", "refused"})
UNUSED = (Permit.UNUSED, Permit.FAILED)


def end_run(tx: Connection, run: Run, said: Ended, kinds: Mapping[str, Kind]) -> None:
    """Carries out a run's last word: the main run's ends the case, another's its branch."""
    allowed = ENDS if run.branch == MAIN else BRANCH_ENDS
    if said.state not in allowed:
        raise Refused(f"a run of “{run.branch}” can't end “{said.state}”")
    if run.branch == MAIN:
        _end_case(tx, run, said)
    else:
        _end_branch(tx, run, said, kinds)


def close(tx: Connection, points: Sequence[Checkpoint], by: Actor, because: str) -> None:
    """Nothing of these can be answered or used any more."""
    for point in points:
        if point.waiting:
            withdrawing.withdraw_in(tx, point, by, because)
        elif point.state is State.APPROVED and point.permit in UNUSED:
            withdrawing.void_in(tx, point, by, because)


def locked(tx: Connection, slug: str) -> list[Checkpoint]:
    """The case's checkpoints, as they are once nobody else decides them."""
    # The newest first, and the case last: as an answer to a reconcile, and a reopening, lock them.
    found = checkpoints.of_case(tx, slug)
    for point in reversed(found):
        finding.locked(tx, point.id)
    if found:
        cases.lock(tx, found[0].case_id)
    return checkpoints.of_case(tx, slug)


def end_others(tx: Connection, run_ids: Sequence[Run], said: str) -> None:
    """These runs have nothing to do any more, whatever they are at: Prefect is told."""
    for run in run_ids:
        if runs.end(tx, run.id, "ended", said):
            errands.add(tx, "stop", str(run.id), {"run": str(run.id)})


def _end_branch(tx: Connection, run: Run, said: Ended, kinds: Mapping[str, Kind]) -> None:
    points = [point for point in locked(tx, run.case) if point.run_id == run.id]
    cases.lock(tx, run.case_id)
    if not runs.end(tx, run.id, said.state, said.outcome):
        return
    starting.free(tx, run.id)
    reopened = [p for p in points if p.reopens and p.waiting and p.run_id == run.id and p.asked_at > run.made_at]
    if reopened:
        _hand_on(tx, run, reopened)
    else:
        close(tx, points, Asker("the run"), f"its run ended: {said.outcome}")
    if run.branch != CARE and not run.from_outside:
        starting.change_course(tx, run.case_id, kinds)
    starting.label(tx, run.id)


def _hand_on(tx: Connection, run: Run, reopened: Sequence[Checkpoint]) -> None:
    """A person reopened what this run may have passed by: another run goes on with it."""
    alive = [other.id for other in runs.alive(tx, run.case_id) if other.branch == run.branch]
    next_run = alive[0] if alive else starting.another(tx, run.case_id, run.branch, run.id)
    for point in reopened:
        checkpoints.hand_over(tx, point, next_run)


def _end_case(tx: Connection, run: Run, said: Ended) -> None:
    points = locked(tx, run.case)
    cases.lock(tx, run.case_id)
    runs.end(tx, run.id, "done", said.outcome)
    if _goes_on(tx, run, said, points):
        return
    close(tx, points, Asker("the run"), f"the case ended: {said.outcome}")
    lives_on = (CARE,) if said.state == "delivered" else ()
    end_others(tx, [other for other in runs.alive(tx, run.case_id) if other.branch not in lives_on], said.outcome)
    if cases.end(tx, run.case_id, said.state, said.outcome):
        audit.append(tx, "case ended", {"case": run.case, "state": said.state, "outcome": said.outcome})
    if said.state != "delivered":
        forgetting.end_credentials(tx, run.case_id)
    if said.state == "delivered" and plans.items(tx, run.case_id):
        starting.care(tx, run.case_id)
    starting.label(tx, run.id)


def _goes_on(tx: Connection, run: Run, said: Ended, points: Sequence[Checkpoint]) -> bool:
    """True when the case took another course since the run looked, or has another main run: that one goes on."""
    if any(other.branch == MAIN for other in runs.alive(tx, run.case_id)):
        return True
    reopened = [p for p in points if p.reopens and p.waiting and p.run_id == run.id and p.asked_at > run.made_at]
    if reopened:
        _hand_on(tx, run, reopened)
        return True
    if said.course is None or said.course == plans.course(tx, run.case_id):
        return False
    starting.start_run(tx, run.case_id, MAIN)
    return True
