"""One decision beside the least that a durable one can cost, and how many decisions a second.

Rule: both sides use the same rows, login and disk, and take turns, so that noise falls on both alike.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import psycopg

from checkpoints.actions import deciding
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from tests.bench.figures import Figure, spread
from tests.bench.storing.busy_desk import THREADS, BusyDesk, per_second

TURNS = 300
WARM = 20
"""Turns that don't count: until a connection has prepared its statements and PostgreSQL has settled its plans."""
AT_ONCE = 400
TO_DECIDE = 2 * (TURNS + WARM) + AT_ONCE + THREADS

SET = "update desk.checkpoint set state = 'approved' where id = %s and state = 'open'"
SAY = "select desk.audit_append('approved', %s::jsonb)"


def transactions(desk: BusyDesk) -> Iterator[Figure]:
    """decision_tx_ms, floor_tx_ms and decisions_per_s."""
    ours, floor = [], []
    with desk.connect() as connection:
        for turn in range(WARM + TURNS):
            mine, other = desk.take(2)
            took = _took(lambda point: _decide(desk, point), mine), _took(lambda point: _bare(connection, point), other)
            if turn >= WARM:
                ours.append(took[0])
                floor.append(took[1])
    yield spread("decision_tx_ms", ours)
    yield spread("floor_tx_ms", floor)
    # Sixteen connections are opened before the clock runs.
    per_second(lambda point: _decide(desk, point), desk.take(THREADS), THREADS)
    rate = per_second(lambda point: _decide(desk, point), desk.take(AT_ONCE), THREADS)
    yield Figure("decisions_per_s", rate, AT_ONCE)


def _took(do: Callable[[Checkpoint], None], point: Checkpoint) -> float:
    begin = time.perf_counter()
    do(point)
    return time.perf_counter() - begin


def _decide(desk: BusyDesk, point: Checkpoint) -> None:
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    deciding.answer(desk.office.desk, desk.office.ada, press)


def _bare(connection: psycopg.Connection, point: Checkpoint) -> None:
    """Compare-and-set, and one chained audit row: nobody is looked up, nothing is checked, nobody is told."""
    with connection.transaction():
        assert connection.execute(SET, (point.id,)).rowcount == 1
        connection.execute(SAY, (json.dumps({"checkpoint": point.label, "subject": point.digest}),))
