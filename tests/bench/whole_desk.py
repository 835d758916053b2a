"""A whole desk as a person starts it: until it waits for an answer, and from an answer to the run's next line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import httpx
from sqlalchemy import text

from checkpoints import wiring
from checkpoints.actions import deciding, reading
from checkpoints.actions.courses import opening
from checkpoints.actions.people import joining
from checkpoints.core.errors import Refused
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store.desk import Desk
from flows.delivery import brief
from tests.acceptance.conftest import WholeDesk
from tests.bench.figures import Figure, spread
from tests.stage.runs import eventually
from to_tools import identity
from to_tools.cli.who import signed_in
from to_tools.up.first_steps import SAMPLE
from to_tools.up.supervisor import answers

FIRST = "read-later-digest/1"
CASES = 4
QUESTIONS = 3
"""Of each case: the brief, region and sizes, the plan. Then the plan is applied, and the case ends."""
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
    with at(desk) as (store, _):
        eventually(lambda: _open(store, "read-later-digest", 1), "the first checkpoint")
    first = time.perf_counter() - begin
    desk.down()
    begin = time.perf_counter()
    desk.up()
    eventually(lambda: answers(desk.settings.page_url) or None, "the page")
    assert desk.countersign("show", FIRST).returncode == 0
    second = time.perf_counter() - begin
    yield Figure("make_up_s", {"first": round(first, 1), "second": round(second, 1)}, 1)


def waking(desk: WholeDesk) -> Iterator[Figure]:
    """answer_to_next_line_ms, with the desk up: each run sleeps at its question before it is answered."""
    took = []
    with at(desk) as (store, person):
        cases = [reading.story(store, "read-later-digest").case, *_start_more(store, person)]
        # What one run does next must not slow down another that is being measured: all are at rest by then.
        for case in cases:
            _asleep(store, case, 1)
        for number in range(1, QUESTIONS + 1):
            for case in cases:
                took.append(_answer(store, person, _asleep(store, case, number)))
                print(f"    {case.slug}/{number}: {took[-1]:.1f} s", flush=True)
                if number < QUESTIONS:
                    _asleep(store, case, number + 1)
                else:
                    _see_the_end(store, case.slug)
    yield spread("answer_to_next_line_ms", took)


@contextmanager
def at(desk: WholeDesk) -> Iterator[tuple[Desk, Person]]:
    """The desk's store, and the person whom `up` signed in."""
    store = wiring.desk("desk", desk.settings)
    try:
        yield store, identity.verify(store, signed_in.kept_token(desk.settings))
    finally:
        store.engine.dispose()


def _start_more(store: Desk, person: Person) -> list[Case]:
    new = brief.read(files("flows.delivery").joinpath(SAMPLE).read_bytes(), SAMPLE)
    slugs = [f"{new.slug}-{number}" for number in range(2, CASES + 1)]
    # What the operator started themselves would ask them for a code with each yes.
    mira = identity.verify(store, joining.add_person(store, person, "Mira", Role.MANAGER).shell)
    return [opening.open_case(store, mira, replace(new, slug=slug)) for slug in slugs]


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
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    deciding.answer(store, person, press)
    return (eventually(lambda: _next_line(store, point, before), "the next line") - before).total_seconds()


def _next_line(store: Desk, point: Checkpoint, after: datetime) -> datetime | None:
    with store.transaction() as tx:
        begun: datetime | None = tx.execute(NEXT_LINE, {"case": point.case_id, "after": after}).scalar_one()
    return begun


def _see_the_end(store: Desk, slug: str) -> None:
    """What was approved has run, so that stopping the desk interrupts nothing."""
    eventually(lambda: reading.story(store, slug).case.state != "running" or None, f"the end of {slug}")
