"""Whether this person's answer counts, and as which role: a function of values, asked in the deciding transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from checkpoints.core.errors import NotYourCall
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.view import Checkpoint


@dataclass(frozen=True)
class Standing:
    """What the desk knows of a person `at` the moment of the press. `single_operator`: there never was a second TO."""

    active: bool
    roles: frozenset[Role]
    single_operator: bool
    at: datetime


@dataclass(frozen=True)
class Counts:
    """The role that makes the answer count; `same_person` when they answer what was started in their name."""

    role: Role
    same_person: bool


def counts(point: Checkpoint, person: Person, standing: Standing) -> Counts:
    """Raises NotYourCall, in words that say who could, when the answer doesn't count."""
    if not standing.active:
        raise NotYourCall("You are not signed in any more. Nothing was recorded. Sign in again: countersign sign-in")
    to_come = point.roles_to_come
    if not to_come:
        raise NotYourCall(f"{point.label} has not been received by the desk yet. Nothing was recorded; try again.")
    if _approved_already(point, person.id):
        raise NotYourCall(f"You approved {point.label} already; it now waits for the {to_come[0].called}.")
    ordered = point.requirement is not None and point.requirement.ordered
    role = next((r for r in (to_come[:1] if ordered else to_come) if r in standing.roles), None)
    if role is None:
        raise NotYourCall(
            f"{point.label} waits for the {to_come[0].called}; your roles: {_titles(standing.roles)}. "
            "Nothing was recorded."
        )
    same = point.started_by == person.id
    if same and not (standing.single_operator and Role.TO in standing.roles):
        raise NotYourCall(
            f"You started {point.case}: another {role.called} must answer. Nothing was recorded. "
            "Only a desk's single operator may answer what they started."
        )
    return Counts(role=role, same_person=same)


def may_approve(point: Checkpoint) -> None:
    """Raises NotYourCall when an approval needs a second factor, which this release can't check yet."""
    if point.requirement is not None and point.requirement.step_up:
        risks = ", ".join(point.request.risks) or "its kind or cost"
        raise NotYourCall(
            f"{point.label} can't be approved here: because of {risks} it needs a second factor, and this release has "
            "none yet. Nothing was recorded; it stays open. You can reject it or ask for changes."
        )


def needs_words(verdict: Verdict, note: str) -> str | None:
    """What must be said with a verdict, or None when nothing is missing."""
    if verdict is Verdict.REJECT and not note.strip():
        return "Say why you reject it: the agent and the story show it."
    if verdict is Verdict.CHANGES and not note.strip():
        return "Say what to change: the agent works from it."
    return None


def _approved_already(point: Checkpoint, person: UUID) -> bool:
    return any(
        a.person_id == person and a.verdict is Verdict.APPROVE and a.revision == point.revision for a in point.answers
    )


def _titles(roles: frozenset[Role]) -> str:
    return ", ".join(role.called for role in Role if role in roles) or "none"
