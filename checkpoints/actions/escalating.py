"""Time runs out: a question that nobody answered expires, not approved."""

from checkpoints.core.lifecycle import Event, move
from checkpoints.core.model import Clock
from checkpoints.store import audit, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.work.notices import notice


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
