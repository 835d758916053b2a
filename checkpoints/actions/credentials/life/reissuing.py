"""A credential that ended is asked for anew, under a new number that names the old one: whoever may gives it again."""

from checkpoints.actions.courses import opening
from checkpoints.actions.credentials.life import holding
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.fields import check_note
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Json, Person
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, cases, checkpoints, runs
from checkpoints.store.desk import Desk


def reissue(desk: Desk, person: Person, label: str, because: str) -> Checkpoint:
    """The new checkpoint; its branch runs again, and goes on once it is given.

    Raises as `holding.held` does, and IllegalMove while it lives, or when its run asks for another by itself.
    """
    if not because.strip():
        raise Refused("Say why it is asked for anew: the story shows it. Nothing was changed.")
    check_note(because)
    with desk.transaction() as tx:
        point, life = holding.held(tx, person, label, "Ask anew for")
        cases.lock(tx, point.case_id)
        if life.ended_at is None:
            raise IllegalMove(f"The credential of {label} lives: rotate it, or revoke it first. Nothing was changed.")
        last = checkpoints.latest(tx, point.case_id, point.branch, point.question)
        if last is None or last.id != point.id:
            raise IllegalMove(f"{label}: its question is now {last.label if last else 'gone'}. Nothing was changed.")
        alive = any(run.branch == point.branch for run in runs.alive(tx, point.case_id))
        if alive and not (point.state is State.APPROVED and point.permit is Permit.DONE):
            raise IllegalMove(f"{label}: its run is at it, and asks for another by itself. Nothing was changed.")
        opening.go_on(tx, desk, point.case_id)
        # What ended with its case, which now goes on, is asked for by that.
        last = checkpoints.latest(tx, point.case_id, point.branch, point.question)
        again = last if last is not None and last.id != point.id else opening.ask_anew(tx, point)
        body: dict[str, Json] = {"checkpoint": again.label, "reopens": point.label, "by": person.name}
        audit.append(tx, "credential asked for anew", body | {"service": life.service, "because": because})
        return again
