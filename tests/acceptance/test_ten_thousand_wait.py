"""Ten thousand cases wait at a desk: memory, a press and a restart are as with ten.

The cases that wait are filled in by SQL, as copies of one that a run really asked in; one that is answered is real.
"""

from collections.abc import Iterator
from statistics import quantiles

import pytest

from checkpoints.actions import reading
from checkpoints.core.lifecycle import Permit, State
from tests.acceptance.conftest import WholeDesk
from tests.bench import crowd
from tests.bench.figures import GROWTH
from tests.bench.sleepers import put_to_sleep, until_done
from tests.bench.ten_thousand import MANY, PRESSES, first_decision, memory, presses
from tests.plugins import invariants

pytestmark = [pytest.mark.long, pytest.mark.alone, pytest.mark.acceptance]

SERVED, PRESSED = 2.0, 0.1
"""Seconds."""
SLOW_HOUR = 1.5
"""Times what it takes with one that waits, where that alone is over the two seconds: starting Python, say."""
PATIENCE = 60.0

Filled = tuple[WholeDesk, dict[str, float], float]


@pytest.fixture(scope="module")
def filled(running_desk: WholeDesk) -> Filled:
    """The desk with its ten thousand; what its processes weighed, and how long a restart took, with one or two."""
    with running_desk.at() as (store, person):
        original, first = put_to_sleep(running_desk, store, person, "original", 2)
        case = reading.case_of(store, original.case_id)
        assert case is not None
        with_one = first_decision(running_desk, store, person, first)
        until_done(store, [first], PATIENCE)
        weighed = memory(running_desk, store, person)
        crowd.fill(running_desk.settings, case, MANY, "many")
        assert reading.inbox(store, 1).total > MANY
    return running_desk, weighed, with_one


@pytest.fixture(autouse=True)
def nothing_impossible(filled: Filled) -> Iterator[None]:
    yield
    invariants.check(filled[0].settings)


@pytest.mark.promise("G8.2")
def test_nothing_weighs_more(filled: Filled) -> None:
    desk, weighed, _ = filled
    with desk.at() as (store, person):
        now = memory(desk, store, person)
    assert {name: size for name, size in now.items() if size > GROWTH * weighed[name]} == {}


@pytest.mark.promise("A5.1")
def test_the_first_decision_after_a_restart_is_served_within_two_seconds(filled: Filled) -> None:
    desk, _, with_one = filled
    with desk.at() as (store, person):
        (answered,) = put_to_sleep(desk, store, person, "answered", 1)
        took = first_decision(desk, store, person, answered)
        print(f"{took:.2f} s, with one that waits {with_one:.2f} s")
        assert took < max(SERVED, SLOW_HOUR * with_one)
        assert reading.show(store, answered.label).point.state is State.APPROVED
        until_done(store, [answered], PATIENCE)
        assert reading.show(store, answered.label).point.permit is Permit.DONE


@pytest.mark.promise("G8.1")
def test_a_press_takes_less_than_a_tenth_of_a_second(filled: Filled) -> None:
    desk, _, _ = filled
    with desk.at() as (store, person):
        points = [reading.show(store, f"many-{number}/1").point for number in range(1, PRESSES + 1)]
        took = presses(desk, store, person, points)
        print(f"{quantiles(took, n=20)[-1] * 1000:.0f} ms")
        assert quantiles(took, n=20)[-1] < PRESSED
        until_done(store, points, 5 * PATIENCE)
