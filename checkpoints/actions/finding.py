"""Finds the checkpoint that an action is about, or refuses in the same words everywhere."""

from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people.by_link import narrowing
from checkpoints.core.errors import NotFound
from checkpoints.core.fields import clean
from checkpoints.core.model import Person
from checkpoints.core.view import Checkpoint, named
from checkpoints.core.work.standing import Standing
from checkpoints.store import checkpoints, people

NOT_FOUND = "There is no such checkpoint. Nothing was changed. List what waits with: countersign inbox"


def locked(tx: Connection, id: UUID) -> Checkpoint:
    """The checkpoint, locked until the transaction ends. Raises NotFound."""
    point = checkpoints.held(tx, id)
    if point is None:
        raise NotFound(NOT_FOUND)
    return point


def pressed(tx: Connection, id: UUID, person: Person) -> tuple[Checkpoint, Standing]:
    """The checkpoint, locked until the transaction ends, and the person's standing then, narrowed by their link.

    Raises Refused, and for a link that gives nothing (any more) IllegalMove.
    """
    found = checkpoints.pressed(tx, id, person)
    if found is None:
        raise NotFound(NOT_FOUND)
    point, standing = found
    return point, narrowing.narrowed(tx, person, point, standing) if person.way == people.BY_LINK else standing


def again(tx: Connection, id: UUID) -> Checkpoint:
    """The checkpoint as this transaction made it."""
    point = checkpoints.by_id(tx, id)
    if point is None:
        raise NotFound(NOT_FOUND)
    return point


def labelled(tx: Connection, label: str) -> Checkpoint:
    """The checkpoint that a person names as `case/number`. Raises Refused saying what a label looks like."""
    slug, number = named(label)
    point = checkpoints.by_label(tx, slug, number)
    if point is None:
        raise NotFound(f"There is no checkpoint “{clean(label)}”. List what waits with: countersign inbox")
    return point
