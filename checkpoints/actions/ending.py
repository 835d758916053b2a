"""A case ends: what is open is withdrawn, what was approved and not used is void."""

from sqlalchemy import Connection

from checkpoints.actions import finding, starting, withdrawing
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Asker
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, cases, checkpoints, errands, runs
from checkpoints.store.documents import Ended
from checkpoints.store.runs import Run

ENDS = frozenset({"delivered", "undelivered", "refused", "cancelled"})


def end_case(tx: Connection, run: Run, said: Ended) -> None:
    """Carries out a run's last word. A case that a person reopened meanwhile goes on instead."""
    if said.state not in ENDS:
        raise Refused(f"a case can't end “{said.state}”")
    points = _locked(tx, run)
    if _goes_on(tx, run, points):
        return
    by, because = Asker("the run"), f"the case ended: {said.outcome}"
    for point in points:
        if point.waiting:
            withdrawing.withdraw_in(tx, point, by, because)
        elif point.state is State.APPROVED and point.permit in (Permit.UNUSED, Permit.FAILED):
            withdrawing.void_in(tx, point, by, because)
    if cases.end(tx, run.case_id, said.state, said.outcome):
        audit.append(tx, "case ended", {"case": run.case, "state": said.state, "outcome": said.outcome})
    errands.add(tx, "label", str(run.case_id), {"case": str(run.case_id)})


def _locked(tx: Connection, run: Run) -> list[Checkpoint]:
    """The case's checkpoints, as they are once nobody else decides them."""
    # The newest first, and the case last: as an answer to a reconcile, and a reopening, lock them.
    for point in reversed(checkpoints.of_case(tx, run.case)):
        finding.locked(tx, point.id)
    cases.lock(tx, run.case_id)
    return checkpoints.of_case(tx, run.case)


def _goes_on(tx: Connection, run: Run, points: list[Checkpoint]) -> bool:
    """True when another run is at work already, or a question that this run may have passed by gets one."""
    if any(other.branch == run.branch for other in runs.alive(tx, run.case_id)):
        return True
    reopened = [p for p in points if p.reopens and p.waiting and p.run_id == run.id and p.asked_at > run.made_at]
    if not reopened:
        return False
    next_run = starting.start_run(tx, run.case_id, run.branch)
    for point in reopened:
        checkpoints.hand_over(tx, point, next_run)
    return True
