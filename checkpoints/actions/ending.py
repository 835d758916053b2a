"""A case ends: what is open is withdrawn, what was approved and not used is void."""

from sqlalchemy import Connection

from checkpoints.actions import starting, withdrawing
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Asker
from checkpoints.store import audit, cases, checkpoints, errands
from checkpoints.store.runs import Run, Submission

ENDS = frozenset({"delivered", "undelivered", "refused", "cancelled"})


def end_case(tx: Connection, run: Run, submission: Submission) -> None:
    """Carries out a run's `ended`. A question that was reopened meanwhile gets a new run instead of an end."""
    state, outcome = str(submission.body["state"]), str(submission.body["outcome"])
    if state not in ENDS:
        raise Refused(f"a case can't end “{state}”")
    cases.lock(tx, run.case_id)
    points = checkpoints.of_case(tx, run.case)
    if any(p.reopens and p.waiting and p.run_id == run.id for p in points):
        starting.start_run(tx, run.case_id, run.branch)
        return
    by = Asker("the run")
    for point in points:
        if point.waiting:
            withdrawing.withdraw_in(tx, point, by, f"the case ended: {outcome}")
        elif point.state is State.APPROVED and point.permit in (Permit.UNUSED, Permit.FAILED):
            withdrawing.void_in(tx, point, by, f"the case ended: {outcome}")
    if cases.end(tx, run.case_id, state, outcome):
        audit.append(tx, "case ended", {"case": run.case, "state": state, "outcome": outcome})
    errands.add(tx, "label", str(run.case_id), {"case": str(run.case_id)})
