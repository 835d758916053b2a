"""Rungs' rows: what is due while nobody answers a revision. Each is looked at once, whoever comes first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.clock.ladder import Rung
from checkpoints.core.view import Checkpoint

LAY = text("""
    insert into desk.rung (checkpoint_id, revision, rung, due_at)
    select :id, :revision, rung, due_at
    from unnest(cast(:rungs as text[]), cast(:dues as timestamptz[])) as r (rung, due_at)""")
# With its checkpoint, and only where nobody else holds that one: whoever is answering it comes first. One after the
# other: where several are due, another porter may have the earlier one in hand.
NEXT = text("""
    select r.checkpoint_id, r.revision, r.rung from desk.rung r join desk.checkpoint p on p.id = r.checkpoint_id
    where r.settled_at is null and r.due_at <= desk.desk_now() and not exists (
        select from desk.rung e where e.checkpoint_id = r.checkpoint_id and e.revision = r.revision
            and e.settled_at is null and e.due_at < r.due_at)
    order by r.due_at limit 1 for update skip locked""")
SETTLE = text("""
    update desk.rung set settled_at = desk.desk_now(), climbed = :climbed
    where checkpoint_id = :id and revision = :revision and rung = :rung""")
CLIMBED = text("""
    select rung, settled_at from desk.rung where checkpoint_id = :id and revision = :revision and climbed""")
# What expires is due by the same clock.
NEXT_DUE = text("""
    select extract(epoch from least(
        (select min(due_at) from desk.rung where settled_at is null),
        (select min(expires_at) from desk.checkpoint where state in ('open', 'changing'))) - desk.desk_now())""")


@dataclass(frozen=True)
class Due:
    """One rung of one revision."""

    checkpoint_id: UUID
    revision: int
    rung: Rung


def lay(tx: Connection, point: Checkpoint, dues: Mapping[Rung, datetime]) -> None:
    """For the present revision, once."""
    values = {"id": point.id, "revision": point.revision, "rungs": list(dues), "dues": list(dues.values())}
    tx.execute(LAY, values)


def next_due(tx: Connection) -> Due | None:
    """One that is due, locked with its checkpoint; None when there is none, or others have it in hand."""
    row = tx.execute(NEXT).one_or_none()
    return Due(row.checkpoint_id, row.revision, Rung(row.rung)) if row else None


def settle(tx: Connection, due: Due, climbed: bool) -> None:
    """It is never due again."""
    values = {"id": due.checkpoint_id, "revision": due.revision, "rung": due.rung, "climbed": climbed}
    tx.execute(SETTLE, values)


def climbed(tx: Connection, point: Checkpoint) -> dict[Rung, datetime]:
    """Those of the present revision that were, and when."""
    rows = tx.execute(CLIMBED, {"id": point.id, "revision": point.revision})
    return {Rung(row.rung): row.settled_at for row in rows}


def seconds_to_next(tx: Connection) -> float | None:
    """Seconds until a rung or an expiry is due (negative when overdue), None when none is to come."""
    seconds = tx.execute(NEXT_DUE).scalar_one()
    return None if seconds is None else float(seconds)
