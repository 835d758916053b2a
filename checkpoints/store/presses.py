"""What a press is judged by, in one read: the checkpoint, and the standing of the person who answers."""

from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.authority import Standing
from checkpoints.core.model import Person
from checkpoints.core.view import Checkpoint
from checkpoints.store.checkpoints import COLUMNS, checkpoint_of
from checkpoints.store.people import STANDING, standing_of

JUDGED_BY = text(f"select * from ({COLUMNS} where p.id = :id) as point, ({STANDING}) as standing")


def judged_by(tx: Connection, id: UUID, person: Person) -> tuple[Checkpoint, Standing] | None:
    """Both as they are now, or None when there is no such checkpoint."""
    values = {"id": id, "person": person.id, "proof": person.proof}
    row = tx.execute(JUDGED_BY, values).mappings().one_or_none()
    return (checkpoint_of(row), standing_of(row)) if row else None
