"""Wait rows: what a sleeping run waits for, whichever comes first. Whether it has come is asked of the store alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.store.runs import Run

WAIT = text("""
    insert into desk.wait (run_id, checkpoint_id, due_at, arrival, course, written_at)
    values (:run_id, :checkpoint_id, :due_at, :arrival, :course, desk.desk_now())
    on conflict (run_id) where read_at is null do update set checkpoint_id = excluded.checkpoint_id,
        due_at = excluded.due_at, arrival = excluded.arrival, course = excluded.course,
        written_at = excluded.written_at""")
READ = text(
    "update desk.wait set read_at = desk.desk_now() where run_id = :run_id and read_at is null returning checkpoint_id"
)
HAS_NEWS = text("select desk.has_news(:run_id)")
CALLED = text("""
    select run_id from desk.wait where run_id = any(:ids) and read_at is null and desk.has_news(run_id)""")
CALL = text("""
    update desk.wait set called_at = desk.desk_now() where id = (
        select id from desk.wait where read_at is null and called_at is null and due_at <= desk.desk_now()
        order by due_at limit 1 for update skip locked)
    returning run_id""")
NOTIFY_ENGINE = text("notify engine")
NEXT_DUE = text("""
    select extract(epoch from min(due_at) - desk.desk_now()) from desk.wait
    where read_at is null and called_at is null""")


@dataclass(frozen=True)
class Wait:
    """A decision on a checkpoint, a moment, an untaken arrival of this name, another course of the case than this."""

    checkpoint_id: UUID | None = None
    due_at: datetime | None = None
    arrival: str | None = None
    course: int | None = None


def wait_for(tx: Connection, run: Run, wait: Wait) -> None:
    """The run is about to sleep for this, and for nothing else any more."""
    values = {"checkpoint_id": wait.checkpoint_id, "due_at": wait.due_at, "arrival": wait.arrival}
    tx.execute(WAIT, values | {"run_id": run.id, "course": wait.course})


def read(tx: Connection, run: Run) -> UUID | None:
    """The run is awake and has read what came: the checkpoint that it slept for, None when it slept for none."""
    id: UUID | None = tx.execute(READ, {"run_id": run.id}).scalar_one_or_none()
    return id


def has_news(tx: Connection, run_id: UUID) -> bool:
    """True while a run that has not ended sleeps, or is about to, and what it waits for has come."""
    return bool(tx.execute(HAS_NEWS, {"run_id": run_id}).scalar_one())


def called(tx: Connection, run_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these runs that sleep, or are about to, and for whom what they wait for has come."""
    return list(tx.execute(CALLED, {"ids": list(run_ids)}).scalars())


def call_next_due(tx: Connection) -> UUID | None:
    """The run whose moment has come, said once; None when there is none."""
    run_id: UUID | None = tx.execute(CALL).scalar_one_or_none()
    return run_id


def seconds_to_next_due(tx: Connection) -> float | None:
    """Seconds until the next moment that a run waits for (negative when overdue), None when there is none."""
    seconds = tx.execute(NEXT_DUE).scalar_one()
    return None if seconds is None else float(seconds)


def notify_engine(tx: Connection) -> None:
    """Whoever executes runs looks what is due."""
    tx.execute(NOTIFY_ENGINE)
