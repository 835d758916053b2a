"""Working days of countries and regions, as values for the core. The only importer of workalendar.

Rule: what can't be read is Refused with a sentence; whoever needs a deadline all the same counts round the clock.
"""

import re
import warnings
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from checkpoints.core.clock.working import DAY, Hours, WorkingTime
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean

COUNTRY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,5})?")
HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
WRITTEN = re.compile(r"(\S+) (\S+) (\S+)-(\S+)")
FEWEST_DAYS = 50
"""Of work in a year; a calendar with fewer is a mistake of somebody's."""
NOTHING = "Nothing was changed."


def hours(zone: str, country: str, starts: str, ends: str) -> Hours:
    """Raises Refused saying what is wrong with it. Whether the country's calendar is known, `working_time` says."""
    zoned(zone)
    if not COUNTRY.fullmatch(country):
        raise Refused(f"“{clean(country)}” is no country or region by ISO 3166. Right would be DE, or DE-BY. {NOTHING}")
    for hour in (starts, ends):
        if not HOUR.fullmatch(hour):
            raise Refused(f"“{clean(hour)}” is no time of day. Right would be 09:00, 23:30. {NOTHING}")
    if starts == ends:
        raise Refused(f"Hours that end when they begin are none: {starts} to {ends}. {NOTHING}")
    return Hours(zone, country, time.fromisoformat(starts), time.fromisoformat(ends))


def written(text: str) -> Hours | None:
    """From one line, `Europe/Berlin DE 09:00-17:00`; None from an empty one. Raises Refused."""
    if not text:
        return None
    found = WRITTEN.fullmatch(text)
    if not found:
        raise Refused(f"working_time: “{clean(text)}” won't do. Right would be: Europe/Berlin DE 09:00-17:00")
    return hours(*found.groups())


def zoned(name: str) -> ZoneInfo:
    """The time zone of this name, as IANA has it. Raises Refused."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise Refused(
            f"There is no time zone “{clean(name)}”. Right would be Europe/Berlin, or UTC. {NOTHING}"
        ) from None


def working_time(of: Hours, moment: datetime) -> WorkingTime:
    """With the days off of this year and the next, as it is there. Raises Refused when they are not known."""
    zone = zoned(of.zone)
    # The night that began yesterday may be last year's.
    first = moment.astimezone(zone).date() - DAY
    years = range(first.year, (first + DAY).year + 2)
    return WorkingTime(zone, of.starts, of.ends, frozenset().union(*(_days_off(of.country, year) for year in years)))


@lru_cache(maxsize=256)
def _days_off(country: str, year: int) -> frozenset[date]:
    # Here, for it knows all countries: half a second, and only whoever has working time set needs it.
    from workalendar.registry import registry

    calendar = registry.get(country)
    if calendar is None:
        raise Refused(f"There is no calendar of “{clean(country)}”. Right would be DE, or DE-BY. {NOTHING}")
    days = [date(year, 1, 1) + number * DAY for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    try:
        # Some warn that the moon, or an assembly, may decide otherwise: a day more or less is better than no calendar.
        with warnings.catch_warnings(action="ignore"):
            known = calendar()
            off = frozenset(day for day in days if not known.is_working_day(day))
    except Exception as wrong:
        why = clean(str(wrong) or type(wrong).__name__)
        raise Refused(f"The calendar of {country} does not say the holidays of {year} ({why}). {NOTHING}") from wrong
    if len(off) > len(days) - FEWEST_DAYS:
        raise Refused(f"The calendar of {country} has next to no working day in {year}. {NOTHING}")
    return off
