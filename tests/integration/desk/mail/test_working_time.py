"""Deadlines at the desk: in the working time of whom it waits for first, and never without one."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text

from checkpoints import calendars
from checkpoints.actions import reading
from checkpoints.actions.people import joining, leaving, scheduling
from checkpoints.core.clock import hours
from checkpoints.core.errors import NeedsFactor, NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Priority, Role
from checkpoints.core.view import Checkpoint
from tests.integration.desk.moments import later
from tests.stage.desks import Office, spend
from to_tools import identity

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE_HOURS = hours.hours("Europe/Berlin", "DE", "09:00", "17:00")
NIGHTS = hours.hours("Europe/Berlin", "DE", "22:00", "06:00")
AHEAD = timedelta(seconds=30)
"""What a test may take from setting the clock to the question."""


@pytest.fixture
def friday(office: Office) -> Office:
    """It is four in the afternoon, on a Friday in Berlin with no holiday near; soon, for people's tokens end."""
    now = reading.now(office.desk)
    off = calendars.working_time(OFFICE_HOURS, now).days_off
    days = (now.date() + timedelta(days=number) for number in range(1, 80))
    day = next(d for d in days if d.weekday() == 4 and not off & {d, *(d + timedelta(days=n) for n in (3, 4))})
    four = datetime.combine(day, time(16), BERLIN).astimezone(UTC)
    later(office, f"{(four - now).total_seconds()} seconds")
    return office


def due(point: Checkpoint) -> str:
    """The local weekday and hour by which an answer is expected."""
    assert point.deadline_at is not None
    return f"{(point.deadline_at - AHEAD).astimezone(BERLIN) + timedelta(minutes=1):%a %H:%M}"


def test_a_deadline_is_counted_in_the_working_time_of_whom_it_waits_for(friday: Office) -> None:
    scheduling.set_hours(friday.desk, friday.ada, "ada", OFFICE_HOURS)
    run = friday.case()
    asked = {p: friday.ask(run, spend("60", priority=p), p) for p in Priority}
    assert [due(asked[p]) for p in Priority] == ["Fri 16:15", "Mon 10:00", "Mon 12:00", "Mon 16:00"]


def test_of_two_the_earlier_counts_and_of_a_backup_or_who_is_away_nothing(friday: Office) -> None:
    scheduling.set_hours(friday.desk, friday.ada, "Ada", OFFICE_HOURS)
    friday.person("Bob", Role.TO)
    run = friday.case()
    assert due(friday.ask(run, spend(), "first")) == "Fri 18:00"
    scheduling.set_hours(friday.desk, friday.ada, "Bob", NIGHTS)
    assert due(friday.ask(run, spend(), "second")) == "Sat 00:00"
    scheduling.set_backup(friday.desk, friday.ada, "Bob", True)
    assert due(friday.ask(run, spend(), "third")) == "Mon 10:00"
    day = reading.now(friday.desk).date()
    leaving.leave(friday.desk, friday.ada, "Ada", day, day + timedelta(days=9))
    assert due(friday.ask(run, spend(), "fourth")) == "Sat 00:00"


def test_who_said_nothing_works_as_the_settings_say(friday: Office) -> None:
    friday = replace(friday, desk=replace(friday.desk, working=OFFICE_HOURS))
    run = friday.case()
    assert due(friday.ask(run, spend(), "first")) == "Mon 10:00"
    scheduling.set_hours(friday.desk, friday.ada, "Ada", NIGHTS)
    assert due(friday.ask(run, spend(), "second")) == "Sat 00:00"
    scheduling.set_hours(friday.desk, friday.ada, "Ada", None)
    assert due(friday.ask(run, spend(), "third")) == "Mon 10:00"


@pytest.mark.promise("C9.3")
@pytest.mark.parametrize("broken", ["zone = 'Mars/Base'", "country = 'XX'"])
def test_a_calendar_that_cant_be_read_counts_round_the_clock_and_the_story_says_so(friday: Office, broken: str) -> None:
    scheduling.set_hours(friday.desk, friday.ada, "Ada", OFFICE_HOURS)
    owner = create_engine(friday.settings.url_for("owner"))
    with owner.begin() as tx:
        tx.execute(text(f"update desk.working_time set {broken}"))
    owner.dispose()
    point = friday.ask(friday.case(), spend())
    assert (point.state, point.decision, due(point)) == (State.OPEN, None, "Fri 18:00")
    assert point.expires_at is not None
    lines = reading.history(friday.desk, point.label).lines
    (said,) = [json.loads(line.body) for line in lines if line.event == "working time unreadable"]
    assert said["of"] == "Ada"
    assert said["why"].endswith("It counts round the clock.")


def test_a_setting_whose_country_nobody_knows_counts_round_the_clock(friday: Office) -> None:
    unknown = hours.written("Europe/Berlin XX 09:00-17:00")
    friday = replace(friday, desk=replace(friday.desk, working=unknown))
    point = friday.ask(friday.case(), spend())
    assert (point.state, due(point)) == (State.OPEN, "Fri 18:00")
    assert "working time unreadable" in [line.event for line in reading.history(friday.desk, point.label).lines]


def test_what_cant_be_read_is_refused_when_it_is_set(office: Office) -> None:
    with pytest.raises(Refused, match="There is no calendar of “XX”"):
        scheduling.set_hours(office.desk, office.ada, "Ada", replace(OFFICE_HOURS, country="XX"))
    assert reading.everyone(office.desk)[0].hours is None


def test_a_person_says_it_of_themselves_and_a_technical_operator_of_all(office: Office) -> None:
    scheduling.set_hours(office.desk, office.mira, "Mira", OFFICE_HOURS)
    with pytest.raises(NotYourCall, match="A technical operator says when another works"):
        scheduling.set_hours(office.desk, office.mira, "Ada", NIGHTS)
    with pytest.raises(NotYourCall, match="A technical operator says who is the backup"):
        scheduling.set_backup(office.desk, office.mira, "Ada", True)
    office.enrol(office.ada)
    stolen = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "shell"))
    with pytest.raises(NeedsFactor):
        scheduling.set_hours(office.desk, stolen, "Ada", NIGHTS)
    assert [person.hours for person in reading.everyone(office.desk)] == [None, OFFICE_HOURS]
