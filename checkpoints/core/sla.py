"""Response times (the Technical Operator flow, "TO Response SLA") and expiry: no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from checkpoints.core.model import Priority

RESPONSE_TIMES = {
    Priority.CRITICAL: timedelta(minutes=15),
    Priority.HIGH: timedelta(hours=2),
    Priority.MEDIUM: timedelta(hours=4),
    Priority.LOW: timedelta(hours=24),
}


@dataclass(frozen=True)
class Times:
    """`deadline` is when an answer is expected (shown); `expires` is when the question ends, not approved."""

    deadline: datetime
    expires: datetime


def times(priority: Priority, asked_at: datetime, answer_within: timedelta | None, expires_after: timedelta) -> Times:
    """The deadline shown is the earlier of the asker's and the response time's. Times are aware, UTC."""
    response = RESPONSE_TIMES[priority]
    within = min(response, answer_within) if answer_within and answer_within > timedelta(0) else response
    return Times(deadline=asked_at + within, expires=asked_at + max(expires_after, within))
