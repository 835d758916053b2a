"""Whether this person's answer counts, and as which role: a function of values, asked in the deciding transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from checkpoints.core.errors import NeedsFactor, NotYourCall
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.view import Checkpoint

PROOF_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Standing:
    """What the desk knows of a person `at` the moment of the press. `single_operator`: there never was a second TO.

    `enrolled`: they have a second factor. `proved_at`: when they last proved it with the token that verified them.
    """

    active: bool
    roles: frozenset[Role]
    single_operator: bool
    at: datetime
    enrolled: bool = False
    proved_at: datetime | None = None

    @property
    def proved(self) -> bool:
        """True for ten minutes from a proof. One that lies ahead, after a clock was put back, is none."""
        return self.enrolled and self.proved_at is not None and timedelta(0) <= self.at - self.proved_at < PROOF_LASTS


@dataclass(frozen=True)
class Counts:
    """The role that makes the answer count; `same_person` when they answer what was started in their name."""

    role: Role
    same_person: bool


def counts(point: Checkpoint, person: Person, standing: Standing) -> Counts:
    """Raises NotYourCall, in words that say who could, when the answer doesn't count."""
    return counts_of(point, person.id, standing)


def waits_on(point: Checkpoint, person: UUID, standing: Standing) -> bool:
    """True while this person's answer would count: it is they who are told."""
    try:
        counts_of(point, person, standing)
    except NotYourCall:
        return False
    return True


def counts_of(point: Checkpoint, person: UUID, standing: Standing) -> Counts:
    """As `counts`, for somebody who answers nothing yet."""
    if not standing.active:
        raise NotYourCall("You are not signed in any more. Nothing was recorded. Sign in again: countersign sign-in")
    to_come = point.roles_to_come
    if not to_come:
        raise NotYourCall(f"{point.label} has not been received by the desk yet. Nothing was recorded; try again.")
    if _approved_already(point, person):
        raise NotYourCall(f"You approved {point.label} already; it now waits for the {to_come[0].called}.")
    ordered = point.requirement is not None and point.requirement.ordered
    role = next((r for r in (to_come[:1] if ordered else to_come) if r in standing.roles), None)
    if role is None:
        raise NotYourCall(
            f"{point.label} waits for the {to_come[0].called}; your roles: {_titles(standing.roles)}. "
            "Nothing was recorded."
        )
    same = point.started_by == person
    if same and not (standing.single_operator and Role.TO in standing.roles):
        raise NotYourCall(
            f"You started {point.case}: another {role.called} must answer. Nothing was recorded. "
            "Only a desk's single operator may answer what they started."
        )
    return Counts(role=role, same_person=same)


def wants_factor(point: Checkpoint, person: UUID) -> bool:
    """True when this person's approval needs their second factor: by the requirement, or for their own case."""
    return (point.requirement is not None and point.requirement.step_up) or point.started_by == person


def may_approve(point: Checkpoint, person: Person, standing: Standing) -> None:
    """Raises NeedsFactor when this approval needs a second factor that was not proven within ten minutes."""
    if wants_factor(point, person.id):
        _proven(standing, f"{point.label} ({why_factor(point)})")


def decides_for(standing: Standing, roles: tuple[Role, ...], step_up: bool, about: str) -> None:
    """Whoever changes a case's course: one of these roles, where asked with a second factor. Raises NotYourCall."""
    if not standing.active or not standing.roles & set(roles):
        titles = " or ".join(role.called for role in roles)
        raise NotYourCall(
            f"{about}: that is for a {titles}; your roles: {_titles(standing.roles)}. Nothing was changed."
        )
    if step_up:
        _proven(standing, about)


def why_factor(point: Checkpoint) -> str:
    """What makes an approval need a second factor, in words."""
    if point.requirement is None or not point.requirement.step_up:
        return "you started it yourself"
    return ", ".join(point.request.risks) or "its kind or cost"


def needs_words(verdict: Verdict, note: str) -> str | None:
    """What must be said with a verdict, or None when nothing is missing."""
    if verdict is Verdict.REJECT and not note.strip():
        return "Say why you reject it: the agent and the story show it."
    if verdict is Verdict.CHANGES and not note.strip():
        return "Say what to change: the agent works from it."
    return None


def _proven(standing: Standing, about: str) -> None:
    if standing.proved:
        return
    said = f"{about} needs your second factor"
    if not standing.enrolled:
        raise NeedsFactor(
            f"{said}, and you have none yet. Nothing was recorded. Enrol one: in the shell with "
            "countersign second-factor enrol, on the page at /second-factor. Then say it again.",
            enrolled=False,
        )
    raise NeedsFactor(
        f"{said}. Nothing was recorded. Say it again with the code that your authenticator shows: in the shell with "
        "--otp 123456, on the page in the field for the code.",
        enrolled=True,
    )


def _approved_already(point: Checkpoint, person: UUID) -> bool:
    return any(
        a.person_id == person and a.verdict is Verdict.APPROVE and a.revision == point.revision for a in point.answers
    )


def _titles(roles: frozenset[Role]) -> str:
    return ", ".join(role.called for role in Role if role in roles) or "none"
