"""When an answer is expected, and when a question ends."""

from datetime import timedelta

import pytest

from checkpoints.core.model import Priority
from checkpoints.core.sla import times
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
