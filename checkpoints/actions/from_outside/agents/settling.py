"""An agent took what it asked for, and never said what came of it: the desk ends that permit by itself.

Rule: handing over is the effect, and the store knows of each; so nobody is asked, and nothing is handed over by this.
"""

from datetime import timedelta

from checkpoints.actions import finding
from checkpoints.core.model import Json
from checkpoints.store import audit, runs
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import agents
from checkpoints.store.secret import lives

REPORTS = timedelta(minutes=15)
"""What is handed over is good for a minute, and an agent goes on for five at most to tell a desk that is away."""
HANDED = "it was made out to its agent, which never said what came of it"
NOT_HANDED = "its agent began to take it, and nothing was handed over"


def settle_next(desk: Desk) -> bool:
    """Ends one step that an agent left begun; False when there is none. Two porters end it once.

    Done where anything was made out to it; failed where the store knows that nothing was, so that the permit holds.
    """
    with desk.transaction() as tx:
        left = agents.unreported(tx, REPORTS)
        if left is None:
            return False
        point = finding.locked(tx, left.checkpoint_id)
        # Nothing is opened from here on until it is ended: whoever tries then finds it as it is.
        lives.held(tx, point.id)
        found, run = agents.unreported(tx, REPORTS, left.step_id), runs.by_id(tx, left.run_id)
        if found is None or run is None:
            return True
        at = found.handed_at.isoformat() if found.handed_at else None
        because = HANDED if at else NOT_HANDED
        body: dict[str, Json] = {"checkpoint": point.label, "agent": point.request.agent, "handed_at": at}
        audit.append(tx, "agent never reported", body | {"because": because})
        runs.finish(tx, run, found.step_id, "done" if at else "failed", {"why": because, "handed_at": at})
    return True
