"""Working days of countries and regions, as values for the core. The only importer of workalendar.

Rule: what can't be read is Refused with a sentence; whoever needs a deadline all the same counts round the clock.
"""

import warnings
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache

from checkpoints.core.clock.hours import NOTHING, Hours, zoned
from checkpoints.core.clock.working import DAY, WorkingTime
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean

FEWEST_DAYS = 50
"""Of work in a year; a calendar with fewer is a mistake of somebody's."""


def working_time(of: Hours, moment: datetime) -> WorkingTime:
    """With the days off of this year and the next, as it is there. Raises Refused when they are not known."""
    zone = zoned(of.zone)
    # The night that began yesterday may be last year's.
    first = moment.astimezone(zone).date() - DAY
    years = range(first.year, (first + DAY).year + 2)
    return WorkingTime(zone, of.starts, of.ends, frozenset().union(*(_days_off(of.country, year) for year in years)))


@lru_cache(maxsize=256)
def _days_off(country: str, year: int) -> frozenset[date]:
    try:
        days = [date(year, 1, 1) + number * DAY for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
        # Some warn that the moon, or an assembly, may decide otherwise: a day more or less is better than no calendar.
        with warnings.catch_warnings(action="ignore"):
            works = _calendar(country)
            off = frozenset(day for day in days if not works(day))
    except Refused:
        raise
    except Exception as wrong:
        why = clean(str(wrong) or type(wrong).__name__)
        raise Refused(f"The calendar of {country} does not say the holidays of {year} ({why}). {NOTHING}") from wrong
    if len(off) > len(days) - FEWEST_DAYS:
        raise Refused(f"The calendar of {country} has next to no working day in {year}. {NOTHING}")
    return off


def _calendar(country: str) -> Callable[[date], bool]:
    """Whether a day is one of work there."""
    # Here, for it knows all countries: half a second, and only whoever has working time set needs it.
    from workalendar.registry import registry

    calendar = registry.get(country)
    if calendar is None:
        raise Refused(f"There is no calendar of “{clean(country)}”. Right would be DE, or DE-BY. {NOTHING}")
    return calendar().is_working_day
