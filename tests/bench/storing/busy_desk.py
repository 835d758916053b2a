"""A desk with thousands of waiting checkpoints on a PostgreSQL that syncs to the disk, filled by the real actions."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psycopg

from checkpoints.actions import receiving
from checkpoints.actions.by_runs import requesting
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run
from tests.bench.figures import Figure
from tests.stage.cluster import running_cluster
from tests.stage.desks import Office, open_office, spend

WAITING = 2_000
"""How many wait when all decisions have been measured."""
A_CASE = 10
ALONE = 400
THREADS = 16
T = TypeVar("T")
SIZE = (
    "select sum(pg_total_relation_size(oid)) from pg_class where relnamespace = 'desk'::regnamespace and relkind = 'r'"
)


@dataclass(frozen=True)
class BusyDesk:
    """`take` hands out waiting checkpoints, each once. `figures` is what filling it has shown."""

    office: Office
    points: list[Checkpoint]
    figures: list[Figure] = field(default_factory=list)

    def take(self, how_many: int) -> list[Checkpoint]:
        """The next ones, which wait until the caller decides them."""
        return [self.points.pop() for _ in range(how_many)]

    def connect(self) -> psycopg.Connection:
        """Bare psycopg, as the desk's login."""
        return psycopg.connect(self.office.settings.address_for("desk"))


@contextmanager
def busy_desk(home: Path, to_decide: int) -> Iterator[BusyDesk]:
    """`to_decide` wait beside the 2,000 that stay."""
    with running_cluster(options=()) as cluster:
        settings = cluster.provide(home)
        office = open_office(settings)
        try:
            desk = BusyDesk(office, [])
            _fill(desk, WAITING + to_decide)
            # What filling left to do (dead rows, statistics, dirty pages) would be paid by what is measured next.
            with psycopg.connect(settings.address_for("owner"), autocommit=True) as owner:
                owner.execute("vacuum analyze")
            with cluster.superuser() as superuser:
                superuser.execute("checkpoint")
            gc.collect()
            gc.freeze()
            yield desk
        finally:
            office.desk.engine.dispose()
            office.asker.engine.dispose()


def _fill(desk: BusyDesk, how_many: int) -> None:
    office = desk.office
    runs = [office.case(f"case-{number}") for number in range(how_many // A_CASE)]
    keys = [(run, f"question-{number}") for number in range(A_CASE) for run in runs]
    with desk.connect() as connection:
        before = _size(connection)
        alone = per_second(lambda key: _ask(desk, *key), keys[:ALONE], threads=1)
        together = per_second(lambda key: _ask(desk, *key), keys[ALONE:], threads=THREADS)
        office.receive()
        grown = _size(connection) - before
    desk.figures.append(Figure("requests_per_s", {"one": alone, "sixteen": together}, len(keys)))
    desk.figures.append(Figure("bytes_per_waiting_checkpoint", round(grown / len(keys)), len(keys)))


def _ask(desk: BusyDesk, run: Run, question: str) -> None:
    """Asked, and one request received, whoever asked it."""
    desk.points.append(requesting.ask(desk.office.asker, run, question, 1, spend()))
    receiving.receive_next(desk.office.desk)


def per_second(do: Callable[[T], object], things: Sequence[T], threads: int) -> float:
    """How many a second, `threads` at a time."""
    with ThreadPoolExecutor(threads) as pool:
        begin = time.perf_counter()
        for done in [pool.submit(do, thing) for thing in things]:
            done.result()
        return round(len(things) / (time.perf_counter() - begin), 1)


def _size(connection: psycopg.Connection) -> int:
    with connection.transaction():
        row = connection.execute(SIZE).fetchone()
    assert row is not None
    return int(row[0])
