"""Working time: when somebody works, and arithmetic with time that counts only while they do.

Rule: None works round the clock; what comes outside somebody's hours counts as coming when they next begin.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)
DAYS_LOOKED_AT = 1_100
"""A calendar says the days off of two years; after those every day has work, so a next stretch is always found."""


@dataclass(frozen=True)
class WorkingTime:
    """When somebody works, with their calendar: `days_off` are the local days on which no work begins."""

    zone: tzinfo
    starts: time
    ends: time
    days_off: frozenset[date]

    def stretches(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of work that are not over at this moment, in their order: from, to, both UTC."""
        # A night's work began the day before.
        first = moment.astimezone(self.zone).date() - DAY
        past_midnight = DAY if self.ends <= self.starts else timedelta(0)
        for day in (first + number * DAY for number in range(DAYS_LOOKED_AT)):
            if day not in self.days_off:
                opens, closes = self._at(day, self.starts), self._at(day + past_midnight, self.ends)
                # Where a clock is put forward, hours within the lost one can end before they begin.
                if closes > max(opens, moment):
                    yield opens, closes

    def day_of(self, opens: datetime) -> date:
        """The local day on which a stretch began."""
        return opens.astimezone(self.zone).date()

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone).astimezone(UTC)


def after(working: WorkingTime | None, start: datetime, span: timedelta) -> datetime:
    """The moment when so much has been worked since `start`."""
    if working is None:
        return start + span
    left = span
    for opens, closes in working.stretches(start):
        begins = max(opens, start)
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    return start + span


def worked(working: WorkingTime | None, start: datetime, end: datetime) -> timedelta:
    """How much is worked from `start` to `end`."""
    if working is None:
        return end - start
    total = timedelta(0)
    for opens, closes in working.stretches(start):
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return total


def same_hour_next_day(working: WorkingTime | None, start: datetime) -> datetime:
    """The same local hour on the next working day; round the clock, 24 hours later."""
    if working is None:
        return start + DAY
    stretches = working.stretches(start)
    today, following = next(stretches, None), next(stretches, None)
    if today is None or following is None:
        return start + DAY
    local = max(today[0], start).astimezone(working.zone)
    past_midnight = local.date() - working.day_of(today[0])
    hour = datetime.combine(working.day_of(following[0]) + past_midnight, local.time(), working.zone)
    return min(max(hour.astimezone(UTC), following[0]), following[1])
