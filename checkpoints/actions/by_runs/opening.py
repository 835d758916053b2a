"""A run opens a handle of its case: a ticket, worth nothing without the vault, and a line in the audit."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.core.errors import Refused
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from checkpoints.store.secret import credentials, lives

OPENED_BEFORE = "This credential may be opened once, and was: the audit has the second try. Nothing was opened."


def open_check(desk: Desk, run: Run, point: Checkpoint, why: str) -> UUID:
    """The ticket to check the credential that this checkpoint's answer gave. Raises Refused, IllegalMove."""
    with desk.transaction() as tx:
        found = credentials.handles(tx, run.case_id, "check", point.id)
    if not found:
        raise Refused(f"{point.label} gave no credential that may be checked. Nothing was opened.")
    return _ticket(desk, run, found[0][0], why)


def open_for_release(desk: Desk, run: Run, services: Sequence[str], why: str) -> tuple[UUID, ...]:
    """A ticket for each of these services' credentials. Raises Refused naming those that the case has none of."""
    with desk.transaction() as tx:
        found = {service: handle for handle, service in credentials.handles(tx, run.case_id, "deployment")}
    if missing := [service for service in services if service not in found]:
        raise Refused(f"No credential was given for {', '.join(missing)}: the release can't be handed it.")
    return tuple(_ticket(desk, run, found[service], why) for service in services)


def open_for_agent(tx: Connection, run: Run, point: Checkpoint, why: str) -> UUID | None:
    """The ticket for what this checkpoint's answer gave to the agent from outside that asked. Raises as above.

    None, with its line and its alarm to be committed, for what opens once and was opened.
    """
    found = credentials.handles(tx, run.case_id, "agent", point.id)
    if not found:
        raise Refused(f"{point.label} gave nothing that an agent may open (any more). Nothing was opened.")
    return credentials.open_handle(tx, run.id, found[0][0], why)


def due(desk: Desk, run: Run) -> list[str]:
    """The services of the case whose credentials' next value is due, the longest first."""
    with desk.transaction() as tx:
        return lives.due_of_case(tx, run.case_id)


def _ticket(desk: Desk, run: Run, handle: UUID, why: str) -> UUID:
    with desk.transaction() as tx:
        ticket = credentials.open_handle(tx, run.id, handle, why)
    if ticket is None:
        raise Refused(OPENED_BEFORE)
    return ticket
