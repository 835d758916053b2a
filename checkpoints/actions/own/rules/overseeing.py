"""The desk asks that people look over what passed, band by band, as often as the matrix says."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from checkpoints.actions.own.proposing import propose_in
from checkpoints.actions.own.rules import ruling
from checkpoints.actions.own.rules.changing import adopters
from checkpoints.core.model import Json
from checkpoints.core.policy import NO_PRICE
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.rules.review import due, review
from checkpoints.store import audit, cases, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.work.rules import reviews

SETTLED = timedelta(minutes=2)
"""What was decided so long ago is there to be read: nothing takes longer to be committed."""


def open_next(desk: Desk) -> bool:
    """Asks for one review that is due; False when none is. Two porters ask once."""
    with desk.transaction() as tx:
        if _due(tx, desk) is None or cases.own(tx) is None:
            return False
        # Under the lock of the desk's own case: what another porter asked meanwhile is seen by now.
        band = _due(tx, desk)
        if band is None:
            return False
        until = _until(tx)
        point = propose_in(tx, None, review(band, reviews.passed(tx, band, until), until))
        reviews.add(tx, point.id, band, until)
    return True


def looked_over(tx: Connection, desk: Desk, point: Checkpoint) -> None:
    """What an approved `review` changes: that somebody looked is written down."""
    subject = point.request.subject.parameters
    body: dict[str, Json] = {"checkpoint": point.label, "band": subject["band"], "approvals": subject["approvals"]}
    audit.append(tx, "looked over", body | {"by": adopters(point)})


def _until(tx: Connection) -> datetime:
    return checkpoints.now(tx) - SETTLED


def _due(tx: Connection, desk: Desk) -> str | None:
    """The band whose oldest line has waited for the longest, if it has waited long enough."""
    matrix, now = ruling.in_force(tx, desk).matrix, _until(tx)
    return next((band for band, oldest in reviews.oldest(tx, (NO_PRICE,)) if due(matrix, band, oldest) <= now), None)
