"""A question is withdrawn, or an approval that was not used is made void."""

from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.credentials import forgetting
from checkpoints.core.authority import counts
from checkpoints.core.errors import Refused
from checkpoints.core.fields import check_note
from checkpoints.core.lifecycle import Event, PermitEvent, move, move_permit
from checkpoints.core.model import Actor, Json, Person, named
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, checkpoints, decisions, people
from checkpoints.store.desk import Desk
from checkpoints.store.work.notices import notice


def withdraw(desk: Desk, person: Person, id: UUID, because: str) -> Checkpoint:
    """A person whose approval would count, or who proposed it at the desk, takes the question off.

    Raises NotYourCall, IllegalMove, Refused.
    """
    if not because.strip():
        raise Refused("Say why you withdraw it: the story shows it. Nothing was changed.")
    check_note(because)
    with desk.transaction() as tx:
        point = finding.locked(tx, id)
        standing = people.standing(tx, person)
        theirs = point.own and point.started_by == person.id and standing.active
        if point.waiting and not theirs:
            counts(point, person, standing)
        withdraw_in(tx, point, person, because)
        return finding.again(tx, id)


def withdraw_in(tx: Connection, point: Checkpoint, by: Actor, because: str) -> None:
    """Within a transaction that has the checkpoint locked. Raises IllegalMove."""
    state = move(point.state, Event.WITHDRAWN, by)
    checkpoints.set_state(tx, point, state, because=because)
    audit.append(tx, "withdrawn", _said(point, by, because))
    notice(tx, point, state)


def void_in(tx: Connection, point: Checkpoint, by: Actor, because: str) -> None:
    """Makes an approval void whose permit is unused or failed; what was given with it ends. Raises IllegalMove."""
    state = move(point.state, Event.VOIDED, by)
    if point.permit is None:
        raise Refused(f"{point.label} has no permit. Nothing was changed.")
    decisions.set_permit(tx, point.id, move_permit(point.permit, PermitEvent.VOID))
    checkpoints.set_state(tx, point, state, because=because)
    forgetting.end_credential_of(tx, point.case_id, point.id, because)
    audit.append(tx, "voided", _said(point, by, because))
    notice(tx, point, state)


def _said(point: Checkpoint, by: Actor, because: str) -> dict[str, Json]:
    return {"checkpoint": point.label, "revision": point.revision, "by": named(by), "because": because}
