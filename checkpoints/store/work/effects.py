"""Which checkpoint allowed an effect in the ledger, and when it began."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.view import Checkpoint
from checkpoints.store import checkpoints

OF_STEP = text("select checkpoint_id, begun_at from desk.step where id = :id and checkpoint_id is not null")


def of_step(tx: Connection, step_id: UUID) -> tuple[Checkpoint, datetime] | None:
    """None for a step without a permit."""
    row = tx.execute(OF_STEP, {"id": step_id}).one_or_none()
    point = checkpoints.by_id(tx, row.checkpoint_id) if row else None
    return (point, row.begun_at) if row and point else None
