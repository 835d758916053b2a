"""Working time, minute by minute: nights, weekends, holidays, a clock put forward or back, who asks outside hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.clock.working import WorkingTime, after, same_hour_next_day, worked

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")
YEAR = [date(2026, 1, 1) + number * DAY for number in range(365)]
WEEKENDS = frozenset(day for day in YEAR if day.weekday() >= 5)
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)})
OFFICE = WorkingTime(BERLIN, time(9), time(17), WEEKENDS | CHRISTMAS)

moments = st.integers(0, 333 * 24 * 60).map(lambda minutes: datetime(2026, 1, 10, tzinfo=UTC) + minutes * MINUTE)
spans = st.integers(1, 30 * 60).map(lambda minutes: minutes * MINUTE)


@st.composite
def days_worked(draw: st.DrawFn) -> WorkingTime:
    """Hours by day: of a night's, in the night that has one hour twice, a wall clock can't say which is meant."""
    starts, ends = draw(st.tuples(st.integers(4, 22), st.integers(5, 23)).filter(lambda hours: hours[0] < hours[1]))
    off = frozenset(draw(st.sets(st.sampled_from(YEAR), max_size=80)))
    return WorkingTime(ZoneInfo(draw(st.sampled_from(ZONES))), time(starts), time(ends, 30), WEEKENDS | off)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def is_work(working: WorkingTime, moment: datetime) -> bool:
    """By the clock on the wall and the calendar beside it."""
    local = moment.astimezone(working.zone)
    return local.date() not in working.days_off and working.starts <= local.time() < working.ends


@pytest.mark.promise("G6.3")
@given(days_worked(), moments, spans)
def test_just_so_many_minutes_of_work_lie_between(working: WorkingTime, start: datetime, span: timedelta) -> None:
    end = after(working, start, span)
    minutes = int((min(end, start + 3 * DAY) - start) / MINUTE)
    counted = sum(is_work(working, start + number * MINUTE) for number in range(minutes))
    assert worked(working, start, start + minutes * MINUTE) == counted * MINUTE
    assert worked(working, start, end) == span
    assert is_work(working, end - MINUTE)
    assert end - start >= span


@given(days_worked(), moments, spans, st.integers(0, 10_000))
def test_who_asks_later_is_answered_no_earlier(
    working: WorkingTime, start: datetime, span: timedelta, minutes: int
) -> None:
    later = start + minutes * MINUTE
    assert after(working, start, span) <= after(working, later, span)
    assert same_hour_next_day(working, start) <= same_hour_next_day(working, later)


@given(days_worked(), moments)
def test_the_next_working_day_is_another_day_of_work_and_no_other_lies_between(
    working: WorkingTime, start: datetime
) -> None:
    due = same_hour_next_day(working, start)
    stretches = working.stretches(start)
    (opens, _), (following, until) = next(stretches), next(stretches)
    assert following <= due <= until
    if opens <= start:
        local, there = start.astimezone(working.zone), due.astimezone(working.zone)
        assert there.time() == local.time()


@given(moments, spans)
def test_round_the_clock_time_just_passes(start: datetime, span: timedelta) -> None:
    assert after(None, start, span) == start + span
    assert worked(None, start, start + span) == span
    assert same_hour_next_day(None, start) == start + DAY


CASES = [
    ("2026-03-03T10:00", 2, "2026-03-03T12:00", "in the midst of a day"),
    ("2026-03-03T16:00", 2, "2026-03-04T10:00", "over a night"),
    ("2026-03-06T16:00", 4, "2026-03-09T12:00", "over a weekend"),
    ("2026-03-03T06:30", 2, "2026-03-03T11:00", "before the day begins"),
    ("2026-03-03T22:00", 2, "2026-03-04T11:00", "after it ended"),
    ("2026-03-07T12:00", 4, "2026-03-09T13:00", "on a Saturday"),
    ("2026-03-03T15:00", 2, "2026-03-03T17:00", "to the very end of the day"),
    ("2026-03-03T17:00", 2, "2026-03-04T11:00", "at the very end of the day"),
    ("2026-12-24T16:00", 4, "2026-12-28T12:00", "over Christmas"),
    ("2026-12-31T16:00", 2, "2027-01-02T10:00", "into a year that begins with a holiday"),
    ("2026-03-27T16:00", 2, "2026-03-30T10:00", "over the night in which clocks are put forward"),
    ("2026-10-23T16:00", 2, "2026-10-26T10:00", "over the night in which they are put back"),
]


@pytest.mark.promise("G6.3")
@pytest.mark.parametrize(("asked", "hours", "due"), [case[:3] for case in CASES], ids=[case[3] for case in CASES])
def test_hours_are_counted_while_they_work(asked: str, hours: int, due: str) -> None:
    assert after(OFFICE, at(asked), hours * HOUR) == at(due)


NEXT_DAYS = [
    ("2026-03-03T10:20", "2026-03-04T10:20", "an ordinary day"),
    ("2026-03-06T10:20", "2026-03-09T10:20", "a Friday"),
    ("2026-12-24T10:20", "2026-12-28T10:20", "before Christmas"),
    ("2026-03-27T10:20", "2026-03-30T10:20", "before clocks are put forward: 71 hours, the same hour"),
    ("2026-10-23T10:20", "2026-10-26T10:20", "before they are put back"),
    ("2026-03-03T07:00", "2026-03-04T09:00", "before hours: as if they had just begun"),
    ("2026-03-03T19:00", "2026-03-05T09:00", "after hours: as if it had come the next morning"),
    ("2026-03-07T10:20", "2026-03-10T09:00", "on a Saturday: as if it had come on Monday morning"),
]


@pytest.mark.promise("G6.3")
@pytest.mark.parametrize(("asked", "due"), [case[:2] for case in NEXT_DAYS], ids=[case[2] for case in NEXT_DAYS])
def test_a_day_is_until_the_same_hour_of_the_next_working_day(asked: str, due: str) -> None:
    assert same_hour_next_day(OFFICE, at(asked)) == at(due)


NIGHT = WorkingTime(BERLIN, time(22), time(6), WEEKENDS)


@pytest.mark.parametrize(
    ("asked", "hours", "due"),
    [
        ("2026-03-03T23:00", 2, "2026-03-04T01:00"),
        ("2026-03-04T05:00", 2, "2026-03-04T23:00"),
        ("2026-03-07T05:00", 2, "2026-03-09T23:00"),
        ("2026-03-27T22:00", 8, "2026-03-28T06:00"),
    ],
)
def test_work_by_night_goes_on_past_midnight_and_belongs_to_the_day_it_began(asked: str, hours: int, due: str) -> None:
    assert after(NIGHT, at(asked), hours * HOUR) == at(due)


@pytest.mark.promise("G6.3")
def test_the_night_in_which_clocks_are_put_back_is_an_hour_longer() -> None:
    sundays = WorkingTime(BERLIN, time(22), time(6), frozenset())
    assert worked(sundays, at("2026-10-24T22:00"), at("2026-10-25T06:00")) == 9 * HOUR
    assert worked(sundays, at("2026-03-28T22:00"), at("2026-03-29T06:00")) == 7 * HOUR


def test_by_night_the_same_hour_is_that_of_the_next_night() -> None:
    assert same_hour_next_day(NIGHT, at("2026-03-04T01:30")) == at("2026-03-05T01:30")
    assert same_hour_next_day(NIGHT, at("2026-03-07T01:30")) == at("2026-03-10T01:30")


def test_hours_that_a_clock_put_forward_swallows_are_no_work() -> None:
    lost = WorkingTime(BERLIN, time(2, 30), time(3, 15), frozenset())
    assert after(lost, at("2026-03-29T00:00"), MINUTE) == at("2026-03-30T02:31")
