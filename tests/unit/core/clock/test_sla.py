"""When an answer is expected, and when a question ends."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.clock.sla import times
from checkpoints.core.clock.working import WorkingTime
from checkpoints.core.model import Priority
from tests.unit.core.points import NOON

MONTH = timedelta(days=30)
MINUTES = [
    (Priority.CRITICAL, 15),
    (Priority.HIGH, 2 * 60),
    (Priority.MEDIUM, 4 * 60),
    (Priority.LOW, 24 * 60),
]


@pytest.mark.parametrize(("priority", "minutes"), MINUTES)
def test_the_response_time_follows_the_priority(priority: Priority, minutes: int) -> None:
    assert times(priority, NOON, None, MONTH).deadline == NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(("minutes", "shown"), [(30, 30), (120, 120), (600, 120), (0, 120), (-30, 120)])
def test_the_deadline_shown_is_the_earlier_one(minutes: int, shown: int) -> None:
    asked = times(Priority.HIGH, NOON, timedelta(minutes=minutes), MONTH)
    assert asked.deadline == NOON + timedelta(minutes=shown)


def test_a_question_ends_when_its_kind_says_and_never_before_its_deadline() -> None:
    assert times(Priority.LOW, NOON, None, MONTH).expires == NOON + MONTH
    assert times(Priority.LOW, NOON, None, timedelta(hours=1)).expires == NOON + timedelta(hours=24)


OFFICE = WorkingTime(ZoneInfo("Europe/Berlin"), time(9), time(17), frozenset({date(2026, 3, 7), date(2026, 3, 8)}))
NIGHT = WorkingTime(ZoneInfo("Europe/Berlin"), time(22), time(6), frozenset())
FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # Four in the afternoon in Berlin.
MONDAY = FRIDAY + timedelta(days=3)


def hours(moment: datetime) -> float:
    """From Friday's question."""
    return (moment - FRIDAY) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("priority", "due"),
    [
        (Priority.CRITICAL, FRIDAY + timedelta(minutes=15)),
        (Priority.HIGH, MONDAY - timedelta(hours=6)),
        (Priority.MEDIUM, MONDAY - timedelta(hours=4)),
        (Priority.LOW, MONDAY),
    ],
)
def test_only_what_is_critical_counts_round_the_clock(priority: Priority, due: datetime) -> None:
    assert times(priority, FRIDAY, None, MONTH, [OFFICE]).deadline == due


def test_of_several_the_earliest_deadline_counts() -> None:
    assert times(Priority.HIGH, FRIDAY, None, MONTH, [OFFICE, NIGHT]).deadline == FRIDAY + timedelta(hours=8)
    assert times(Priority.HIGH, FRIDAY, None, MONTH, [OFFICE, None]).deadline == FRIDAY + timedelta(hours=2)


def test_the_askers_own_time_knows_no_working_hours_and_never_makes_it_later() -> None:
    asked = times(Priority.HIGH, FRIDAY, timedelta(hours=3), MONTH, [OFFICE])
    assert (hours(asked.deadline), hours(asked.remind), hours(asked.manager)) == (3, 1.5, 4.5)
    assert times(Priority.HIGH, FRIDAY, timedelta.max, MONTH, [OFFICE]).deadline == MONDAY - timedelta(hours=6)


def test_a_reminder_comes_after_half_of_the_working_time_and_the_manager_after_half_as_much_again() -> None:
    asked = times(Priority.MEDIUM, FRIDAY, None, MONTH, [OFFICE])
    assert (hours(asked.remind), asked.manager) == (66, asked.deadline + timedelta(hours=2))
    assert times(Priority.CRITICAL, FRIDAY, None, MONTH, [OFFICE]).remind == FRIDAY + timedelta(minutes=7.5)


seconds = st.timedeltas(timedelta(0), timedelta(days=333))
moments = seconds.map(lambda passed: datetime(2026, 1, 10, tzinfo=UTC) + passed)
within = st.none() | st.timedeltas(timedelta(days=-2), timedelta(days=40))
lasting = st.timedeltas(timedelta(hours=1), timedelta(days=365))
clocks = st.lists(st.sampled_from([None, OFFICE, NIGHT]), max_size=3)


@given(st.sampled_from(list(Priority)), moments, within, lasting, clocks)
def test_everything_has_a_deadline_and_nothing_expires_before_it(
    priority: Priority,
    asked: datetime,
    answer_within: timedelta | None,
    expires_after: timedelta,
    working: list[WorkingTime | None],
) -> None:
    found = times(priority, asked, answer_within, expires_after, working)
    assert asked <= found.remind <= found.deadline <= found.manager
    assert asked < found.deadline
    assert found.expires >= found.deadline
    assert found.expires >= asked + expires_after
    if answer_within and answer_within > timedelta(0):
        assert (
            found.deadline <= asked + answer_within
            or found.deadline == times(priority, asked, None, MONTH, working).deadline
        )
