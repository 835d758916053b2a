"""A run is started: a row and an errand; the porter tells Prefect."""

from uuid import UUID

from sqlalchemy import Connection

from checkpoints.store import errands, runs


def start_run(tx: Connection, case_id: UUID, branch: str) -> UUID:
    """The new run of a branch, within the transaction that has the reason for it."""
    run_id = runs.add(tx, case_id, branch)
    errands.add(tx, "start", str(run_id), {"run": str(run_id)})
    return run_id
