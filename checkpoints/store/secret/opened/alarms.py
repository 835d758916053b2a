"""What an alarm is about: the opening that a ticket stands for, and its credential, which nobody opens any more."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

OF_TICKET = text("""
    select o.id as ticket, k.id as credential_id, k.checkpoint_id, c.slug as case, c.state as case_state, k.service,
        h.purpose, o.why, o.version, o.opened_by, o.came_from, coalesce(o.redeemed_at, o.at) as handed_at,
        exists (select from desk.handle a where a.credential_id = k.id and a.purpose = 'agent') as is_for_agents
    from desk.opening o join desk.handle h on h.id = o.handle_id join desk.credential k on k.id = h.credential_id
        join desk.case_file c on c.id = k.case_id
    where o.id = :ticket""")
READ_FIRST = "somebody may have read it first"
CLAIM = text("""
    update desk.credential set ended_because = :because where id = :id and ended_because <> :because""")
IS_READ_FIRST = text("""
    select exists (select from desk.credential where checkpoint_id = :checkpoint_id and ended_because = :because)""")


@dataclass(frozen=True)
class Stolen:
    """An opening of which nobody can say that its user was the first."""

    ticket: UUID
    credential_id: UUID
    checkpoint_id: UUID
    case: str
    case_state: str
    service: str
    purpose: str
    why: str
    version: int
    opened_by: str
    came_from: str
    handed_at: datetime
    is_for_agents: bool


def of_ticket(tx: Connection, ticket: UUID) -> Stolen | None:
    """None when no handle was ever opened under this ticket."""
    row = tx.execute(OF_TICKET, {"ticket": ticket}).one_or_none()
    return Stolen(*row) if row else None


def claim(tx: Connection, credential_id: UUID) -> bool:
    """True for the first alarm of a credential, which no other rings then."""
    return tx.execute(CLAIM, {"id": credential_id, "because": READ_FIRST}).rowcount == 1


def was_read_first(tx: Connection, checkpoint_id: UUID) -> bool:
    """Whether the credential that this checkpoint's answer gave ended by an alarm."""
    return bool(tx.execute(IS_READ_FIRST, {"checkpoint_id": checkpoint_id, "because": READ_FIRST}).scalar_one())
