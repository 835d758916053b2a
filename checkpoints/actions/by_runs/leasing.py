"""A run's pass takes its lease, keeps it alive, gives it back, and says how often it was lost."""

from uuid import UUID

from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from checkpoints.store.work import leases


def take(desk: Desk, run: Run, holder: UUID) -> Run:
    """The run with its new term, under which it writes. Raises IllegalMove while another pass may be alive."""
    with desk.transaction() as tx:
        return leases.take(tx, run, holder)


def keep(desk: Desk, holder: UUID) -> None:
    """Every lease of this process is alive. Raises Unavailable."""
    with desk.transaction() as tx:
        leases.keep(tx, holder)


def give_back(desk: Desk, run: Run, again: bool, failed: bool) -> None:
    """The pass is over; `again`: it did not come to its end, `failed`: not for want of time. Raises Unavailable."""
    with desk.transaction() as tx:
        leases.give_back(tx, run, again, failed)


def times_lost(desk: Desk, run: Run) -> int:
    """How often a pass of it died since a person looked."""
    with desk.transaction() as tx:
        return leases.times_lost(tx, run)


def forgive(desk: Desk, run: Run) -> None:
    """A person said that it may go on."""
    with leases.working(desk, run) as tx:
        leases.forgive(tx, run)
