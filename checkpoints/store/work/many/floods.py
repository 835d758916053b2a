"""Floods' rows: how much a case asks, which of it is told together, and the digests that told it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.clock.flood import Asked
from checkpoints.core.view import Checkpoint
from checkpoints.store.checkpoints import READ
from checkpoints.store.documents import checkpoint_of

# What was revised counts as often as it came; nothing that came within the window was changed before it.
ASKED = text("""
    select (select count(*) from desk.checkpoint p join desk.revision r on r.checkpoint_id = p.id
            where p.case_id = :case_id and p.changed_at > desk.desk_now() - :window
                and r.received_at > desk.desk_now() - :window and p.state not in ('approved', 'rejected', 'void')),
        (select count(*) from desk.checkpoint where case_id = :case_id and state in ('open', 'changing'))""")
MARK = text("update desk.checkpoint set flooded = :flooded where id = :id")
MARKED = text("select flooded from desk.checkpoint where id = :id")
OF_CASE = text(f"""{READ} where p.id = any(array(
        select id from desk.checkpoint where case_id = :case_id and flooded and state in ('asked', 'open', 'changing')
        order by deadline_at nulls last, asked_at limit :most))
    order by p.deadline_at nulls last, p.asked_at""")
WAITING = text("""
    select c.slug, c.title, count(*) as questions, min(p.deadline_at) as deadline_at,
        array_agg(distinct left(r.request ->> 'agent', 80)) as agents
    from desk.checkpoint p join desk.case_file c on c.id = p.case_id
        join desk.revision r on r.checkpoint_id = p.id and r.number = p.revision
    where p.flooded and p.state in ('asked', 'open', 'changing')
    group by c.id order by min(p.deadline_at) nulls last limit :most""")


@dataclass(frozen=True)
class Flood:
    """What waits of one flood. `agents` are the names that its askers gave themselves."""

    case: str
    title: str
    questions: int
    deadline_at: datetime | None
    agents: tuple[str, ...]


def asked(tx: Connection, case_id: UUID, window: timedelta) -> Asked:
    """What the case has at the desk; exact for whoever has locked it."""
    lately, open = tx.execute(ASKED, {"case_id": case_id, "window": window}).one()
    return Asked(int(lately), int(open))


def mark(tx: Connection, point: Checkpoint, flooded: bool) -> None:
    """How its present revision is told."""
    tx.execute(MARK, {"id": point.id, "flooded": flooded})


def flooded(tx: Connection, point: Checkpoint) -> bool:
    """Whether it is told together with others."""
    return bool(tx.execute(MARKED, {"id": point.id}).scalar_one())


def of_case(tx: Connection, case_id: UUID, most: int) -> list[Checkpoint]:
    """What waits of a case's flood, the most urgent first."""
    return [checkpoint_of(document) for document in tx.execute(OF_CASE, {"case_id": case_id, "most": most}).scalars()]


def waiting(tx: Connection, most: int) -> tuple[Flood, ...]:
    """One for each case that asked too much at once, the most urgent first."""
    return tuple(
        Flood(row.slug, row.title, row.questions, row.deadline_at, tuple(filter(None, row.agents)))
        for row in tx.execute(WAITING, {"most": most})
    )
