"""The audit's rows: appended by the one SQL function, read in order, never changed."""

import json
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

from checkpoints.core.audit import Head, Line
from checkpoints.core.model import Json

APPEND = text("select desk.audit_append(:event, cast(:body as jsonb))")
LINES = text(
    "select number, at, login, event, body, previous, hash from desk.audit_line where number > :after order by number"
)
LATEST = text(
    "select number, at, login, event, body, previous, hash from desk.audit_line order by number desc limit :most"
)
OF_CHECKPOINT = text(
    "select number, at, login, event, body, previous, hash from desk.audit_line"
    " where cast(body as jsonb) ->> 'checkpoint' = :label order by number"
)


def append(tx: Connection, event: str, body: Mapping[str, Json]) -> None:
    """Writes one line; it stands or falls with the transaction."""
    tx.execute(APPEND, {"event": event, "body": json.dumps(dict(body))})


def lines(tx: Connection, after: int = 0) -> Iterator[Line]:
    """Every line after a number, as it is stored."""
    for row in tx.execute(LINES, {"after": after}):
        yield Line(*row)


def latest(tx: Connection, most: int) -> list[Line]:
    """The newest lines, newest first."""
    return [Line(*row) for row in tx.execute(LATEST, {"most": most})]


def of_checkpoint(tx: Connection, label: str) -> list[Line]:
    """The lines of one checkpoint, oldest first."""
    return [Line(*row) for row in tx.execute(OF_CHECKPOINT, {"label": label})]


def head(tx: Connection) -> Head | None:
    """What the table says its end is; None when somebody took that away."""
    row = tx.execute(text("select number, hash from desk.audit_head")).one_or_none()
    return Head(row.number, row.hash) if row else None
