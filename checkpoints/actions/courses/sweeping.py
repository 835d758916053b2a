"""Many checkpoints that have something in common are withdrawn, or reopened: each in a transaction of its own.

Rule: what may be done to one may be done to many by the same person, and nothing more.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from uuid import UUID

from checkpoints.actions import withdrawing
from checkpoints.actions.audit import recording
from checkpoints.actions.courses import opening
from checkpoints.actions.courses.bundling import Result
from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.core.fields import check_note
from checkpoints.core.lifecycle import WAITING, State
from checkpoints.core.model import Person
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from checkpoints.store.work.many import filtered
from checkpoints.store.work.many.filtered import Filter

MOST = 500
"""At a time: whoever means more says it again."""


def withdrawable(desk: Desk, by: Filter) -> list[Checkpoint]:
    """What waits and has this in common, the most urgent first, at most 500. Raises Refused for an empty filter."""
    return _found(desk, by, WAITING)


def reopenable(desk: Desk, by: Filter) -> list[Checkpoint]:
    """What ended without a yes and has this in common, each question once; as `withdrawable`."""
    return _found(desk, by, opening.REOPENABLE)


def withdraw(desk: Desk, person: Person, points: Sequence[Checkpoint], because: str) -> list[Result]:
    """One result each, whatever becomes of the others. Raises Refused without a reason."""

    def one(id: UUID) -> str:
        return f"Recorded: {withdrawing.withdraw(desk, person, id, because).label} is withdrawn."

    return _each(desk, person, "withdraw", points, because, one)


def reopen(desk: Desk, person: Person, points: Sequence[Checkpoint], because: str) -> list[Result]:
    """As `withdraw`; each gets a new number."""

    def one(id: UUID) -> str:
        again = opening.reopen(desk, person, id, because)
        return f"Recorded: {again.reopens} is asked again as {again.label}."

    return _each(desk, person, "reopen", points, because, one)


def _found(desk: Desk, by: Filter, states: Collection[State]) -> list[Checkpoint]:
    if by.is_empty:
        raise Refused("Say which: --kind, --client or --case. Nothing was changed.")
    with desk.transaction() as tx:
        return filtered.found(tx, by, states, MOST)


def _each(
    desk: Desk, person: Person, verb: str, points: Sequence[Checkpoint], because: str, one: Callable[[UUID], str]
) -> list[Result]:
    if not because.strip():
        raise Refused("Say why: the story of each shows it. Nothing was changed.")
    check_note(because)
    results = []
    for point in points:
        try:
            results.append(Result(point, one(point.id)))
        except Countersign as no:
            if not isinstance(no, Unavailable):
                with suppress(Unavailable):
                    recording.refused(desk, person.name, verb, point.label, no)
            results.append(Result(point, str(no), no))
    return results
