"""A run is started: a row and an errand; the porter tells Prefect."""

from uuid import UUID

from sqlalchemy import Connection

from checkpoints.store import errands, runs
from checkpoints.store.desk import Desk


def start_run(tx: Connection, case_id: UUID, branch: str) -> UUID:
    """The new run of a branch, within the transaction that has the reason for it."""
    run_id = runs.add(tx, case_id, branch)
    errands.add(tx, "start", str(run_id), {"run": str(run_id)})
    return run_id


def started(desk: Desk, run_id: UUID, prefect_id: str) -> None:
    """Prefect has it: the flow run that works for it."""
    with desk.transaction() as tx:
        runs.set_prefect_id(tx, run_id, prefect_id)
        if run := runs.by_id(tx, run_id):
            errands.add(tx, "label", str(run.case_id), {"case": str(run.case_id)})
