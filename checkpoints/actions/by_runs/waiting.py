"""A run says what it is about to sleep for, and that it is awake and has read what came."""

from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from checkpoints.store.work import waits
from checkpoints.store.work.leases import working
from checkpoints.store.work.waits import Wait


def sleep_for(desk: Desk, run: Run, wait: Wait) -> None:
    """Before it looks at the store for the last time: from now on the wake errand keeps trying."""
    with working(desk, run) as tx:
        waits.wait_for(tx, run, wait)


def mark_read(desk: Desk, run: Run) -> None:
    """The wake errand is closed by this."""
    with working(desk, run) as tx:
        waits.read(tx, run)


def has_news(desk: Desk, run: Run) -> bool:
    """True when what the run waits for has come."""
    with desk.transaction() as tx:
        return waits.has_news(tx, run.id)
