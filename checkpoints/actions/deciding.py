"""The one place that decides, for every channel: one person's answer, and what it comes to, in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.courses import undoing
from checkpoints.core import authority
from checkpoints.core import fields as filling
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import Event, Permit, PermitEvent, State, move_permit
from checkpoints.core.model import Json, Person, Press, Verdict
from checkpoints.core.policy import Kind
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.standing import Standing
from checkpoints.seeing.failpoints import reach
from checkpoints.seeing.moments import moment
from checkpoints.store import audit, decisions
from checkpoints.store.desk import Desk

__all__ = ["Handover", "Press", "answer", "break_glass"]

ComesTo = Callable[[Checkpoint, Person, Standing, Press, Mapping[str, str]], tuple[Event, Checkpoint]]
"""What a press is to the lifecycle, and the checkpoint as it leaves it."""
SHORTEST_REASON = 10
"""Characters of what whoever reads the audit next year is told."""
OUTCOMES = {
    "done": PermitEvent.FOUND_DONE,
    "undo": PermitEvent.FOUND_DONE,
    "failed": PermitEvent.FOUND_FAILED,
}


@dataclass(frozen=True)
class Handover:
    """A credential in the vault: where each secret field lies. `write` is called in the deciding transaction."""

    references: Mapping[str, str]
    write: Callable[[Connection, Checkpoint], None]


def answer(desk: Desk, person: Person, press: Press, handover: Handover | None = None) -> Checkpoint:
    """The checkpoint as the answer left it: when this returns, the answer is recorded.

    Raises IllegalMove (decided, changed or expired before), NotYourCall, Refused (fields or words), Unavailable.
    """
    if missing := authority.needs_words(press.verdict, press.note):
        raise Refused(f"{missing} Nothing was recorded.")
    return _record(desk, person, press, authority.decide, handover)


def break_glass(desk: Desk, person: Person, press: Press) -> Checkpoint:
    """The checkpoint as approved by one technical operator alone, past its rule; the press's note says why.

    Everybody is told, and the audit and every export say so. Raises as `answer` does; nothing is different for a
    question that is decided, changed or expired.
    """
    if press.verdict is not Verdict.APPROVE or len(press.note.strip()) < SHORTEST_REASON:
        raise Refused("Say why this can't wait for those who have to approve it. Nothing was recorded.")
    return _record(desk, person, press, authority.break_glass, None)


def _record(desk: Desk, person: Person, press: Press, comes_to: ComesTo, handover: Handover | None) -> Checkpoint:
    reach("K3")
    filling.check_note(press.note)
    with moment("answered", verdict=press.verdict, way=person.way) as answered:
        with desk.transaction() as tx:
            point, standing = finding.pressed(tx, press.checkpoint, person)
            answered.of(point)
            event, after = comes_to(point, person, standing, press, handover.references if handover else {})
            _write(tx, desk, person, event, point, after)
            if handover is not None:
                handover.write(tx, after)
            reach("K4")
        reach("K5")
        return after


def _write(tx: Connection, desk: Desk, person: Person, event: Event, point: Checkpoint, after: Checkpoint) -> None:
    if after.state is State.APPROVED:
        _settle(tx, point, after.answers[-1].fields)
    line = _line(after)
    if event is Event.GLASS_BROKEN:
        # A line of its own: what is approved has the one that every approval has.
        instead_of = ", ".join(point.roles_to_come)
        audit.append(tx, event, line | {"instead_of": instead_of, "why": after.answers[-1].note})
        event = Event.APPROVED
    decisions.write_answer(tx, after, person.proof, event, line, _kind(desk, point).permit_lasts)


def _kind(desk: Desk, point: Checkpoint) -> Kind:
    """Raises Refused when the catalogue was changed under the question: nobody can say what a yes to it would mean."""
    kind = desk.kinds.get(point.kind)
    if kind is None:
        raise Refused(
            f"The kind “{point.kind}” is not in the catalogue any more. Nothing was recorded: withdraw {point.label}, "
            "or put the kind back and start the desk again."
        )
    return kind


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
