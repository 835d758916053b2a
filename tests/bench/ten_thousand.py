"""What ten thousand waiting cases cost: at rest, in memory, at a restart, and for the one who presses.

Rule: the same is measured first with ten. The cases are copies of one that sleeps, in Prefect too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import httpx
import psutil

from checkpoints.actions import reading
from checkpoints.actions.people import joining
from checkpoints.core.model import Person, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.settings import login
from checkpoints.store.desk import Desk
from tests.acceptance.conftest import WholeDesk
from tests.bench import crowd
from tests.bench.figures import Figure, spread
from tests.bench.sleepers import answer, put_to_sleep, until_done
from tests.integration.page.serving import answer_form
from tests.stage.runs import eventually
from to_tools.up import ending
from to_tools.up.supervisor import noted

FEW, MANY = 10, 10_000
AT_REST = 30.0
SETTLING = 20.0
"""Seconds: without a look before, and of looking."""
PRESSES = 200
ANSWERS = 10
LOOKS = 40
KILLED = ("page", "porter")
WEIGHED = (*KILLED, "engine")


def ten_thousand(desk: WholeDesk) -> Iterator[Figure]:
    """idle_cpu_percent, memory_mb, answer_among_ms, press_p95_ms and first_decision_after_restart_s."""
    with desk.at() as (store, person):
        own = at_rest(desk)["prefect"]
        first, *few = put_to_sleep(desk, store, person, "among", 1 + 2 * ANSWERS + 1)
        case = reading.case_of(store, first.case_id)
        assert case is not None
        crowd.fill(desk.settings, case, FEW, "few")
        weights = {f"{name}_few": size for name, size in memory(desk, store, person).items()}
        among = {"ten": _median(store, person, few[:ANSWERS])}
        crowd.fill(desk.settings, case, MANY, "many")
        print(f"    {reading.inbox(store, 1).total:,} wait", flush=True)
        rest = at_rest(desk)
        yield Figure("idle_cpu_percent", rest | {"prefect_at_rest": own}, 1)
        weights |= {f"{name}_many": size for name, size in memory(desk, store, person).items()}
        yield Figure("memory_mb", weights, 1)
        among["ten_thousand"] = _median(store, person, few[ANSWERS : 2 * ANSWERS])
        yield Figure("answer_among_ms", among, ANSWERS)
        points = [reading.show(store, f"many-{number}/1").point for number in range(1, PRESSES + 1)]
        yield spread("press_p95_ms", presses(desk, store, person, points))
        recorded = first_decision(desk, store, person, few[-1])
        yield Figure("first_decision_after_restart_s", round(recorded, 2), 1)


def first_decision(desk: WholeDesk, store: Desk, person: Person, point: Checkpoint) -> float:
    """Page and porter are killed; seconds from the start of the first of the two until an answer is recorded.

    Pressed at the page again and again, as soon as it listens. The supervisor starts both again.
    """
    with browser(desk, store, person) as client:
        form = answer_form(client, point, Verdict.APPROVE)
        before = {part.name: part.pid for part in noted(desk.settings.logs)}
        for name in KILLED:
            psutil.Process(before[name]).kill()
        eventually(lambda: _pressed(client, point, form), "an answer of the page", 60, 0.01)
    started = [part for part in noted(desk.settings.logs) if part.name in KILLED]
    assert all(part.pid != before[part.name] for part in started)
    decision = reading.show(store, point.label).point.decision
    assert decision is not None
    assert decision.at is not None
    return decision.at.timestamp() - min(part.since for part in started)


def presses(desk: WholeDesk, store: Desk, person: Person, points: list[Checkpoint]) -> list[float]:
    """Seconds that the page takes for each answer, one after another, while what was answered goes on."""
    took = []
    with browser(desk, store, person) as client:
        for point in points:
            form = answer_form(client, point, Verdict.APPROVE)
            begin = time.perf_counter()
            said = client.post(f"/checkpoints/{point.label}/answer", data=form)
            took.append(time.perf_counter() - begin)
            assert said.status_code == httpx.codes.SEE_OTHER, said.text
    return took


@contextmanager
def browser(desk: WholeDesk, store: Desk, person: Person) -> Iterator[httpx.Client]:
    """Signed in as this person, by a link."""
    with httpx.Client(base_url=desk.settings.page_url, trust_env=False, timeout=20) as client:
        token = joining.new_token(store, person, "sign-in link")
        assert client.post("/sign-in", data={"token": token}).status_code == httpx.codes.SEE_OTHER
        yield client


def cpu_percent(desk: WholeDesk, seconds: float) -> dict[str, float]:
    """Of one core: Prefect's server with its connections to the database, and all else of the desk."""
    before = _cpu(desk)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(left)
    after = _cpu(desk)
    return {who: round(100 * (after[who] - before[who]) / seconds, 2) for who in after}


def memory(desk: WholeDesk, store: Desk, person: Person) -> dict[str, float]:
    """MB resident, each after the same looks at the page."""
    with browser(desk, store, person) as client:
        for path in ("/", "/projects", "/audit") * LOOKS:
            client.get(path).raise_for_status()
    sizes = {name: sum(process.memory_info().rss for process in _tree(desk, name)) for name in WEIGHED}
    return {name: round(size / 1e6, 1) for name, size in sizes.items()}


def at_rest(desk: WholeDesk) -> dict[str, float]:
    """`cpu_percent` while nobody does anything, once what was begun before is over."""
    print("    at rest …", flush=True)
    cpu_percent(desk, SETTLING)
    return cpu_percent(desk, AT_REST)


def _cpu(desk: WholeDesk) -> dict[str, float]:
    """CPU seconds so far."""
    spent = {"ours": 0.0, "prefect": 0.0}
    prefect = {process.pid for process in _tree(desk, "prefect")}
    every = {process.pid: process for process in (*ending.parts(desk.settings.home), *_tree(desk, "postgres"))}
    for process in every.values():
        with suppress(psutil.NoSuchProcess):
            # Its connections are of the same PostgreSQL as ours; a title says whose a connection is.
            theirs = process.pid in prefect or login("prefect") in " ".join(process.cmdline())
            times = process.cpu_times()
            spent["prefect" if theirs else "ours"] += times.user + times.system
    return spent


def _tree(desk: WholeDesk, name: str) -> list[psutil.Process]:
    """A part and what it has started."""
    (pid,) = (part.pid for part in noted(desk.settings.logs) if part.name == name)
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _median(store: Desk, person: Person, points: Sequence[Checkpoint]) -> float:
    """Of the milliseconds from an answer to its run's next line, each when the one before has acted."""
    took = []
    for point in points:
        took.append(answer(store, person, point))
        until_done(store, [point], 60)
    return round(1000 * statistics.median(took), 1)


def _pressed(client: httpx.Client, point: Checkpoint, form: Mapping[str, str]) -> bool | None:
    """None while the page does not listen."""
    try:
        said = client.post(f"/checkpoints/{point.label}/answer", data=dict(form))
    except httpx.TransportError:
        return None
    return said.status_code == httpx.codes.SEE_OTHER or None
