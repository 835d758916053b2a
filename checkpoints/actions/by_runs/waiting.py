"""A run says that it is about to sleep for a checkpoint, and that it has read what came."""

from checkpoints.core.view import Checkpoint
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run


def sleep_for(desk: Desk, run: Run, point: Checkpoint) -> None:
    """Before it looks at the store for the last time: from now on the wake errand keeps trying."""
    with desk.transaction() as tx:
        runs.wait_for(tx, run, point.id)


def mark_read(desk: Desk, run: Run, point: Checkpoint) -> None:
    """The wake errand is closed by this."""
    with desk.transaction() as tx:
        runs.read(tx, run, point.id)
