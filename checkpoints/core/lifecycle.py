"""The lifecycle of a checkpoint and of its permit: two tables, one function each, nothing else."""

from enum import StrEnum

from checkpoints.core.errors import IllegalMove
from checkpoints.core.model import Actor, Asker, Clock, Person, Porter, Rule


class State(StrEnum):
    """Where a checkpoint stands."""

    ASKED = "asked"
    OPEN = "open"
    CHANGING = "changing"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    VOID = "void"


class Event(StrEnum):
    """What can happen to a checkpoint."""

    RECEIVED = "received"
    PASSED = "passed by the rule"
    REFUSED = "refused by the desk"
    COUNTED = "approved in part"
    APPROVED = "approved"
    GLASS_BROKEN = "glass broken"
    REJECTED = "rejected"
    CHANGES_ASKED = "changes asked for"
    REVISED = "revised"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"


class Permit(StrEnum):
    """Where the single permission to act stands."""

    UNUSED = "unused"
    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    VOID = "void"


class PermitEvent(StrEnum):
    """What can happen to a permit."""

    BEGIN = "begun"
    DONE = "done"
    FAIL = "failed, known not to have happened"
    LOSE = "outcome unknown"
    FOUND_DONE = "found done"
    FOUND_FAILED = "found not done"
    VOID = "voided"


_ANYONE_WHO_ENDS = (Asker, Person, Clock)

MOVES: dict[tuple[State, Event], tuple[State, tuple[type[Actor], ...]]] = {
    (State.ASKED, Event.RECEIVED): (State.OPEN, (Porter,)),
    (State.ASKED, Event.PASSED): (State.APPROVED, (Rule,)),
    (State.ASKED, Event.REFUSED): (State.WITHDRAWN, (Porter,)),
    (State.ASKED, Event.WITHDRAWN): (State.WITHDRAWN, _ANYONE_WHO_ENDS),
    (State.OPEN, Event.COUNTED): (State.OPEN, (Person,)),
    (State.OPEN, Event.APPROVED): (State.APPROVED, (Person,)),
    (State.OPEN, Event.GLASS_BROKEN): (State.APPROVED, (Person,)),
    (State.OPEN, Event.REJECTED): (State.REJECTED, (Person,)),
    (State.OPEN, Event.CHANGES_ASKED): (State.CHANGING, (Person,)),
    (State.OPEN, Event.REVISED): (State.ASKED, (Asker,)),
    (State.OPEN, Event.EXPIRED): (State.EXPIRED, (Clock,)),
    (State.OPEN, Event.WITHDRAWN): (State.WITHDRAWN, _ANYONE_WHO_ENDS),
    (State.CHANGING, Event.REVISED): (State.ASKED, (Asker,)),
    (State.CHANGING, Event.EXPIRED): (State.EXPIRED, (Clock,)),
    (State.CHANGING, Event.WITHDRAWN): (State.WITHDRAWN, _ANYONE_WHO_ENDS),
    (State.APPROVED, Event.VOIDED): (State.VOID, _ANYONE_WHO_ENDS),
}

PERMIT_MOVES: dict[tuple[Permit, PermitEvent], Permit] = {
    (Permit.UNUSED, PermitEvent.BEGIN): Permit.BEGUN,
    (Permit.FAILED, PermitEvent.BEGIN): Permit.BEGUN,
    (Permit.BEGUN, PermitEvent.DONE): Permit.DONE,
    (Permit.BEGUN, PermitEvent.FAIL): Permit.FAILED,
    (Permit.BEGUN, PermitEvent.LOSE): Permit.UNKNOWN,
    (Permit.UNKNOWN, PermitEvent.FOUND_DONE): Permit.DONE,
    (Permit.UNKNOWN, PermitEvent.FOUND_FAILED): Permit.FAILED,
    (Permit.UNUSED, PermitEvent.VOID): Permit.VOID,
    (Permit.FAILED, PermitEvent.VOID): Permit.VOID,
}

WAITING = frozenset({State.ASKED, State.OPEN, State.CHANGING})


def move(state: State, event: Event, by: Actor) -> State:
    """The state that follows. Raises IllegalMove for every pair, and every actor, that the table does not name."""
    after, allowed = MOVES.get((state, event), (None, ()))
    if after is None:
        raise IllegalMove(f"A checkpoint that is {state} can't be {event}. Nothing was changed.")
    if not isinstance(by, allowed):
        raise IllegalMove(f"{type(by).__name__} can't make a checkpoint {event}. Nothing was changed.")
    return after


def move_permit(permit: Permit, event: PermitEvent) -> Permit:
    """The permit that follows. Raises IllegalMove for every pair that the table does not name."""
    after = PERMIT_MOVES.get((permit, event))
    if after is None:
        raise IllegalMove(f"A permit that is {permit} can't become {event}. Nothing was changed.")
    return after
