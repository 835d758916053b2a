"""A run takes what arrived for its case, once it has acted on it."""

from collections.abc import Iterable
from datetime import timedelta

from checkpoints.core.from_outside.arrival import Arrival
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import arrivals
from checkpoints.store.runs import Run
from checkpoints.store.work.leases import working


def untaken(desk: Desk, run: Run, name: str) -> list[Arrival]:
    """What arrived under this name and was not taken, the first first."""
    with desk.transaction() as tx:
        return arrivals.untaken(tx, run.case_id, name)


def take(desk: Desk, run: Run, ids: Iterable[int]) -> None:
    """Acted on: nobody is woken for these any more."""
    with working(desk, run) as tx:
        arrivals.take(tx, run.case_id, tuple(ids))


def count(desk: Desk, run: Run, name: str, within: timedelta) -> int:
    """How many arrived under this name during the time before now, taken or not."""
    with desk.transaction() as tx:
        return arrivals.count(tx, run.case_id, name, within)
