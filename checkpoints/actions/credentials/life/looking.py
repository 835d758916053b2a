"""How credentials live, in words: which version, who still has an older one, what is due, and how one ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.credentials.life import retiring
from checkpoints.actions.credentials.life.retiring import Beside
from checkpoints.core.errors import Refused
from checkpoints.core.shown.story import when
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.rotation import Rotation
from checkpoints.store import cases, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.secret import lives
from checkpoints.store.secret.lives import Life


@dataclass(frozen=True)
class Told:
    """A credential, its older values that lie there still, and all of it in words, a sentence each."""

    life: Life
    beside: tuple[Beside, ...]
    says: tuple[str, ...]

    @property
    def alive(self) -> bool:
        return self.life.ended_at is None


@dataclass(frozen=True)
class Late:
    """What people are reminded of in all cases: overdue ones, and values that lie side by side for too long."""

    overdue: tuple[Life, ...]
    beside: tuple[Beside, ...]


def look(desk: Desk, label: str) -> tuple[Checkpoint, Told]:
    """One by its checkpoint. Raises Refused where none was given with it."""
    with desk.transaction() as tx:
        point = finding.labelled(tx, label)
        found = [told for told in of_case(tx, desk.rotation, point.case_id) if told.life.checkpoint_id == point.id]
    if not found:
        raise Refused(f"No credential was given with {point.label}.")
    return point, found[0]


def of_project(desk: Desk, slug: str) -> tuple[Told, ...]:
    """All of a project that is there, the first first."""
    with desk.transaction() as tx:
        case = cases.by_slug(tx, slug)
        return of_case(tx, desk.rotation, case.id) if case else ()


def of_case(tx: Connection, rotation: Rotation, case_id: UUID) -> tuple[Told, ...]:
    """All of a case, the first first."""
    now, beside = checkpoints.now(tx), retiring.beside(tx, case_id)
    found = []
    for life in lives.of_case(tx, case_id):
        theirs = tuple(each for each in beside if each.older.id == life.id)
        found.append(Told(life, theirs, tuple(_says(life, theirs, rotation, now))))
    return tuple(found)


def late(tx: Connection, rotation: Rotation) -> Late:
    """Of all cases, the longest first."""
    since = checkpoints.now(tx) - rotation.side_by_side
    beside = tuple(each for each in retiring.beside(tx) if each.older.since <= since)
    return Late(tuple(lives.late(tx, rotation.grace)), beside)


def _says(life: Life, beside: Sequence[Beside], rotation: Rotation, now: datetime) -> list[str]:
    given = f"{life.service}, as {life.label} approved it: version {life.version}, given by {life.given_by}"
    first = f"{given} {when(life.given_at)}; good {life.restrictions.words}."
    if life.ended_at is not None:
        return [first, f"It ended {when(life.ended_at)}: {life.ended_because or 'nobody noted why'}."]
    ends = [f"It ends by itself {when(life.expires_at)}."] if life.expires_at else []
    return [first, *ends, *_due(life, rotation, now), *(f"{each.words[0].upper()}{each.words[1:]}." for each in beside)]


def _due(life: Life, rotation: Rotation, now: datetime) -> list[str]:
    # One that ends before needs no other value.
    if life.rotate_at is None or (life.expires_at is not None and life.expires_at <= life.rotate_at):
        return []
    if life.rotate_at > now:
        return [f"Another value is due {when(life.rotate_at)}."]
    late = "OVERDUE: another" if life.rotate_at <= now - rotation.grace else "Another"
    return [f"{late} value has been due since {when(life.rotate_at)}: rotate it."]
