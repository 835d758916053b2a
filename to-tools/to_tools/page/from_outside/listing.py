"""The files of a question as its page lists them: reports that the run brought, evidence that people attached."""

from dataclasses import dataclass
from datetime import datetime

from checkpoints.actions.reading import Shown
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Attachment
from checkpoints.store.desk import Desk

READ_HERE = frozenset({"text/plain", "application/json"})
LARGEST_READ = 1_000_000
LONGEST_SHOWN = 20_000
"""Bytes of a file, characters of what the page shows of it."""


@dataclass(frozen=True)
class Listed:
    """One file. `who` is the person, or the agent whose run brought it; `begins` is how a report's text begins."""

    file: Attachment
    who: str
    at: datetime
    href: str
    begins: str = ""


def listed(desk: Desk, shown: Shown) -> list[Listed]:
    """All of them, the request's own first."""
    point, base = shown.point, f"/checkpoints/{shown.point.label}/evidence"
    reports = [
        Listed(file, point.request.agent, point.asked_at, f"{base}/{file.sha256}", _begins(desk, file))
        for file in point.request.attachments
    ]
    return reports + [Listed(a.file, a.person, a.at, f"{base}/{a.file.sha256}") for a in shown.evidence]


def _begins(desk: Desk, file: Attachment) -> str:
    if desk.files is None or file.media_type not in READ_HERE or file.size > LARGEST_READ:
        return ""
    try:
        text = desk.files.get(file.sha256).decode("utf-8", "replace")
    except (Refused, Unavailable) as why:
        return str(why)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}\n… (cut here; the file has the rest)"
