"""Whom an open question goes to, and by whose clock: read in the transaction that opens it, climbs a rung, or tells."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from checkpoints import calendars
from checkpoints.core.authority import waits_on
from checkpoints.core.clock import ladder
from checkpoints.core.clock.hours import NOTHING, Hours
from checkpoints.core.clock.ladder import Rung, Somebody
from checkpoints.core.clock.working import WorkingTime
from checkpoints.core.errors import Refused
from checkpoints.core.model import Role
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.standing import Standing
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.people import Listed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """Everybody who is active, and each of them as the question sees them, in the same order."""

    people: tuple[Listed, ...]
    somebodies: tuple[Somebody, ...]

    def named(self, ids: frozenset[UUID]) -> str:
        """Their names, the first of the desk first."""
        return ", ".join(person.name for person in self.people if person.id in ids)


def see(tx: Connection, point: Checkpoint) -> Seen:
    """As things stand now."""
    return see_all(tx, (point,))[0]


def see_all(tx: Connection, points: Sequence[Checkpoint]) -> list[Seen]:
    """Each of them, in their order; people are read once."""
    active = tuple(person for person in people.everyone(tx) if person.active)
    operators = {person.id for person in active if Role.TO in person.roles}
    # Only a starter's own answer hangs on it.
    single = any(point.started_by in operators for point in points) and people.single_operator(tx)
    return [Seen(active, tuple(_as_seen(point, person, single) for person in active)) for point in points]


def clocks(tx: Connection, desk: Desk, point: Checkpoint, seen: Seen) -> list[WorkingTime | None]:
    """The working time of each of those whom it goes to first: their own, or as the settings say.

    One that can't be read counts round the clock: nothing is without a deadline, and the story says so.
    """
    first = ladder.asked_first(seen.somebodies)
    whose: dict[Hours | None, str] = {}
    for person in seen.people:
        if person.id in first:
            whose.setdefault(person.hours or desk.working, person.name if person.hours else "the settings")
    return [_clock(tx, point, hours, name) for hours, name in (whose or {desk.working: "the settings"}).items()]


def away(seen: Seen) -> str:
    """Whose answer would count and who is away, with who is told instead; empty when all are here."""
    first = ladder.asked_first(seen.somebodies)
    instead = {person.id: person.name for person in seen.people if person.id in first}
    gone = [one for one in seen.somebodies if one.counts and one.away and one.id not in first]
    named = {person.id: person.name for person in seen.people}
    return ", ".join(
        f"{named[one.id]} ({instead[one.stand_in]} instead)" if one.stand_in in instead else named[one.id]
        for one in gone
    )


def reached_by(rung: Rung, seen: Seen) -> frozenset[UUID]:
    """Whom a rung goes to, whichever way they are told."""
    by_rung = {Rung.REMINDER: ladder.asked_first, Rung.BACKUP: ladder.backups, Rung.MANAGER: ladder.managers}
    return by_rung[rung](seen.somebodies)


def _as_seen(point: Checkpoint, person: Listed, single: bool) -> Somebody:
    # Wherever they will come from: it is they who are told.
    anywhere = tuple(replace(g, limits=replace(g.limits, networks=())) for g in person.grants)
    standing = Standing(True, frozenset(), single, point.changed_at, limited=anywhere)
    return Somebody(
        id=person.id,
        counts=waits_on(point, person.id, standing),
        manager=Role.MANAGER in standing.roles_at(point.case, point.kind),
        backup=person.backup,
        away=person.away,
        busy=person.busy,
        stand_in=person.absence.stand_in if person.absence else None,
    )


def _clock(tx: Connection, point: Checkpoint, hours: Hours | None, name: str) -> WorkingTime | None:
    if hours is None:
        return None
    try:
        return calendars.working_time(hours, point.changed_at)
    except Refused as unreadable:
        log.error("the working time of %s can't be read, so it counts round the clock: %s", name, unreadable)
        why = f"{str(unreadable).removesuffix(NOTHING)}It counts round the clock."
        audit.append(tx, "working time unreadable", {"checkpoint": point.label, "of": name, "why": why})
        return None
