"""A whole desk as a person starts it: until it waits for an answer, effects side by side, and a project to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from checkpoints.actions import reading
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Person
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store.desk import Desk
from flows.deployments import register
from tests.acceptance.conftest import PROBES, WholeDesk
from tests.bench.figures import Figure
from tests.bench.sleepers import say_yes
from tests.stage import side_by_side_flow
from tests.stage.answers import Answers
from tests.stage.desks import open_case
from tests.stage.runs import eventually
from to_tools.up.supervisor import answers

FIRST = "read-later-digest/1"
FLOW = {side_by_side_flow.SORT: side_by_side_flow.ENTRYPOINT}
SLOW_SECONDS, SLOW_BRANCHES = 10, 3


@contextmanager
def whole_desk(home: Path) -> Iterator[WholeDesk]:
    """Nothing runs yet; stopped at the end in any case."""
    desk = WholeDesk(home)
    # Tests have production looked at each second; a person's desk does so every half minute.
    file = desk.settings.file
    file.write_text(file.read_text().replace(PROBES, ""))
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
        case = start(store, person, "slow", [SLOW_SECONDS] * SLOW_BRANCHES)
        points = [asleep(store, case, number) for number in range(1, SLOW_BRANCHES + 1)]
        begin = time.perf_counter()
        for point in points:
            say_yes(store, person, point)
        eventually(lambda: done(store, points), "the end of all three", 120, 0.05)
        took = round(time.perf_counter() - begin, 1)
        see_the_end(store, case.slug)
    yield Figure("branches_side_by_side", {"seconds": took, "one_after_the_other": SLOW_SECONDS * SLOW_BRANCHES}, 1)


def start(store: Desk, person: Person, slug: str, seconds: list[int]) -> Case:
    """A case of branches whose effects take so long."""
    brief = {str(number): str(length) for number, length in enumerate(seconds, 1)}
    return open_case(store, person, slug, side_by_side_flow.SORT, brief, side_by_side_flow.plan(len(seconds)))


def done(store: Desk, points: Sequence[Checkpoint]) -> bool | None:
    now = {card.point.id: card.point.permit for card in reading.story(store, points[0].case).cards}
    return all(now[point.id] is Permit.DONE for point in points) or None


def _open(store: Desk, slug: str, number: int) -> Checkpoint | None:
    try:
        point = reading.show(store, f"{slug}/{number}").point
    except Refused:
        return None
    return point if point.state == "open" else None


def asleep(store: Desk, case: Case, number: int) -> Checkpoint:
    """The question, once its run sleeps."""

    def suspended() -> Checkpoint | None:
        point = _open(store, case.slug, number)
        if point is None:
            return None
        run = httpx.get(f"{store.prefect_api_url}/flow_runs/{point.prefect_id}").raise_for_status().json()
        return point if run["state_name"] == "Suspended" else None

    return eventually(suspended, f"the sleep of {case.slug} at {number}")


def see_the_end(store: Desk, slug: str) -> None:
    """What was approved has run, so that stopping the desk interrupts nothing."""
    eventually(lambda: reading.story(store, slug).case.state != "running" or None, f"the end of {slug}")
