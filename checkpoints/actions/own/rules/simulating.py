"""A changed matrix is tried on what the desk received: read, run through, told. Nothing is changed."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

from checkpoints.actions.own.rules import ruling
from checkpoints.core.errors import Refused
from checkpoints.core.policy import Matrix
from checkpoints.core.work.rules.change import changes
from checkpoints.core.work.rules.proposal import Tried
from checkpoints.core.work.rules.simulation import simulate
from checkpoints.rules.catalogue import matrix_of
from checkpoints.store import checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.work.rules import past

USUAL = timedelta(days=90)
"""What is run through where nobody names a day."""


def try_matrix(desk: Desk, document: bytes, name: str, since: date | None = None, until: date | None = None) -> Tried:
    """The days from the one to the other, both included, in UTC; else the last ninety until now.

    Raises Refused for what is no matrix, with the line, or for days that are none. `name`: what people call it.
    """
    matrix = matrix_of(document, name)
    with desk.transaction() as tx:
        return tried(tx, ruling.in_force(tx, desk), matrix, since, until)


def tried(tx: Connection, desk: Desk, matrix: Matrix, since: date | None = None, until: date | None = None) -> Tried:
    """As `try_matrix`, against the desk's matrix, within a transaction."""
    now = checkpoints.now(tx)
    first = datetime.combine(since, time(), UTC) if since else now - USUAL
    last = min(datetime.combine(until, time(), UTC) + timedelta(days=1), now) if until else now
    if first >= last:
        raise Refused(f"From {first:%Y-%m-%d} until {last:%Y-%m-%d} nothing can have been received. Nothing was done.")
    pasts = past.received(tx, first - matrix.window, last)
    simulation = simulate(pasts, desk.kinds, matrix, first)
    return Tried(matrix, changes(desk.matrix, matrix), first, last, simulation)
