"""Resets of a lost second factor: who asked for one, why, until when it may be confirmed, and who did."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

OPEN = text("""
    select r.id, r.asked_by, p.name as asker, r.because, r.expires_at,
        p.active and exists (select from desk.role o where o.person_id = p.id and o.role = 'to' and o.ended_at is null)
            as asker_stands
    from desk.factor_reset r join desk.person p on p.id = r.asked_by
    where r.person_id = :person and r.confirmed_at is null and r.ended_at is null
        and r.expires_at > desk.desk_now()""")
END = text("""
    update desk.factor_reset set ended_at = desk.desk_now()
    where person_id = :person and confirmed_at is null and ended_at is null""")
ADD = text("""
    insert into desk.factor_reset (person_id, asked_by, because, asked_at, expires_at)
    values (:person, :by, :because, desk.desk_now(), desk.desk_now() + :lasts) returning expires_at""")
CONFIRM = text("update desk.factor_reset set confirmed_by = :by, confirmed_at = desk.desk_now() where id = :id")


@dataclass(frozen=True)
class Reset:
    """One that waits for a second person. `asker_stands`: whoever asked is still a technical operator here."""

    id: UUID
    asked_by: UUID
    asker: str
    because: str
    expires_at: datetime
    asker_stands: bool


def waiting(tx: Connection, person: UUID) -> Reset | None:
    """The one about this person's factor that waits now."""
    row = tx.execute(OPEN, {"person": person}).one_or_none()
    return Reset(**row._mapping) if row else None


def ask(tx: Connection, person: UUID, by: UUID, because: str, lasts: timedelta) -> datetime:
    """Until when it may be confirmed. One before it, which nobody did, is over."""
    end(tx, person)
    named = {"person": person, "by": by, "because": because, "lasts": lasts}
    until: datetime = tx.execute(ADD, named).scalar_one()
    return until


def end(tx: Connection, person: UUID) -> None:
    """None waits any more."""
    tx.execute(END, {"person": person})


def confirm(tx: Connection, id: UUID, by: UUID) -> None:
    """By somebody else than who asked and whose it is; the table takes nobody else."""
    tx.execute(CONFIRM, {"id": id, "by": by})
