"""Working days of countries and regions; and what is no calendar is refused with a sentence."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from checkpoints import calendars
from checkpoints.core.clock import hours
from checkpoints.core.clock.hours import Hours
from checkpoints.core.errors import Refused
from checkpoints.settings import Settings

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def of(country: str, zone: str = "Europe/Berlin", at: datetime = NOW) -> frozenset[date]:
    return calendars.working_time(hours.hours(zone, country, "09:00", "17:00"), at).days_off


def test_a_country_or_region_brings_its_weekends_and_holidays_of_this_year_and_the_next() -> None:
    assert {date(2026, 12, 25), date(2026, 11, 28), date(2027, 1, 1), date(2027, 10, 3)} <= of("DE")
    assert date(2026, 11, 27) not in of("DE")
    epiphany = date(2027, 1, 6)
    assert (epiphany in of("DE-BY"), epiphany in of("DE")) == (True, False)
    assert date(2026, 11, 27) in of("IL")  # A Friday.


def test_a_night_that_began_in_the_year_before_is_in_it() -> None:
    assert date(2026, 12, 31) not in of("DE", at=datetime(2027, 1, 1, 1, tzinfo=UTC))
    assert date(2026, 12, 26) in of("DE", at=datetime(2027, 1, 1, 1, tzinfo=UTC))


def test_it_is_read_once() -> None:
    of("FR")
    before = calendars._days_off.cache_info().misses
    of("FR")
    assert calendars._days_off.cache_info().misses == before


UNREADABLE = [
    ("Mars/Base", "DE", "09:00", "17:00", "no time zone “Mars/Base”"),
    ("../../etc/passwd", "DE", "09:00", "17:00", "no time zone"),
    ("Europe", "DE", "09:00", "17:00", "no time zone"),
    ("", "DE", "09:00", "17:00", "no time zone"),
    ("UTC\0", "DE", "09:00", "17:00", "no time zone"),
    ("UTC", "de", "09:00", "17:00", "no country or region by ISO 3166"),
    ("UTC", "Germany", "09:00", "17:00", "no country or region"),
    ("UTC", "DE\n", "09:00", "17:00", "no country or region"),
    ("UTC", "DE", "9", "17:00", "“9” is no time of day"),
    ("UTC", "DE", "09:00", "24:00", "“24:00” is no time of day"),
    ("UTC", "DE", "09:00", "١٧:00", "is no time of day"),
    ("UTC", "DE", "09:00", "09:00", "end when they begin"),
]


@pytest.mark.parametrize(("zone", "country", "starts", "ends", "said"), UNREADABLE)
def test_what_is_no_working_time_is_refused(zone: str, country: str, starts: str, ends: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        hours.hours(zone, country, starts, ends)


@pytest.mark.parametrize("country", ["XX", "DE-XX"])
def test_a_country_that_nobody_knows_is_refused(country: str) -> None:
    with pytest.raises(Refused, match=f"There is no calendar of “{country}”"):
        of(country)


def test_a_country_whose_holidays_are_announced_year_by_year_is_refused_once_they_are_not_known() -> None:
    with pytest.raises(Refused, match=r"The calendar of CN does not say the holidays of \d{4}"):
        of("CN", "Asia/Shanghai", datetime(2050, 1, 5, tzinfo=UTC))


def test_the_settings_say_it_in_one_line() -> None:
    assert hours.written("") is None
    assert hours.written("Europe/Berlin DE-BY 22:00-06:00") == hours.hours("Europe/Berlin", "DE-BY", "22:00", "06:00")
    assert str(hours.written("UTC DE 09:00-17:30")) == "09:00 to 17:30 in UTC, holidays of DE"


@pytest.mark.parametrize("wrong", ["Europe/Berlin", "Europe/Berlin DE", "Mars/Base DE 09:00-17:00", "UTC DE 9-17"])
def test_a_setting_that_makes_no_sense_stops_the_start_and_is_named(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ValidationError, match="working_time"):
        Settings(home=tmp_path, working_time=wrong)
    assert Settings(home=tmp_path, working_time="").working is None


def test_a_row_that_somebody_broke_is_refused_and_nothing_else() -> None:
    noon = hours.hours("UTC", "DE", "09:00", "17:00").starts
    for broken in (Hours("Mars", "DE", noon, noon), Hours("UTC", "../x", noon, noon), Hours("UTC", "", noon, noon)):
        with pytest.raises(Refused):
            calendars.working_time(broken, NOW)
