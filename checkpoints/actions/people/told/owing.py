"""What is owed to whom, by whichever way they are told: whose turn it is, what the rungs say, what became of it.

Rule: it is compared with what is recorded as told, so that nothing is owed twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people.told.calling import Seen
from checkpoints.core.clock import ladder
from checkpoints.core.clock.ladder import Rung
from checkpoints.core.lifecycle import Event, State
from checkpoints.core.view import Checkpoint
from checkpoints.store.from_outside.slack import accounts
from checkpoints.store.people import Listed
from checkpoints.store.work.messages import Told

MAIL, SLACK = "mail", "slack"
HAS_HEARD = frozenset({"sending", "sent"})
"""Of these one must assume that the person read them."""
TELLS_THAT_IT_WAITS = frozenset({*ladder.ASKS, Rung.MANAGER})
SETTLED = frozenset({"sent", "refused"})
MOST_UNSURE = 3
"""Tries that may all have arrived. One more of the same helps nobody: a slow server is no reason to pester."""


@dataclass(frozen=True)
class Call:
    """What one person should hear: that it is open, what a rung says, or what became of it. `to`: where they do."""

    person: Listed
    says: str
    to: str


def reached(tx: Connection, channel: str, seen: Seen) -> dict[UUID, str]:
    """Where that way leads to each of them whom it reaches."""
    if channel == SLACK:
        return {account.person_id: account.user_id for account in accounts.everybody(tx)}
    return {person.id: person.email for person in seen.people if person.email}


def calls(
    point: Checkpoint, seen: Seen, climbed: Mapping[Rung, datetime], told: list[Told], reached: Mapping[UUID, str]
) -> list[Call]:
    """While it is open: whose turn it is, and what the rungs say. Then its end: those who heard that it was open.

    That the glass was broken is for everybody.
    """
    reachable = {person.id: person for person in seen.people if person.id in reached}
    if point.state is State.OPEN:
        heard: dict[UUID, dict[str, datetime]] = {}
        for one in told:
            if one.revision == point.revision and one.state in HAS_HEARD:
                heard.setdefault(one.person_id, {})[one.says] = one.made_at
        said = [(id, says) for id, says in ladder.calls(seen.somebodies, climbed, heard) if id in reachable]
    elif is_for_everybody(point):
        said = [(id, Event.GLASS_BROKEN) for id in reachable]
    else:
        heard_of_it = {t.person_id for t in told if t.says in TELLS_THAT_IT_WAITS and t.state in HAS_HEARD}
        said = [(id, point.state) for id in reachable if id in heard_of_it]
    return [Call(reachable[id], says, reached[id]) for id, says in said]


def due(told: list[Told], point: Checkpoint, calls: list[Call]) -> list[Call]:
    """Those that were not heard. Whoever was never tried comes first: one mailbox that is full holds up nobody."""
    owed = [call for call in calls if not is_settled(told, point, call)]
    return sorted(owed, key=lambda call: (len(tries(told, point, call)), call.person.made_at))


def is_settled(told: list[Told], point: Checkpoint, call: Call) -> bool:
    """Whether they have heard it, or nothing more can be done about it."""
    return any(t.state in SETTLED or t.unsure >= MOST_UNSURE for t in tries(told, point, call))


def tries(told: list[Told], point: Checkpoint, call: Call) -> list[Told]:
    """What is recorded of this very call."""
    named = (call.person.id, point.revision, call.says)
    return [t for t in told if (t.person_id, t.revision, t.says) == named]


def is_for_everybody(point: Checkpoint) -> bool:
    """Whether the glass was broken."""
    return point.state is State.APPROVED and bool(point.decision and point.decision.emergency)
