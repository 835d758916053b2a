"""Time runs out: while nobody answers others are told, rung by rung; in the end a question expires, not approved."""

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.people.told import calling
from checkpoints.core.clock.ladder import Rung
from checkpoints.core.lifecycle import Event, State, move
from checkpoints.core.model import Clock, Json
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.work import rungs
from checkpoints.store.work.notices import notice, nudge
from checkpoints.store.work.rungs import Due

SAID = {
    Rung.REMINDER: ("reminded", "half of the time to answer is over"),
    Rung.BACKUP: ("escalated to the backup", "it was not decided by its deadline"),
    Rung.MANAGER: ("escalated to the manager", "it was not decided, half as much time again after its deadline"),
}
SHORTEST_REST = 0.2
"""Seconds: what is due and was left is in the hands of others."""


def expire_next(desk: Desk) -> bool:
    """Expires one question whose time is over; False when there is none."""
    with desk.transaction() as tx:
        point = checkpoints.next_expired(tx)
        if point is None:
            return False
        state = move(point.state, Event.EXPIRED, Clock())
        checkpoints.set_state(tx, point, state, because="nobody answered in time")
        audit.append(tx, "expired", {"checkpoint": point.label, "revision": point.revision})
        notice(tx, point, state)
    return True


def climb_next(desk: Desk) -> bool:
    """Climbs one rung that is due, once, if its revision is still open; False when none is due."""
    with desk.transaction() as tx:
        due = rungs.next_due(tx)
        if due is None:
            return False
        point = finding.again(tx, due.checkpoint_id)
        climbs = _is_open(tx, point, due)
        rungs.settle(tx, due, climbs)
        if climbs:
            _climb(tx, point, due.rung)
    return True


def seconds_to_next(desk: Desk) -> float | None:
    """Seconds until the next rung or expiry, None when none is to come."""
    with desk.transaction() as tx:
        seconds = rungs.seconds_to_next(tx)
    return None if seconds is None else max(seconds, SHORTEST_REST)


def _is_open(tx: Connection, point: Checkpoint, due: Due) -> bool:
    """A question whose time is over expires, whether or not that was written yet."""
    if point.state is not State.OPEN or point.revision != due.revision:
        return False
    return point.expires_at is None or point.expires_at > checkpoints.now(tx)


def _climb(tx: Connection, point: Checkpoint, rung: Rung) -> None:
    seen = calling.see(tx, point)
    reached = calling.reached_by(rung, seen)
    event, why = SAID[rung]
    body: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "why": why}
    audit.append(tx, event, body | {"to": seen.named(reached) or "nobody else"})
    if reached:
        nudge(tx, point)
