"""Which checkpoint allowed an effect in the ledger, when it began, and what it served."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.view import Checkpoint
from checkpoints.store import checkpoints

OF_STEP = text("select checkpoint_id, begun_at from desk.step where id = :id and checkpoint_id is not null")

OF_CASE = text("""
    select checkpoint_id, coalesce(result ->> 'address', '') as address from desk.step
    where case_id = :case_id and checkpoint_id is not null and state in ('done', 'unknown') order by begun_at""")


def of_step(tx: Connection, step_id: UUID) -> tuple[Checkpoint, datetime] | None:
    """None for a step without a permit."""
    row = tx.execute(OF_STEP, {"id": step_id}).one_or_none()
    point = checkpoints.by_id(tx, row.checkpoint_id) if row else None
    return (point, row.begun_at) if row and point else None


def of_case(tx: Connection, case_id: UUID) -> list[tuple[UUID, str]]:
    """The checkpoint of each effect that was begun and didn't fail, in that order, with the address that it gave."""
    return [(row.checkpoint_id, row.address) for row in tx.execute(OF_CASE, {"case_id": case_id})]
