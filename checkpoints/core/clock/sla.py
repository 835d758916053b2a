"""Response times (the Technical Operator flow, "TO Response SLA"), what follows while nobody answers, expiry: no clock.

CRITICAL counts round the clock, HIGH and MEDIUM in working time, LOW to the same hour of the next working day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkpoints.core.clock.working import WorkingTime, after, same_hour_next_day, worked
from checkpoints.core.model import Priority

RESPONSE_TIMES = {
    Priority.CRITICAL: timedelta(minutes=15),
    Priority.HIGH: timedelta(hours=2),
    Priority.MEDIUM: timedelta(hours=4),
    Priority.LOW: timedelta(hours=24),
}
ROUND_THE_CLOCK = (None,)


@dataclass(frozen=True)
class Times:
    """`deadline` is when an answer is expected (shown); `expires` is when the question ends, not approved.

    While nobody answers: at `remind` those who were asked hear of it again, at the deadline the backups, at `manager`
    the managers.
    """

    deadline: datetime
    expires: datetime
    remind: datetime
    manager: datetime


def times(
    priority: Priority,
    asked_at: datetime,
    answer_within: timedelta | None,
    expires_after: timedelta,
    working: Sequence[WorkingTime | None] = ROUND_THE_CLOCK,
) -> Times:
    """The deadline shown is the earlier of the asker's and the response time's. Times are aware, UTC.

    `working`: of each of those whom it waits for first; the earliest of their deadlines counts. The asker's own
    `answer_within` knows no working hours. Half of the time to the deadline is when a reminder goes out, and half as
    much again after it when the managers hear of it, both as the deadline was counted.
    """
    deadline, clock = min(
        ((_response(priority, asked_at, of_one), of_one) for of_one in working or ROUND_THE_CLOCK),
        key=lambda found: found[0],
    )
    if priority is Priority.CRITICAL:
        clock = None
    if answer_within and timedelta(0) < answer_within < deadline - asked_at:
        deadline, clock = asked_at + answer_within, None
    half = worked(clock, asked_at, deadline) / 2
    return Times(
        deadline=deadline,
        expires=max(asked_at + expires_after, deadline),
        remind=after(clock, asked_at, half),
        manager=after(clock, deadline, half),
    )


def _response(priority: Priority, asked_at: datetime, working: WorkingTime | None) -> datetime:
    if priority is Priority.CRITICAL:
        return asked_at + RESPONSE_TIMES[priority]
    if priority is Priority.LOW:
        return same_hour_next_day(working, asked_at)
    return after(working, asked_at, RESPONSE_TIMES[priority])
