"""What doctor finds, as values: a subject, how bad it is, what was found, the next command, the page on it."""

from dataclasses import dataclass
from enum import StrEnum

ONCALL = "runbooks/oncall"


class Mark(StrEnum):
    OK = "ok"
    LOOK = "look"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line. `subject` keeps its meaning, for scripts; `do` is a command to type as it stands."""

    subject: str
    mark: Mark
    found: str
    do: str = ""
    page: str = ""


def ok(subject: str, found: str) -> Finding:
    return Finding(subject, Mark.OK, found)


def look(subject: str, found: str, do: str = "", page: str = "") -> Finding:
    """Worth a look: nothing has to be done at once."""
    return _named(subject, Mark.LOOK, found, do, page)


def wrong(subject: str, found: str, do: str = "", page: str = "") -> Finding:
    return _named(subject, Mark.WRONG, found, do, page)


def duration(seconds: float) -> str:
    """In the largest unit that says enough: 40 s, 12 min, 5 h, 3 days."""
    for unit, length in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def amount(size: float) -> str:
    """Of bytes."""
    for unit, length in (("GB", 1e9), ("MB", 1e6)):
        if size >= length:
            return f"{size / length:.3g} {unit}"
    return f"{size / 1e3:.0f} kB"


def _named(subject: str, mark: Mark, found: str, do: str, page: str) -> Finding:
    return Finding(subject, mark, found, do, f"{ONCALL}/{page}.md" if page else "")
