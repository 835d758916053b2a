"""A whole desk as a person starts it: until it waits for an answer, and from an answer to the run's next line."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import httpx
from sqlalchemy import text

from checkpoints.actions import deciding, reading
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Person, Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store.desk import Desk
from flows.deployments import POOL, SOURCE, WORKER, register
from tests.acceptance.conftest import WholeDesk
from tests.bench.figures import Figure, spread
from tests.stage import side_by_side_flow
from tests.stage.answers import Answers
from tests.stage.desks import open_case
from tests.stage.runs import eventually
from to_tools.up import parts
from to_tools.up.supervisor import answers

FIRST = "read-later-digest/1"
OURS, STOCK, QUESTIONS = 25, 6, 2
"""Cases, and one question a branch; with the answer, its effect is over."""
FLOW = {side_by_side_flow.SORT: side_by_side_flow.ENTRYPOINT}
SLOW_SECONDS, SLOW_BRANCHES = 10, 3
NEXT_LINE = text("select min(begun_at) from desk.step where case_id = :case and begun_at > :after")


@contextmanager
def whole_desk(home: Path) -> Iterator[WholeDesk]:
    """Nothing runs yet; stopped at the end in any case."""
    desk = WholeDesk(home)
    try:
        yield desk
    finally:
        desk.down()


def make_up(desk: WholeDesk) -> Iterator[Figure]:
    """make_up_s: in an empty home until the first checkpoint waits; again until the page answers and it is shown."""
    begin = time.perf_counter()
    desk.up()
    with desk.at() as (store, _):
        eventually(lambda: _open(store, "read-later-digest", 1), "the first checkpoint")
    first = time.perf_counter() - begin
    desk.down()
    begin = time.perf_counter()
    desk.up()
    eventually(lambda: answers(desk.settings.page_url) or None, "the page")
    assert desk.countersign("show", FIRST).returncode == 0
    second = time.perf_counter() - begin
    yield Figure("make_up_s", {"first": round(first, 1), "second": round(second, 1)}, 1)


def delivering(desk: WholeDesk) -> Iterator[Figure]:
    """case_end_to_end_s: the sample, every answer given as soon as it is asked for; from the first to delivered."""
    desk.enrol()
    with desk.at() as (store, person):
        case = reading.story(store, "read-later-digest").case
        begin = time.perf_counter()
        ended = Answers(store, person, desk.code).until_it_ends(case, seconds=600)
        assert ended.state == "delivered", ended.outcome
        points = len(reading.story(store, case.slug).cards)
    yield Figure("case_end_to_end_s", round(time.perf_counter() - begin, 1), points)


def side_by_side(desk: WholeDesk) -> Iterator[Figure]:
    """branches_side_by_side: three effects of ten seconds, approved together while their runs sleep."""
    register(desk.settings, FLOW)
    with desk.at() as (store, person):
        case = _start(store, person, "slow", [SLOW_SECONDS] * SLOW_BRANCHES)
        points = [_asleep(store, case, number) for number in range(1, SLOW_BRANCHES + 1)]
        begin = time.perf_counter()
        for point in points:
            _say_yes(store, person, point)
        eventually(lambda: _done(store, points), "the end of all three", 120, 0.05)
        took = round(time.perf_counter() - begin, 1)
        _see_the_end(store, case.slug)
    yield Figure("branches_side_by_side", {"seconds": took, "one_after_the_other": SLOW_SECONDS * SLOW_BRANCHES}, 1)


def waking(desk: WholeDesk) -> Iterator[Figure]:
    """answer_to_next_line_ms, with the desk up: each run sleeps at its question before it is answered.

    Beside it stock_answer_to_next_line_ms: the same flows on the same server, by Prefect's own worker.
    """
    yield spread("answer_to_next_line_ms", _answered(desk, "ours", OURS, POOL, WORKER))
    with stock_worker(desk):
        yield spread("stock_answer_to_next_line_ms", _answered(desk, "stock", STOCK, "stock", "process"))


def _answered(desk: WholeDesk, name: str, cases: int, pool: str, worker: str) -> list[float]:
    """Seconds from each answer to its run's next line."""
    register(desk.settings, FLOW, pool, worker)
    took = []
    with desk.at() as (store, person):
        opened = [_start(store, person, f"{name}-{number}", [0] * QUESTIONS) for number in range(cases)]
        # What one run does next must not slow down another that is being measured: all are at rest by then.
        points = [_asleep(store, case, number) for case in opened for number in range(1, QUESTIONS + 1)]
        for point in points:
            took.append(_answer(store, person, point))
            print(f"    {point.label}: {took[-1]:.2f} s", flush=True)
            eventually(partial(_done, store, [point]), "its end")
        for case in opened:
            _see_the_end(store, case.slug)
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


def _start(store: Desk, person: Person, slug: str, seconds: list[int]) -> Case:
    """A case of branches whose effects take so long."""
    brief = {str(number): str(length) for number, length in enumerate(seconds, 1)}
    return open_case(store, person, slug, side_by_side_flow.SORT, brief, side_by_side_flow.plan(len(seconds)))


def _done(store: Desk, points: Sequence[Checkpoint]) -> bool | None:
    now = {card.point.id: card.point.permit for card in reading.story(store, points[0].case).cards}
    return all(now[point.id] is Permit.DONE for point in points) or None


def _open(store: Desk, slug: str, number: int) -> Checkpoint | None:
    try:
        point = reading.show(store, f"{slug}/{number}").point
    except Refused:
        return None
    return point if point.state == "open" else None


def _asleep(store: Desk, case: Case, number: int) -> Checkpoint:
    """The question, once its run sleeps."""

    def suspended() -> Checkpoint | None:
        point = _open(store, case.slug, number)
        if point is None:
            return None
        run = httpx.get(f"{store.prefect_api_url}/flow_runs/{point.prefect_id}").raise_for_status().json()
        return point if run["state_name"] == "Suspended" else None

    return eventually(suspended, f"the sleep of {case.slug} at {number}")


def _answer(store: Desk, person: Person, point: Checkpoint) -> float:
    """Seconds from just before the answer to the run's next line, both by the database's clock."""
    before = reading.now(store)
    _say_yes(store, person, point)
    return (eventually(lambda: _next_line(store, point, before), "the next line") - before).total_seconds()


def _say_yes(store: Desk, person: Person, point: Checkpoint) -> None:
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    deciding.answer(store, person, press)


def _next_line(store: Desk, point: Checkpoint, after: datetime) -> datetime | None:
    with store.transaction() as tx:
        begun: datetime | None = tx.execute(NEXT_LINE, {"case": point.case_id, "after": after}).scalar_one()
    return begun


def _see_the_end(store: Desk, slug: str) -> None:
    """What was approved has run, so that stopping the desk interrupts nothing."""
    eventually(lambda: reading.story(store, slug).case.state != "running" or None, f"the end of {slug}")
