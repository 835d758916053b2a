"""The permit of the desk's own checkpoints: begun and done by the desk itself, in the transaction of the change."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from checkpoints.core.digest import approved
from checkpoints.core.view import Checkpoint

BEGIN = text("select desk.begin_own(:id, :revision, :digest)")
FINISH = text("select desk.finish_own(:id)")


def begin(tx: Connection, point: Checkpoint, subject_digest: str, fields: Mapping[str, str]) -> None:
    """What is about to be changed is what was approved, and nobody changed it before. Raises what the function says."""
    named = approved(subject_digest, fields, point.revision)
    tx.execute(BEGIN, {"id": point.id, "revision": point.revision, "digest": named})


def finish(tx: Connection, point: Checkpoint) -> None:
    """It was changed."""
    tx.execute(FINISH, {"id": point.id})
