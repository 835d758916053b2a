"""`python -m tests.bench.peers_entry --n 2000`: a whole desk under the measures that other products are compared by.

Prints one JSON object, on one line. What differs from its peers it says itself, under `note`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx
from sqlalchemy import text

from checkpoints import wiring
from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import requesting, waiting
from checkpoints.actions.courses.starting import MAIN
from checkpoints.core.model import Person, Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store import cases, runs
from checkpoints.store.desk import Desk
from checkpoints.store.work.waits import Wait
from flows.deployments import register
from tests.acceptance.conftest import WholeDesk
from tests.bench import peers_flow
from tests.bench.weight import Weight, databases_mb, weigh
from tests.bench.whole_desk import whole_desk
from tests.stage.desks import open_case, spend
from tests.stage.runs import eventually
from to_tools.up import ending

CLIENTS = 16
ASLEEP = 20
"""Runs that sleep in Prefect while the latency is taken; each asks several questions, one after the other."""
PORTION = 25
"""Runs started at once for the burst."""
LATENCIES, BURST = 200, 500
SHORT, LONG, MANY = 500.0, 790.0, 2_000
"""Seconds for at most so many that wait, and for more; a minute is left for the last effects and for stopping."""
FOR_LATENCIES = 0.45
TO_START = 0.5
"""Of the time that is left: what the latencies may take; what starting the burst's runs may."""
LATE = 40.0
IDLE_SECONDS = 10.0
NOTE = (
    "waiting: cases of one question each, asked by the product's own action and received by its porter, with no flow "
    "run in Prefect, but for runs_asleep real runs that sleep there; latency and burst are of real sleeping runs only; "
    "rss: of the desk's processes but Prefect's server and PostgreSQL, base before the first run, warm when the real "
    "ones sleep, from where kb_per_wait counts; idle_cpu: of the desk and Prefect's server"
)
STATES = text("select count(*) from desk.checkpoint where state = 'open'")
T = TypeVar("T")


@dataclass(frozen=True)
class Bench:
    """A desk that runs, both its logins, and the person who answers."""

    desk: WholeDesk
    store: Desk
    asker: Desk
    person: Person
    end: float

    @property
    def left(self) -> float:
        return self.end - time.monotonic()

    def open_questions(self) -> int:
        with self.store.transaction() as tx:
            return int(tx.execute(STATES).scalar_one())

    def start(self, slug: str, questions: int) -> Case:
        """A case whose run sleeps in Prefect after a while."""
        return open_case(self.store, self.person, slug, peers_flow.SORT, {"questions": str(questions)})

    def asleep(self) -> int:
        """How many of our flow runs sleep."""
        wanted = {"state": {"name": {"any_": ["Suspended"]}}}
        body = {"flow_runs": wanted, "flows": {"name": {"any_": [peers_flow.SORT]}}}
        return int(httpx.post(f"{self.store.prefect_api_url}/flow_runs/count", json=body).raise_for_status().json())

    def newest(self, case: Case) -> Checkpoint:
        """The case's last question."""
        return max((card.point for card in reading.story(self.store, case.slug).cards), key=lambda point: point.number)

    def approve(self, point: Checkpoint) -> None:
        press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
        deciding.answer(self.store, self.person, press)

    def noted(self, point: Checkpoint) -> int | None:
        return self.notes().get(str(point.id))

    def notes(self) -> dict[str, int]:
        """When the code after each wait began, in ns, by the checkpoint's id."""
        file = self.desk.settings.home / peers_flow.NOTES
        lines = file.read_text().splitlines() if file.exists() else []
        return {id: int(at) for id, _, at in (line.partition(" ") for line in lines) if at}


def measure(bench: Bench, n: int, latencies: int, burst: int) -> dict[str, object]:
    """All figures, under the peers' names."""
    before = weigh(bench.desk.settings.home)
    cases_asleep = _all_asleep(bench, [f"lat-{number}" for number in range(min(ASLEEP, n))], latencies)
    warm = weigh(bench.desk.settings.home)
    started = _fill(bench, n - len(cases_asleep))
    time.sleep(2)
    waits = bench.open_questions()
    rest = _at_rest(bench)
    took = _latencies(bench, cases_asleep, latencies)
    decided, seconds, runs_per_s = _burst(bench, burst)
    cuts = [round(cut * 1000, 2) for cut in statistics.quantiles(took, n=100, method="inclusive")]
    return {
        "peer": "countersign",
        "n": n,
        "waiting": waits,
        "runs_asleep": len(cases_asleep),
        **started,
        "start_runs_per_s": runs_per_s,
        "lat_n": len(took),
        "p50_ms": cuts[49],
        "p95_ms": cuts[94],
        "p99_ms": cuts[98],
        "max_ms": round(max(took) * 1000, 2),
        "burst_n": decided,
        "burst_resume_per_s": _pace(decided, seconds) if decided else None,
        "rss_base_mb": before.desk_mb,
        "rss_warm_mb": warm.desk_mb,
        "kb_per_wait": round((rest[0].desk_mb - warm.desk_mb) * 1000 / max(1, n - len(cases_asleep)), 1),
        **_weights(*rest),
        "db_mb": databases_mb(bench.desk.settings),
        "note": NOTE,
    }


def _all_asleep(bench: Bench, slugs: Sequence[str], questions: int) -> list[Case]:
    each = -(-questions // max(1, len(slugs))) + 1
    already = bench.asleep()
    opened = [bench.start(slug, each) for slug in slugs]
    eventually(lambda: bench.asleep() >= already + len(slugs) or None, "the sleep of all", bench.left, 0.25)
    return opened


def _fill(bench: Bench, count: int) -> dict[str, object]:
    """Cases that wait for an answer; how many a second were asked, and how many the desk had then received, too."""
    before, began = bench.open_questions(), time.perf_counter()
    _by_many(lambda number: _ask(bench, f"waits-{number}"), range(count))
    asked = time.perf_counter() - began
    eventually(lambda: bench.open_questions() >= before + count or None, "the last question", bench.left, 0.05)
    return {"start_per_s": _pace(count, time.perf_counter() - began), "accept_per_s": _pace(count, asked)}


def _pace(count: int, seconds: float) -> float:
    return round(count / seconds, 1)


def _ask(bench: Bench, slug: str) -> None:
    """A case, its run, its question and what the run sleeps for: all but a flow run in Prefect."""
    with bench.store.transaction() as tx:
        case_id = cases.add(tx, slug, peers_flow.SORT, slug, "Client Inc.", None, {"questions": "1"}, None)
        run = runs.by_id(tx, runs.add(tx, case_id, MAIN))
    assert run is not None
    point = requesting.ask(bench.asker, run, "spend-1", 1, spend("60"))
    waiting.sleep_for(bench.asker, run, Wait(checkpoint_id=point.id))


def _at_rest(bench: Bench) -> tuple[Weight, Weight]:
    """At the beginning and at the end of a while in which nobody does anything."""
    begin = weigh(bench.desk.settings.home)
    time.sleep(IDLE_SECONDS)
    return begin, weigh(bench.desk.settings.home)


def _latencies(bench: Bench, opened: Sequence[Case], count: int) -> list[float]:
    """Seconds from just before each answer to the first line of code after the wait, one after another."""
    took: list[float] = []
    end = time.monotonic() + bench.left * FOR_LATENCIES
    while len(took) < count and (time.monotonic() < end or len(took) < 2):
        point = _sleeping_at(bench, opened[len(took) % len(opened)])
        before = time.time_ns()
        bench.approve(point)
        after = eventually(partial(bench.noted, point), "the next line", bench.left, 0.02)
        took.append((after - before) / 1e9)
        _say(f"{point.label}: {took[-1] * 1000:.0f} ms")
    return took


def _sleeping_at(bench: Bench, case: Case) -> Checkpoint:
    """Its newest question, once its run sleeps at it."""

    def there() -> Checkpoint | None:
        point = bench.newest(case)
        if point.state != "open":
            return None
        found = httpx.get(f"{bench.store.prefect_api_url}/flow_runs/{point.prefect_id}").raise_for_status().json()
        return point if found["state_name"] == "Suspended" else None

    return eventually(there, f"the sleep of {case.slug}", bench.left, 0.1)


def _burst(bench: Bench, most: int) -> tuple[int, float, float | None]:
    """How many were decided at once, the seconds until the last effect was on the disk, and runs started a second.

    Starting a run takes about as long as waking it, so half of what is left is for either.
    """
    half, began = bench.left * TO_START, time.monotonic()
    opened: list[Case] = []
    while len(opened) < most and (not opened or time.monotonic() - began < half):
        slugs = [f"burst-{len(opened) + number}" for number in range(min(PORTION, most - len(opened)))]
        opened += _all_asleep(bench, slugs, 0)
        _say(f"{len(opened)} runs asleep")
    if not opened:
        return 0, 0.0, None
    runs_per_s = round(len(opened) / (time.monotonic() - began), 2)
    # A run may sleep before the desk has received what it asked.
    points = [_sleeping_at(bench, case) for case in opened]
    wanted = {str(point.id) for point in points}
    start = time.perf_counter()
    _by_many(bench.approve, points)
    eventually(lambda: wanted <= bench.notes().keys() or None, "the last effect", bench.left + LATE, 0.02)
    return len(points), time.perf_counter() - start, runs_per_s


def _weights(begin: Weight, end: Weight) -> dict[str, object]:
    idle = {name: round((used - begin.cpu[name]) / IDLE_SECONDS * 100, 1) for name, used in end.cpu.items()}
    return {
        "rss_wait_mb": begin.desk_mb,
        "server_rss_wait_mb": begin.prefect_mb,
        "pg_pss_mb": begin.postgres_mb,
        "idle_cpu_pct": round(idle["desk"] + idle["prefect"], 1),
        "idle_cpu_desk_pct": idle["desk"],
        "idle_cpu_prefect_pct": idle["prefect"],
    }


def _by_many(do: Callable[[T], object], things: Sequence[T] | range) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(do, things))


def _spin() -> float:
    """Milliseconds of a fixed piece of work: how busy the machine is with other things."""
    begin, total = time.perf_counter(), 0
    for number in range(2_000_000):
        total += number
    return round((time.perf_counter() - begin) * 1000, 1)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _of_a_desk(desk: WholeDesk, given: argparse.Namespace, end: float) -> dict[str, object]:
    desk.up()
    register(desk.settings, {peers_flow.SORT: peers_flow.ENTRYPOINT})
    asker = wiring.desk("asker", desk.settings)
    try:
        with desk.at() as (store, person):
            return measure(Bench(desk, store, asker, person, end), given.n, given.lat, given.burst)
    finally:
        asker.engine.dispose()


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--n", type=int, default=MANY)
    told.add_argument("--lat", type=int, default=LATENCIES)
    told.add_argument("--burst", type=int, default=BURST)
    told.add_argument("--seconds", type=float, default=0, help="left out: 500, for more than 2,000 waiting 790")
    given = told.parse_args()
    end = time.monotonic() + (given.seconds or (SHORT if given.n <= MANY else LONG))
    spin = _spin()
    with tempfile.TemporaryDirectory(prefix="cs-peers-") as folder:
        home = Path(folder) / "home"
        # Whoever runs out of patience kills this process only.
        with ending.guard(home), whole_desk(home) as desk:
            figures = _of_a_desk(desk, given, end)
    figures |= {"spin_ms": spin, "load1": round(os.getloadavg()[0], 2)}
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
