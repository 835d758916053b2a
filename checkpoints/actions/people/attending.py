"""How much attention answers have: what was shown to whom, and what is said of it, to the person themselves first.

Rule: nobody sees another's figures; a manager sees what all of them come to.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from checkpoints.core.clock.attention import Attention, attention
from checkpoints.core.errors import Countersign, NotYourCall
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Role
from checkpoints.core.view import Checkpoint, named
from checkpoints.store import people
from checkpoints.store.desk import Desk
from checkpoints.store.work.many import attention as rows

LOOKS_BACK = timedelta(days=30)
MOST = 1_000


@dataclass(frozen=True)
class Mirror:
    """A person's own figures: of 30 days, and how much they answered in the last 24 hours of how much at most."""

    attention: Attention
    today: int
    most: int | None


def shown(desk: Desk, person: Person, points: Sequence[Checkpoint]) -> None:
    """Their cards are in front of this person; only the first time counts, and only what can be answered.

    A note beside the work: where the database doesn't take it, nobody is told.
    """
    if waits := [point for point in points if point.state is State.OPEN]:
        with suppress(Countersign), desk.transaction() as tx:
            rows.shown(tx, person.id, waits)


def shown_by_name(desk: Desk, person: Person, label: str) -> None:
    """The same of the checkpoint that people call `case/number`."""
    with suppress(Countersign), desk.transaction() as tx:
        rows.shown_by_name(tx, person.id, *named(label))


def mirror(desk: Desk, person: Person) -> Mirror:
    """For the person themselves. Raises NotYourCall once they aren't signed in any more."""
    with desk.transaction() as tx:
        if not people.standing(tx, person).active:
            raise NotYourCall("You are not signed in any more. Sign in again: countersign sign-in")
        today, most = rows.load(tx, person.id)
        return Mirror(attention(rows.answered(tx, person.id, LOOKS_BACK, MOST)), today, most)


def totals(desk: Desk, person: Person) -> Attention:
    """Of everybody together, without a name. Raises NotYourCall unless a manager asks."""
    with desk.transaction() as tx:
        standing = people.standing(tx, person)
        if not standing.active or Role.MANAGER not in standing.roles_at():
            raise NotYourCall("A manager sees what all answers come to. Your own: countersign attention")
        return attention(rows.answered(tx, None, LOOKS_BACK, MOST))
