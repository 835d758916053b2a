"""Somebody may have read a credential before its user could: nothing opens it any more, and people are asked.

Rule: one theft, one alarm: whoever notices it again finds it rung. What is noticed is on the disk first.
"""

import logging
from contextlib import suppress
from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.courses import starting
from checkpoints.actions.credentials import forgetting
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.core.fields import clean
from checkpoints.core.model import Json
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services import stolen as words
from checkpoints.store import audit, cases, checkpoints, runs
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.secret.opened import alarms, noted
from checkpoints.store.secret.opened.alarms import READ_FIRST, Stolen

LIVING = ("running", "delivered")
LONGEST_WHY = 300

log = logging.getLogger(__name__)


def alarm(desk: Desk, ticket: UUID, case_slug: str, why: str) -> None:
    """An agent from outside could not open what it was handed. Raises Refused for no ticket of this case."""
    with desk.transaction() as tx:
        stolen = alarms.of_ticket(tx, ticket)
    if stolen is None or stolen.case != case_slug:
        raise Refused("No credential of this case was opened under this ticket. Nobody was told.")
    sound(desk, ticket, f"its agent could not open what it was handed: “{clean(why, LONGEST_WHY)}”")


def sound(desk: Desk, ticket: UUID, why: str) -> None:
    """Notes it, and rings it; what can't be rung now, the porter rings."""
    try:
        noted.note(desk.home, ticket, why)
    except OSError as wrong:
        log.error("an alarm could not be noted (%s)", wrong.strerror)
    try:
        _ring_noted(desk, ticket, why)
    except Countersign as trouble:
        log.error("an alarm is noted, and could not be rung yet: %s", trouble)


def sound_noted(desk: Desk) -> bool:
    """Rings those that were noted and not rung, as after a kill; False when there was none. Raises Unavailable."""
    found = list(noted.noted(desk.home))
    for ticket, why in found:
        _ring_noted(desk, ticket, why)
    return bool(found)


def carry(desk: Desk, errand: Errand) -> None:
    """Rings what a run made happen: its own login can't."""
    _ring(desk, UUID(errand.body["ticket"]), errand.body["why"])


def close(desk: Desk, errand: Errand) -> None:
    """Carries `close`: what was granted opens nothing any more. Raises Unavailable while the vault is away."""
    forgetting.vault_of(desk).close(UUID(errand.body["credential"]))


def _ring_noted(desk: Desk, ticket: UUID, why: str) -> None:
    _ring(desk, ticket, why)
    with suppress(OSError):
        noted.forget(desk.home, ticket)


def _ring(desk: Desk, ticket: UUID, why: str) -> None:
    """Once a credential, in one transaction. Raises Unavailable."""
    with desk.transaction() as tx:
        stolen = alarms.of_ticket(tx, ticket)
        if stolen is None:
            return
        point = finding.locked(tx, stolen.checkpoint_id)
        cases.lock(tx, point.case_id)
        if not alarms.claim(tx, stolen.credential_id):
            return
        forgetting.end_credential_of(tx, point.case_id, point.id, READ_FIRST)
        asked = _ask(tx, point, stolen, why)
        audit.append(
            tx, "credential may have been read by somebody else", _said(point.label, stolen, why) | {"asked": asked}
        )
    if desk.credentials is not None:
        # At once; where the vault is away just now, the errand that forgets the value closes it once it is back.
        with suppress(Unavailable):
            desk.credentials.close(stolen.credential_id)


def _ask(tx: Connection, point: Checkpoint, stolen: Stolen, why: str) -> str:
    """A person makes another there, and revokes the old one; the label of that question, empty in a case that is over.

    Its name can't be guessed, so that no run asks it first in other words.
    """
    if cases.state(tx, point.case_id) not in LIVING:
        return ""
    request = words.task(point, stolen.service, stolen.opened_by, stolen.handed_at, why)
    name = f"{words.question_of(point)}{uuid4().hex}"
    of = replace(point, run_id=_whoever_goes_on(tx, point, stolen))
    id = checkpoints.ask_beside(tx, of, name, request, digest(request.subject.parameters))
    return finding.again(tx, id).label


def _whoever_goes_on(tx: Connection, point: Checkpoint, stolen: Stolen) -> UUID | None:
    """The branch's run asks for another once the person has; one that has ended begins again. An agent asks itself."""
    run = runs.by_id(tx, point.run_id) if point.run_id else None
    if run is None or not run.ended or stolen.is_for_agents:
        return point.run_id
    alive = [other.id for other in runs.alive(tx, point.case_id) if other.branch == point.branch]
    return alive[0] if alive else starting.start_run(tx, point.case_id, point.branch)


def _said(label: str, stolen: Stolen, why: str) -> dict[str, Json]:
    body: dict[str, Json] = {"checkpoint": label, "service": stolen.service, "purpose": stolen.purpose}
    body |= {"version": stolen.version}
    body |= {"to_be_opened_by": stolen.opened_by, "came_from": stolen.came_from, "for": stolen.why}
    return body | {"handed_at": stolen.handed_at.isoformat(), "why": why}
