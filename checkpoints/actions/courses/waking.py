"""A moment that a run waits for has come: it is called. The engine is told when a run is due."""

from checkpoints.actions.courses import starting
from checkpoints.store.desk import Desk
from checkpoints.store.work import waits


def call_next(desk: Desk) -> bool:
    """Calls one run whose moment has come; False when there is none."""
    with desk.transaction() as tx:
        run_id = waits.call_next_due(tx)
        if run_id is None:
            return False
        starting.wake(tx, run_id)
    return True


def seconds_to_next(desk: Desk) -> float | None:
    """Seconds until the next such moment, None when nobody waits for one."""
    with desk.transaction() as tx:
        return waits.seconds_to_next_due(tx)


def tell_engine(desk: Desk) -> None:
    """Something is due: the engine looks at once. A hint without content, which may get lost."""
    with desk.transaction() as tx:
        waits.notify_engine(tx)
