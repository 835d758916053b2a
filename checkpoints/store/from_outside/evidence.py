"""Evidence's rows: which file, under its SHA-256, somebody attached to which question."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Result, text

from checkpoints.core.model import Attachment

READ = """
    select e.checkpoint_id, e.name, e.sha256, e.media_type, e.size, p.name as person, e.at
    from desk.evidence e join desk.person p on p.id = e.person_id"""
OF_POINT = text(f"{READ} where e.checkpoint_id = :checkpoint_id order by e.at, e.sha256")
OF_CASE = text(f"""{READ} join desk.checkpoint c on c.id = e.checkpoint_id
    where c.case_id = :case_id order by e.at, e.sha256""")
ADD = text("""
    insert into desk.evidence (checkpoint_id, sha256, name, media_type, size, person_id, at)
    values (:checkpoint_id, :sha256, :name, :media_type, :size, :person_id, desk.desk_now())
    on conflict (checkpoint_id, sha256) do nothing""")


@dataclass(frozen=True)
class Attached:
    """A file and who attached it."""

    file: Attachment
    person: str
    at: datetime


def of_point(tx: Connection, checkpoint_id: UUID) -> tuple[Attached, ...]:
    """What was attached to a question, the first first."""
    return _by_point(tx.execute(OF_POINT, {"checkpoint_id": checkpoint_id})).get(checkpoint_id, ())


def of_case(tx: Connection, case_id: UUID) -> dict[UUID, tuple[Attached, ...]]:
    """What was attached to each question of a case that has any."""
    return _by_point(tx.execute(OF_CASE, {"case_id": case_id}))


def add(tx: Connection, checkpoint_id: UUID, file: Attachment, person_id: UUID) -> bool:
    """False when this file was attached to this question before."""
    values = {"checkpoint_id": checkpoint_id, "person_id": person_id, **vars(file)}
    return tx.execute(ADD, values).rowcount == 1


def _by_point(rows: Result[tuple[object, ...]]) -> dict[UUID, tuple[Attached, ...]]:
    found: dict[UUID, tuple[Attached, ...]] = {}
    for row in rows:
        attached = Attached(Attachment(row.name, row.sha256, row.media_type, row.size), row.person, row.at)
        found[row.checkpoint_id] = (*found.get(row.checkpoint_id, ()), attached)
    return found
