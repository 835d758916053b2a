"""Draws pages: Jinja2 with autoescape, and one rule for foreign text.

Rule: whatever a template prints passes `shown`, so that no invisible or reordering character is ever invisible.
"""

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checkpoints.core.story import when

HERE = Path(__file__).parent
BLANK_THOUGH_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"


def shown(value: object) -> object:
    """The value; of plain text, control, format, private and blank characters by their number: ⟦U+202E⟧."""
    # Markup is a subclass of str and was escaped already, part by part.
    if type(value) is not str and not (isinstance(value, str) and not hasattr(value, "__html__")):
        return value
    return "".join(c if c in "\n\t" or _is_visible(c) else f"⟦U+{ord(c):04X}⟧" for c in str(value))


def _is_visible(c: str) -> bool:
    return unicodedata.category(c)[0] != "C" and c not in BLANK_THOUGH_LETTERS and c not in "\u2028\u2029"


def in_words(moment: datetime, now: datetime) -> str:
    """How far away a moment is: "in 2 hours", "40 minutes late"."""
    away = moment - now
    words = _length(abs(away))
    return f"in {words}" if away >= timedelta(0) else f"{words} late"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago a moment was."""
    return f"{_length(abs(now - moment))} ago"


def _length(length: timedelta) -> str:
    minutes = max(1, round(length.total_seconds() / 60))
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= 2 * size or size == 1:
            count = minutes // size
            break
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def iso(moment: datetime) -> str:
    """For machines: the `datetime` attribute."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=shown,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters |= {"when": when, "iso": iso, "in_words": in_words, "ago": ago}


def draw(request: Request, page: str, status: int = 200, **values: object) -> HTMLResponse:
    """The page. Every template knows the `visitor`, None before they are signed in, and the `path`."""
    visitor = getattr(request.state, "visitor", None)
    html = PAGES.get_template(page).render(visitor=visitor, path=request.url.path, **values)
    return HTMLResponse(html, status)
