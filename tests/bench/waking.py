"""From an answer to the run's next line, while others wait and sleep; Prefect's own worker beside ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from checkpoints.actions import reading
from checkpoints.core.view import Checkpoint
from flows.deployments import POOL, SOURCE, WORKER, register
from tests.acceptance.conftest import WholeDesk
from tests.bench import crowd
from tests.bench.figures import Figure, spread
from tests.bench.sleepers import answer
from tests.bench.whole_desk import FLOW, asleep, done, see_the_end, start
from tests.stage.runs import eventually
from to_tools.up import parts

OURS, STOCK, QUESTIONS = 25, 8, 2
"""Cases, and one question a branch; with the answer, its effect is over."""
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
    """Seconds from each answer to its run's next line."""
    register(desk.settings, FLOW, pool, worker)
    took = []
    with desk.at() as (store, person):
        opened = [start(store, person, f"{name}-{number}", [0] * QUESTIONS) for number in range(cases)]
        # What one run does next must not slow down another that is being measured: all are at rest by then.
        points = [asleep(store, case, number) for case in opened for number in range(1, QUESTIONS + 1)]
        for point in points:
            took.append(answer(store, person, point))
            print(f"    {point.label}: {took[-1]:.2f} s", flush=True)
            eventually(partial(done, store, [point]), "its end")
        for case in opened:
            see_the_end(store, case.slug)
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
        worker.terminate()
        worker.wait()
