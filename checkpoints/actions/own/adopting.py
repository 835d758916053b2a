"""What was approved at the desk's own checkpoint is carried out: exactly that, once, in one transaction.

Rule: whatever it meets that was not so when it was asked makes the approval void, and changes nothing.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from checkpoints.actions import finding, withdrawing
from checkpoints.actions.own.proposing import CHANGE
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, IllegalMove, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Asker
from checkpoints.core.view import OWN, Checkpoint
from checkpoints.store.desk import SAYS_NO, Desk, said
from checkpoints.store.errands import Errand
from checkpoints.store.work import permits

Adopter = Callable[[Connection, Desk, Checkpoint], None]
"""Makes the change of an approved checkpoint, from its subject and its decision's fields, and writes its audit line.

Whatever else it locks, it locks before it writes a line: the audit's head comes last, as for whoever decides. Raises
Refused or IllegalMove where things have moved since it was asked.
"""
Adopters = Mapping[tuple[str, str], Adopter]
"""By the kind, and by what the subject's parameter `change` names."""


def adopt(desk: Desk, errand: Errand, adopters: Adopters) -> None:
    """Carries `adopt`, also a second time, and beside another porter: only an unused permit is taken.

    Raises Unavailable to be called again later.
    """
    with desk.transaction() as tx:
        point = finding.locked(tx, UUID(errand.body["checkpoint"]))
        if point.state is not State.APPROVED or point.permit not in (Permit.UNUSED, Permit.FAILED):
            return
        try:
            with tx.begin_nested():
                _carry_out(tx, desk, point, adopters)
        except (Countersign, DBAPIError) as wrong:
            withdrawing.void_in(tx, point, Asker(OWN), _why(wrong))


def _carry_out(tx: Connection, desk: Desk, point: Checkpoint, adopters: Adopters) -> None:
    subject, decision = point.request.subject.parameters, point.decision
    adopter = adopters.get((point.kind, str(subject.get(CHANGE))))
    if adopter is None or decision is None:
        raise Refused(f"nobody here carries out “{subject.get(CHANGE)}”")
    permits.begin(tx, point, digest(subject), decision.fields)
    adopter(tx, desk, point)
    permits.finish(tx, point)


def _why(wrong: Countersign | DBAPIError) -> str:
    """What to say of the void. Raises Unavailable where it is the database's trouble: to be carried again."""
    if isinstance(wrong, DBAPIError):
        ours = getattr(wrong.orig, "sqlstate", None) in SAYS_NO
        if not ours and not isinstance(wrong, DataError | IntegrityError):
            raise wrong
        return f"it could not be carried out: {said(wrong)}"
    if not isinstance(wrong, Refused | IllegalMove):
        raise wrong
    return f"it could not be carried out: {wrong}"
