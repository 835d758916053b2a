"""When somebody works, as people write it down. What makes no sense is Refused with a sentence."""

import re
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean

COUNTRY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,5})?")
HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
WRITTEN = re.compile(r"(\S+) (\S+) (\S+)-(\S+)")
NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class Hours:
    """When somebody works, as it is written down: an IANA zone, a country or region by ISO 3166, their local hours.

    Hours that end before they begin go on past midnight.
    """

    zone: str
    country: str
    starts: time
    ends: time

    def __str__(self) -> str:
        return f"{self.starts:%H:%M} to {self.ends:%H:%M} in {self.zone}, holidays of {self.country}"


def hours(zone: str, country: str, starts: str, ends: str) -> Hours:
    """Raises Refused saying what is wrong with it. Whether the country's calendar is known, `calendars` says."""
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
        raise Refused(f"“{clean(text)}” won't do. Right would be Europe/Berlin DE 09:00-17:00")
    return hours(*found.groups())


def zoned(name: str) -> ZoneInfo:
    """The time zone of this name, as IANA has it. Raises Refused."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise Refused(
            f"There is no time zone “{clean(name)}”. Right would be Europe/Berlin, or UTC. {NOTHING}"
        ) from None
