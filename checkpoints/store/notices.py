"""The errands that every change of a checkpoint brings: wake who sleeps for it, say it in Prefect's list of runs."""

from sqlalchemy import Connection

from checkpoints.core.view import Checkpoint
from checkpoints.store import errands


def notice(tx: Connection, point: Checkpoint, state: str) -> None:
    """Written with the change. A run sleeps through `open`; everything else is news for it."""
    if state != "open" and point.run_id is not None:
        body = {"checkpoint": str(point.id), "run": str(point.run_id)}
        errands.add(tx, "wake", f"{point.id}/{point.revision}/{state}", body)
    errands.add(tx, "label", str(point.case_id), {"case": str(point.case_id)})
