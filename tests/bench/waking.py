"""From an answer to the run's next line, while others wait and sleep; Prefect's own worker beside ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from checkpoints.actions import reading
from checkpoints.core.view import Checkpoint
from flows.deployments import POOL, SOURCE, WORKER, register
from tests.acceptance.conftest import WholeDesk
from tests.bench import crowd
from tests.bench.figures import Figure, spread
from tests.bench.sleepers import FLOW, answer, put_to_sleep, until_over
from to_tools.up import parts

OURS, STOCK = 50, 16
"""Cases, each with one question and an effect that is one line."""
SLEEPERS = 200
WAITING = 2_000


def waking(desk: WholeDesk, sleeping: Sequence[Checkpoint]) -> Iterator[Figure]:
    """answer_to_next_line_ms: each run sleeps at its question before it is answered, and 2,000 cases wait beside it.

    Beside it stock_answer_to_next_line_ms: the same flows on the same server, by Prefect's own worker. The cases that
    wait are copies of one of the real sleepers, in Prefect too; the sleepers are real.
    """
    with desk.at() as (store, _):
        original = reading.case_of(store, sleeping[0].case_id)
        assert original is not None
    crowd.fill(desk.settings, original, WAITING, "beside")
    yield spread("answer_to_next_line_ms", _answered(desk, "ours", OURS, POOL, WORKER))
    with stock_worker(desk):
        yield spread("stock_answer_to_next_line_ms", _answered(desk, "stock", STOCK, "stock", "process"))


def _answered(desk: WholeDesk, name: str, cases: int, pool: str, worker: str) -> list[float]:
    """Seconds from each answer to its run's next line; each is over before the next is answered."""
    took = []
    with desk.at() as (store, person):
        for point in put_to_sleep(desk, store, person, name, cases, pool, worker):
            took.append(answer(store, person, point))
            print(f"    {point.label}: {took[-1]:.2f} s", flush=True)
            until_over(store, point)
    return took


@contextmanager
def stock_worker(desk: WholeDesk) -> Iterator[None]:
    """Prefect's own process worker, as quick as its settings make it, on a pool of its own."""
    register(desk.settings, FLOW, "stock", "process")
    environment = parts.environment(desk.settings) | parts.prefect_client(desk.settings)
    environment |= {"PREFECT_WORKER_QUERY_SECONDS": "1"}
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "stock", "--type", "process"]
    with (desk.settings.logs / "stock.log").open("ab") as log:
        worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=SOURCE)
    try:
        yield
    finally:
        # It has nothing to do any more; told to end just as a run of its own ends, it may wait for ever.
        worker.kill()
        worker.wait()
