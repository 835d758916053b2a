"""The audit's rows: appended by the one SQL function, read in order, never changed save to erase personal data."""

import json
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, TextClause, text

from checkpoints.core.audit import Head, Line
from checkpoints.core.model import Json

APPEND = text("select desk.audit_append(:event, cast(:body as jsonb))")
AS_OF_NOW = text("set transaction isolation level repeatable read")
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
IN_ORDER = text(
    "select number, at, login, event, body, previous, hash from desk.audit_line where number <= :last order by number"
)
WINDOW = text("""select coalesce(min(number) filter (where at >= :since), :end + 1), coalesce(max(number) filter
    (where at < :until), 0), coalesce(min(at), '') from desk.audit_line where number <= :end""")
BY_CHECKPOINT = text("""select number, at, login, event, body, previous, hash from desk.audit_line
    where cast(body as jsonb) ->> 'checkpoint' is not null and number <= :last
    order by cast(body as jsonb) ->> 'checkpoint', number""")
OF_EVENTS = text("""select number, at, login, event, body, previous, hash from desk.audit_line
    where event = any(:events) and number between :first and :last order by number""")
AT_ONCE = 1000
"""Lines that are in memory at a time, however many there are."""


def as_of_now(tx: Connection) -> None:
    """Whatever is read in this transaction is of one moment: a line from which something is erased is read once."""
    tx.execute(AS_OF_NOW)


def append(tx: Connection, event: str, body: Mapping[str, Json]) -> None:
    """Writes one line; it stands or falls with the transaction."""
    tx.execute(APPEND, {"event": event, "body": json.dumps(dict(body))})


def lines(tx: Connection, after: int = 0) -> Iterator[Line]:
    """Every line after a number, as it is stored."""
    for row in tx.execute(LINES, {"after": after}):
        yield Line(*row)


def in_order(tx: Connection, last: int) -> Iterator[Line]:
    """Every line up to this number; read bit by bit."""
    return _streamed(tx, IN_ORDER, {"last": last})


def by_checkpoint(tx: Connection, last: int) -> Iterator[Line]:
    """Every line about a checkpoint up to this number, those of one together, oldest first; read bit by bit."""
    return _streamed(tx, BY_CHECKPOINT, {"last": last})


def of_events(tx: Connection, events: Iterable[str], first: int, last: int) -> Iterator[Line]:
    """The lines with one of these events from the first number to the last; read bit by bit."""
    return _streamed(tx, OF_EVENTS, {"events": list(events), "first": first, "last": last})


def window(tx: Connection, since: str, until: str, end: int) -> tuple[int, int, str]:
    """(first, last, beginning): the first line at or after `since`, the last before `until`, the time of line 1.

    Whatever a clock that was put back did: each line of the time between is among them. Nothing: first > last.
    """
    first, last, beginning = tx.execute(WINDOW, {"since": since, "until": until, "end": end}).one()
    return first, last, beginning


def _streamed(tx: Connection, query: TextClause, values: Mapping[str, object]) -> Iterator[Line]:
    for row in tx.execute(query, values, execution_options={"yield_per": AT_ONCE}):
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
