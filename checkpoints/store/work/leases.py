"""Leases: which pass works for a run, and whether it is alive. Whoever writes for a run says under which term."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run

TAKE = text("select desk.take_lease(:run_id, :holder)")
KEEP = text("select desk.keep_leases(:holder)")
GIVE_BACK = text("select desk.give_lease_back(:run_id, :term, :again, :failed)")
UNDER = text("select desk.under_lease(:run_id, :term)")
LOSE = text("select run_id, lost from desk.lose_lease()")
HELD = text("""
    select exists (select from desk.lease where run_id = :run_id and ended_at is null
                   and not desk.lease_is_lost(seen_at))""")
LOST = text("select lost from desk.lease where run_id = :run_id")
FORGIVE = text("select desk.forgive_losses(:run_id)")


@contextmanager
def working(desk: Desk, run: Run) -> Iterator[Connection]:
    """A transaction of a run at work. Raises LeaseLost, and keeps nothing, when another pass works for it now."""
    with desk.transaction() as tx:
        check(tx, run)
        yield tx


def check(tx: Connection, run: Run) -> None:
    """That no other pass works for it, until the transaction ends. Raises LeaseLost."""
    tx.execute(UNDER, {"run_id": run.id, "term": run.term})


def take(tx: Connection, run: Run, holder: UUID) -> Run:
    """The run with its new term. Raises IllegalMove while another pass holds it and may be alive."""
    return replace(run, term=tx.execute(TAKE, {"run_id": run.id, "holder": holder}).scalar_one())


def keep(tx: Connection, holder: UUID) -> None:
    """All leases of this process are alive."""
    tx.execute(KEEP, {"holder": holder})


def give_back(tx: Connection, run: Run, again: bool, failed: bool) -> None:
    """The pass is over; `again`: the run is to be begun again; `failed`: that counts as a loss."""
    tx.execute(GIVE_BACK, {"run_id": run.id, "term": run.term, "again": again, "failed": failed})


def lose_next(tx: Connection) -> tuple[UUID, int] | None:
    """A run whose lease was lost, found once, and how often that has happened since a person looked; None if none."""
    row = tx.execute(LOSE).one_or_none()
    return (row.run_id, row.lost) if row else None


def held(tx: Connection, run_id: UUID) -> bool:
    """True while a pass works for it and gives signs."""
    return bool(tx.execute(HELD, {"run_id": run_id}).scalar_one())


def times_lost(tx: Connection, run: Run) -> int:
    """How often it was lost since a person looked."""
    return int(tx.execute(LOST, {"run_id": run.id}).scalar_one_or_none() or 0)


def forgive(tx: Connection, run: Run) -> None:
    """A person said that it may go on."""
    tx.execute(FORGIVE, {"run_id": run.id})
