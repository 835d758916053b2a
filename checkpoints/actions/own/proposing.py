"""A person proposes what the desk then asks for itself, under its next number: whoever proposes doesn't answer it.

Rule: a subject is flat, and its `change` says what is to be done; nothing is changed by asking.
"""

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.core.digest import digest
from checkpoints.core.errors import NotYourCall, Refused
from checkpoints.core.model import Json, Person, Request
from checkpoints.core.view import OWN, Checkpoint
from checkpoints.store import audit, cases, checkpoints, people
from checkpoints.store.desk import Desk

CHANGE = "change"
"""The parameter of each subject that names what is to be done; who carries it out is found by the kind and by it."""


def propose(desk: Desk, by: Person, request: Request) -> str:
    """As `propose_in`, by itself: the label that people say, `desk/12`."""
    with desk.transaction() as tx:
        return propose_in(tx, by, request).label


def propose_in(tx: Connection, by: Person | None, request: Request) -> Checkpoint:
    """The question, for the desk to receive like every other; the very same while it waits is found, not asked twice.

    `by` None is the desk's own calendar: then anybody's answer may count. Whether `by` may propose this at all is the
    caller's to know. Raises NotYourCall for who is signed out, Refused.
    """
    if by is not None and not people.standing(tx, by).active:
        raise NotYourCall("You are not signed in any more. Nothing was asked. Sign in again: countersign sign-in")
    if request.agent != OWN or not request.subject.parameters.get(CHANGE):
        raise Refused("The desk asks for itself, and says what is to be changed. Nothing was asked.")
    own = cases.own(tx)
    if own is None:
        raise Refused("A project here is called “desk”, so the desk can't ask for itself. Nothing was asked.")
    case_id, last = own
    named = digest(request.subject.parameters)
    if before := checkpoints.proposed(tx, case_id, request.kind, named):
        return before
    question = f"{request.kind}/{last + 1}"
    id = checkpoints.ask_own(tx, case_id, question, request, named, by.id if by else None)
    point = finding.again(tx, id)
    body: dict[str, Json] = {"checkpoint": point.label, "kind": request.kind, "subject": named}
    audit.append(tx, "proposed", body | {"by": by.name if by else "the desk", "person": str(by.id) if by else None})
    return point
