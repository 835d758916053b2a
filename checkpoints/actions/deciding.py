"""The one place that decides, for every channel: one person's answer, and what it comes to, in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.courses import undoing
from checkpoints.core import fields as filling
from checkpoints.core.authority import Counts, Standing, counts, may_approve, needs_words
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.lifecycle import Event, Permit, PermitEvent, State, move, move_permit
from checkpoints.core.model import Answer, Decision, Json, Person, Verdict
from checkpoints.core.policy import Kind
from checkpoints.core.shown.story import how_it_stands
from checkpoints.core.view import Checkpoint
from checkpoints.seeing.failpoints import reach
from checkpoints.seeing.moments import moment
from checkpoints.store import audit, decisions
from checkpoints.store.desk import Desk

EVENTS = {Verdict.REJECT: Event.REJECTED, Verdict.CHANGES: Event.CHANGES_ASKED}
DECIDED = frozenset({State.APPROVED, State.REJECTED})
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


@dataclass(frozen=True)
class Handover:
    """A credential in the vault: where each secret field lies. `write` is called in the deciding transaction."""

    references: Mapping[str, str]
    write: Callable[[Connection, Checkpoint], None]


def answer(desk: Desk, person: Person, press: Press, handover: Handover | None = None) -> Checkpoint:
    """The checkpoint as the answer left it: when this returns, the answer is recorded.

    Raises IllegalMove (decided, changed or expired before), NotYourCall, Refused (fields or words), Unavailable.
    """
    reach("K3")
    _check_words(press)
    with moment("answered", verdict=press.verdict, way=person.way) as answered:
        with desk.transaction() as tx:
            point, standing = finding.pressed(tx, press.checkpoint, person)
            answered.of(point)
            after = _decide(tx, desk, person, press, point, standing, handover)
            reach("K4")
        reach("K5")
        return after


def _decide(
    tx: Connection,
    desk: Desk,
    person: Person,
    press: Press,
    point: Checkpoint,
    standing: Standing,
    handover: Handover | None,
) -> Checkpoint:
    _check_seen(point, press)
    if point.expires_at is not None and standing.at >= point.expires_at:
        raise IllegalMove(f"{point.label} has expired: not approved. Nothing was recorded. You can reopen it.")
    counted = counts(point, person, standing)
    if press.verdict is Verdict.APPROVE:
        may_approve(point, person, standing)
    event, filled = _said(point, press, handover.references if handover else {})
    state = move(point.state, event, person)
    after = _after(point, state, _given(person, press, counted, filled, standing.at))
    if state is State.APPROVED:
        _settle(tx, point, filled)
    decisions.write_answer(tx, after, person.proof, event, _line(after), _kind(desk, point).permit_lasts)
    if handover is not None:
        handover.write(tx, after)
    return after


def _kind(desk: Desk, point: Checkpoint) -> Kind:
    """Raises Refused when the catalogue was changed under the question: nobody can say what a yes to it would mean."""
    kind = desk.kinds.get(point.kind)
    if kind is None:
        raise Refused(
            f"The kind “{point.kind}” is not in the catalogue any more. Nothing was recorded: withdraw {point.label}, "
            "or put the kind back and start the desk again."
        )
    return kind


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


def _said(point: Checkpoint, press: Press, handed: Mapping[str, str]) -> tuple[Event, dict[str, str]]:
    """What the answer is to the lifecycle, and the fields that it fills."""
    if press.verdict is not Verdict.APPROVE:
        return EVENTS[press.verdict], {}
    filled = filling.fill(point.request.fields, press.fields, handed)
    _check_same_fields(point, filled)
    return Event.APPROVED if len(point.roles_to_come) == 1 else Event.COUNTED, filled


def _check_same_fields(point: Checkpoint, filled: Mapping[str, str]) -> None:
    """A second approver approves what the first one filled in, or says no."""
    for before in point.answers:
        if before.verdict is Verdict.APPROVE and before.revision == point.revision and before.fields != filled:
            chosen = ", ".join(f"{name}={value}" for name, value in before.fields.items())
            raise Refused(
                f"{before.person} approved {chosen}; approve the same, or ask for changes. Nothing was recorded."
            )


def _given(person: Person, press: Press, counted: Counts, filled: Mapping[str, str], at: datetime) -> Answer:
    return Answer(
        person_id=person.id,
        person=person.name,
        verdict=press.verdict,
        revision=press.revision,
        role=counted.role,
        note=press.note,
        fields=filled,
        way=person.way,
        at=at,
        same_person=counted.same_person,
    )


def _after(point: Checkpoint, state: State, given: Answer) -> Checkpoint:
    """The checkpoint as this answer leaves it."""
    because = "" if given.verdict is Verdict.APPROVE else given.note
    after = replace(point, state=state, because=because, changed_at=given.at, answers=(*point.answers, given))
    if state not in DECIDED:
        return after
    decision = Decision(
        state, given.revision, given.person, by_rule=False, fields=given.fields, note=given.note, at=given.at
    )
    return replace(after, decision=decision, permit=Permit.UNUSED if state is State.APPROVED else None)


def _line(after: Checkpoint) -> dict[str, Json]:
    given = after.answers[-1]
    body: dict[str, Json] = {"checkpoint": after.label, "revision": after.revision, "subject": after.digest}
    body |= {"by": given.person, "person": str(given.person_id), "as": given.role, "way": given.way}
    return body | {"fields": dict(given.fields), "note": given.note, "same_person": given.same_person}


def _settle(tx: Connection, point: Checkpoint, filled: Mapping[str, str]) -> None:
    """A `reconcile` that is answered says what became of the permit that it is about."""
    if point.kind != "reconcile" or point.request.about is None:
        return
    about = finding.locked(tx, point.request.about)
    if about.case_id != point.case_id or about.permit is not Permit.UNKNOWN:
        raise Refused(f"{about.label} has no permit whose outcome is unknown. Nothing was recorded.")
    outcome = OUTCOMES.get(filled.get("outcome", ""))
    if outcome is None:
        raise Refused(f"outcome: right would be one of {', '.join(OUTCOMES)}. Nothing was recorded.")
    permit = move_permit(about.permit, outcome)
    decisions.set_permit(tx, about.id, permit)
    # Before the audit line: whoever asks locks the case first and the audit's head last.
    if filled["outcome"] == "undo":
        undoing.ask_undoing(tx, about)
    audit.append(tx, f"permit {permit}", {"checkpoint": about.label, "found_by": point.label})
