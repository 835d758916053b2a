"""Whom an open question is said to, step by step, while nobody answers: values in, people out.

Rule: being told is no right to answer; whoever was asked is not asked again, and nobody is told twice by one rung.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

OPEN = "open"


class Rung(StrEnum):
    """What is done while nobody answers; when each is due is in `core/clock/sla.py`."""

    REMINDER = "reminder"
    """Once more to those who were asked, when half of the time is over."""
    BACKUP = "backup"
    """At the deadline: to all others whose answer would count."""
    MANAGER = "manager"
    """After half as much time again: to the managers, who can see to it."""


ASKS = (OPEN, Rung.BACKUP)
"""What says to somebody that their answer is wanted."""


@dataclass(frozen=True)
class Somebody:
    """A person as one question sees them. `counts`: their answer would count now. `stand_in`: told while they are away.

    `backup`: asked only once those before them did not answer. `busy`: has answered enough today.
    """

    id: UUID
    counts: bool
    manager: bool = False
    backup: bool = False
    away: bool = False
    stand_in: UUID | None = None
    busy: bool = False


def asked_first(people: Sequence[Somebody]) -> frozenset[UUID]:
    """Whom a question goes to when it opens: who is there and no backup, and who stands in for those who are away.

    Who is busy hears of it only as the backups do, where anybody else is there. A stand-in whose answer would not count
    could do nothing with it. Where nobody else is there, the backups are asked, and where nobody is there at all,
    everybody: a question is never kept from all.
    """
    counting = [one for one in people if one.counts]
    here = frozenset(one.id for one in counting if not one.away)
    standing_in = {one.stand_in for one in counting if one.away and one.stand_in}
    first = frozenset(one.id for one in counting if one.id in here and (not one.backup or one.id in standing_in))
    busy = frozenset(one.id for one in counting if one.busy)
    return first - busy or here - busy or first or here or frozenset(one.id for one in counting)


def backups(people: Sequence[Somebody]) -> frozenset[UUID]:
    """Whom it goes to at the deadline."""
    return frozenset(one.id for one in people if one.counts and not one.away) - asked_first(people)


def managers(people: Sequence[Somebody]) -> frozenset[UUID]:
    """Who is told that it is overdue: those managers who were not asked themselves, or who stands in for them."""
    silent = [one for one in people if one.manager and not one.counts]
    here = frozenset(one.id for one in people if not one.away)
    standing_in = frozenset(one.stand_in for one in silent if one.away and one.stand_in)
    told = frozenset(one.id for one in silent if not one.away) | (standing_in & here)
    asked = frozenset(one.id for one in people if one.counts)
    return told - asked or frozenset(one.id for one in silent)


def calls(
    people: Sequence[Somebody], climbed: Mapping[Rung, datetime], heard: Mapping[UUID, Mapping[str, datetime]]
) -> list[tuple[UUID, str]]:
    """Everything that should have been said of this revision by now: to whom, and what.

    `climbed`: when each rung was. `heard`: what each of them was told, and when.
    """
    first = asked_first(people)
    asked = first | (backups(people) if Rung.BACKUP in climbed else frozenset())
    said: list[tuple[UUID, str]] = []
    for one in people:
        known = heard.get(one.id, {})
        if one.id in asked:
            late = Rung.BACKUP in known or (one.id not in first and OPEN not in known)
            said.append((one.id, Rung.BACKUP if late else OPEN))
        if one.id in first and Rung.REMINDER in climbed and _asked_before(known, climbed[Rung.REMINDER]):
            said.append((one.id, Rung.REMINDER))
    if Rung.MANAGER in climbed:
        told = managers(people)
        said += [(one.id, Rung.MANAGER) for one in people if one.id in told and not _knows(heard.get(one.id, {}))]
    return said


def _knows(known: Mapping[str, datetime]) -> bool:
    """True when their answer was wanted before: they know that it waits."""
    return any(says in known for says in ASKS)


def _asked_before(known: Mapping[str, datetime], moment: datetime) -> bool:
    return any(says in known and known[says] <= moment for says in ASKS)
