"""Draws pages: Jinja2 with autoescape, and one rule for foreign text.

Rule: whatever a template prints passes `shown`, so that no hidden or reordering character stays hidden.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from checkpoints.core.fields import wanted
from checkpoints.core.shown.showing import visible
from checkpoints.core.shown.story import limited_to, when
from to_tools.page.drawn.linking import linked

HERE = Path(__file__).parents[1]


def shown(value: object) -> object:
    """The value, text with its hidden and reordering characters made visible."""
    # Markup is what a macro or the Markdown renderer made: its parts were shown and escaped already.
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def in_words(moment: datetime, now: datetime) -> str:
    """How far away a moment is: "in 1 h 59 min", "40 minutes late"."""
    away = moment - now
    words = _length(abs(away))
    return f"in {words}" if away >= timedelta(0) else f"{words} late"


def _length(length: timedelta) -> str:
    minutes = max(1, round(length.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{minutes} minutes" if minutes > 1 else "1 minute"


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
PAGES.filters |= {"when": when, "iso": iso, "in_words": in_words, "wanted": wanted, "linked": linked}
PAGES.filters["limited"] = limited_to


def draw(request: Request, page: str, status: int = 200, **values: object) -> HTMLResponse:
    """The page. Every template knows the `visitor`, None before they are signed in, and the `path`."""
    visitor = getattr(request.state, "visitor", None)
    html = PAGES.get_template(page).render(visitor=visitor, path=request.url.path, **values)
    return HTMLResponse(html, status)
