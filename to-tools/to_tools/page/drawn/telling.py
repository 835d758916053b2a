"""Audit lines as people read them. Their text is foreign until it is drawn."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from checkpoints.core.audit import Line


@dataclass(frozen=True)
class Told:
    """One line; `at` is its UTC text to the second, `about` the checkpoint's or the case's name."""

    number: int
    at: str
    event: str
    by: str
    about: str
    words: str
    login: str
    hash: str

    @property
    def is_checkpoint(self) -> bool:
        return "/" in self.about


def told(lines: Iterable[Line]) -> list[Told]:
    """The lines, in the order they came."""
    return [_told(line) for line in lines]


def _told(line: Line) -> Told:
    body = json.loads(line.body)
    return Told(
        number=line.number,
        at=line.at[:19].replace("T", " ") + " UTC",
        event=line.event,
        by=_first(body, "by", "agent", "name", "to"),
        about=_first(body, "checkpoint", "case"),
        words=_first(body, "note", "because", "why") or _given(body),
        login=line.login,
        hash=line.hash,
    )


def _given(body: dict[str, object]) -> str:
    """Which way a credential went, and what holds its users."""
    return "; ".join(str(body[name]) for name in ("went", "held") if body.get(name))


def _first(body: dict[str, object], *names: str) -> str:
    return next((str(body[name]) for name in names if body.get(name)), "")
