"""The one place that decides, for every channel: one person's answer, and what it comes to, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.core import fields as filling
from checkpoints.core.authority import Counts, counts, may_approve, needs_words
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.lifecycle import Event, Permit, PermitEvent, State, move, move_permit
from checkpoints.core.model import Json, Person, Verdict
from checkpoints.core.story import how_it_stands
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, checkpoints, decisions, people
from checkpoints.store.desk import Desk
from checkpoints.store.notices import notice

EVENTS = {Verdict.REJECT: Event.REJECTED, Verdict.CHANGES: Event.CHANGES_ASKED}
OUTCOMES = {
    "done": PermitEvent.FOUND_DONE,
    "undo": PermitEvent.FOUND_DONE,
    "failed": PermitEvent.FOUND_FAILED,
}


@dataclass(frozen=True)
class Press:
    """What a person sends: the verdict on exactly what they saw (revision and subject's digest)."""

    checkpoint: UUID
    revision: int
    digest: str
    verdict: Verdict
    fields: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def answer(desk: Desk, person: Person, press: Press) -> Checkpoint:
    """The checkpoint as the answer left it: when this returns, the answer is recorded.

    Raises IllegalMove (decided, changed or expired before), NotYourCall, Refused (fields or words), Unavailable.
    """
    _check_words(press)
    with desk.transaction() as tx:
        point = finding.locked(tx, press.checkpoint)
        _check_seen(point, press)
        if point.expires_at is not None and checkpoints.now(tx) >= point.expires_at:
            raise IllegalMove(f"{point.label} has expired: not approved. Nothing was recorded. You can reopen it.")
        counted = counts(point, person, people.standing(tx, person))
        if press.verdict is Verdict.APPROVE:
            _approve(tx, desk, point, person, press, counted)
        else:
            _say_no(tx, point, person, press, counted)
        return finding.again(tx, point.id)


def _check_words(press: Press) -> None:
    if missing := needs_words(press.verdict, press.note):
        raise Refused(f"{missing} Nothing was recorded.")
    filling.check_note(press.note)


def _check_seen(point: Checkpoint, press: Press) -> None:
    if point.state is not State.OPEN:
        raise IllegalMove(f"{how_it_stands(point)} Your answer was not recorded.")
    if (press.revision, press.digest) != (point.revision, point.digest):
        raise IllegalMove(
            f"{point.label} was changed: it is at revision {point.revision} now, you saw {press.revision}. "
            "Your answer was not recorded. Look at it again."
        )


def _approve(tx: Connection, desk: Desk, point: Checkpoint, person: Person, press: Press, counted: Counts) -> None:
    may_approve(point)
    filled = filling.fill(point.request.fields, press.fields)
    _check_same_fields(point, filled)
    last = len(point.roles_to_come) == 1
    state = move(point.state, Event.APPROVED if last else Event.COUNTED, person)
    _write(tx, point, person, press, counted, filled)
    checkpoints.set_state(tx, point, state)
    if last:
        decisions.write_decision(tx, point, "approved", person, filled, press.note)
        decisions.write_permit(tx, point, filled, desk.kinds[point.kind].permit_lasts)
        _settle(tx, point, filled)
    _say(tx, point, person, "approved" if last else "approved in part", press, counted, filled)
    notice(tx, point, state)


def _say_no(tx: Connection, point: Checkpoint, person: Person, press: Press, counted: Counts) -> None:
    state = move(point.state, EVENTS[press.verdict], person)
    _write(tx, point, person, press, counted, {})
    checkpoints.set_state(tx, point, state, because=press.note)
    if state is State.REJECTED:
        decisions.write_decision(tx, point, "rejected", person, {}, press.note)
    _say(tx, point, person, EVENTS[press.verdict], press, counted, {})
    notice(tx, point, state)


def _check_same_fields(point: Checkpoint, filled: Mapping[str, str]) -> None:
    """A second approver approves what the first one filled in, or says no."""
    for before in point.answers:
        if before.verdict is Verdict.APPROVE and before.revision == point.revision and before.fields != filled:
            chosen = ", ".join(f"{name}={value}" for name, value in before.fields.items())
            raise Refused(
                f"{before.person} approved {chosen}; approve the same, or ask for changes. Nothing was recorded."
            )


def _write(
    tx: Connection,
    point: Checkpoint,
    person: Person,
    press: Press,
    counted: Counts,
    filled: Mapping[str, str],
) -> None:
    decisions.write_answer(tx, point, person, press.verdict, counted.role, filled, press.note, counted.same_person)


def _say(
    tx: Connection,
    point: Checkpoint,
    person: Person,
    event: str,
    press: Press,
    counted: Counts,
    filled: Mapping[str, str],
) -> None:
    body: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "subject": point.digest}
    body |= {"by": person.name, "person": str(person.id), "as": counted.role, "way": person.way}
    body |= {"fields": dict(filled), "note": press.note, "same_person": counted.same_person}
    audit.append(tx, event, body)


def _settle(tx: Connection, point: Checkpoint, filled: Mapping[str, str]) -> None:
    """A `reconcile` that is answered says what became of the permit that it is about."""
    if point.kind != "reconcile" or point.request.about is None:
        return
    about = finding.locked(tx, point.request.about)
    if about.case_id != point.case_id or about.permit is not Permit.UNKNOWN:
        raise Refused(f"{about.label} has no permit whose outcome is unknown. Nothing was recorded.")
    permit = move_permit(about.permit, OUTCOMES[filled["outcome"]])
    decisions.set_permit(tx, about.id, permit)
    audit.append(tx, f"permit {permit}", {"checkpoint": about.label, "found_by": point.label})
