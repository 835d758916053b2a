"""When one asker asks more than people can read: then it is told together, and over a limit refused: no clock.

Rule: an asker is a case. What its runs call themselves is their own word, and a flood would have many names.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

GATHERS = timedelta(minutes=1)
"""From the first question that nobody heard of to the digest: what comes in a burst stands in one."""
AGAIN = timedelta(hours=1)
"""Between two digests to one person, however fast it grows."""
AGAIN_IF_CRITICAL = timedelta(minutes=5)
"""The same while one says CRITICAL, which is to be decided in fifteen minutes, whoever says so."""


@dataclass(frozen=True)
class Limits:
    """`singly`: so many questions of one asker within `window` are told one by one. `open`: so many may wait at once.

    What people have decided counts no more: whoever is answered isn't a flood.
    """

    singly: int = 10
    window: timedelta = timedelta(minutes=10)
    open: int = 200


@dataclass(frozen=True)
class Asked:
    """What an asker has at the desk: `lately`, what came to people within the window, and `open`, what waits now."""

    lately: int
    open: int


def over(limits: Limits, asked: Asked) -> str:
    """Why nothing more is received of this asker, in words for it; empty while there is room."""
    if asked.open < limits.open:
        return ""
    return (
        f"over the limits: {asked.open} questions of this case wait already, and {limits.open} may. "
        "Withdraw what isn't needed any more, or ask again when people have answered some"
    )


def floods(limits: Limits, asked: Asked) -> bool:
    """Whether the next question is told together with others, not by itself."""
    return asked.lately >= limits.singly


def next_digest(since: datetime, last: datetime | None, critical: bool = False) -> datetime:
    """When a person may be told: `since` the first thing that they haven't heard was to be said; `last` digest."""
    gathered = since + GATHERS
    return gathered if last is None else max(gathered, last + (AGAIN_IF_CRITICAL if critical else AGAIN))
