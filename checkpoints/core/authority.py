"""Whether this person's answer counts, as which role, and what it comes to.

Rule: functions of values, asked in the deciding transaction; nothing else says that people approved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from checkpoints.core.errors import IllegalMove, NeedsFactor, NotYourCall, Refused
from checkpoints.core.fields import fill
from checkpoints.core.lifecycle import Event, Permit, State, move
from checkpoints.core.model import Answer, Decision, Person, Press, Role, Verdict
from checkpoints.core.shown.story import how_it_stands, why_not
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.standing import Standing

EVENTS = {Verdict.REJECT: Event.REJECTED, Verdict.CHANGES: Event.CHANGES_ASKED}
DECIDED = frozenset({State.APPROVED, State.REJECTED})
SIGNED_OUT = "You are not signed in any more. Nothing was recorded. Sign in again: countersign sign-in"
NARROW = {
    "read": "This token only reads. Nothing was recorded. Sign in with one that may decide: countersign sign-in",
    "enrol": "Enrol a second factor first: on the page, your account. Nothing was recorded.",
}
"""What a token is told that is not for everything, by what it is for."""


@dataclass(frozen=True)
class Counts:
    """The role that makes the answer count; `same_person` when they answer what was started in their name.

    `grant`: that role's own, where it has limits.
    """

    role: Role
    same_person: bool
    grant: UUID | None = None


def decide(
    point: Checkpoint, person: Person, standing: Standing, press: Press, handed: Mapping[str, str]
) -> tuple[Event, Checkpoint]:
    """What a press is to the lifecycle, and the checkpoint as it leaves it. `handed`: where each secret field lies.

    Raises IllegalMove (decided, changed or expired before), NotYourCall, NeedsFactor, Refused (the fields).
    """
    _check_seen(point, press, standing)
    counted = counts(point, person, standing)
    if point.own and press.verdict is Verdict.CHANGES:
        raise Refused(f"Nobody revises {point.label}: reject it, saying what else. Nothing was recorded.")
    if press.verdict is Verdict.APPROVE:
        may_approve(point, person, standing)
    given = _given(person, press, counted, _filled(point, press, handed), standing.at)
    answered = replace(point, answers=(*point.answers, given))
    event = EVENTS.get(press.verdict) or (Event.COUNTED if answered.roles_to_come else Event.APPROVED)
    return event, _after(answered, move(point.state, event, person))


def break_glass(
    point: Checkpoint, person: Person, standing: Standing, press: Press, handed: Mapping[str, str]
) -> tuple[Event, Checkpoint]:
    """As `decide`, for a yes in an emergency: one technical operator's is enough, always with their second factor.

    Raises as `decide` does, and Refused where their yes alone is enough anyway.
    """
    _check_seen(point, press, standing)
    about = f"{point.label} (breaking the glass)"
    decides_for(standing, (Role.TO,), step_up=True, about=about, case=point.case, kind=point.kind)
    to_come = point.roles_to_come
    if to_come == (Role.TO,) and all(a.person_id != person.id for a in point.counting):
        raise Refused(f"{point.label} waits for one technical operator: approve it. No glass was broken.")
    same = _same_person(point, person.id, standing, Role.TO)
    filled = fill(point.request.fields, press.fields, handed)
    counted = Counts(Role.TO, same, standing.grant_at(Role.TO, point.case, point.kind))
    given = _given(person, press, counted, filled, standing.at)
    after = _after(replace(point, answers=(*point.answers, given)), move(point.state, Event.GLASS_BROKEN, person))
    assert after.decision is not None
    return Event.GLASS_BROKEN, replace(after, decision=replace(after.decision, emergency=True))


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
        raise not_active(standing)
    to_come = point.roles_to_come
    if not to_come:
        raise NotYourCall(f"{point.label} has not been received by the desk yet. Nothing was recorded; try again.")
    if any(a.person_id == person for a in point.counting):
        raise NotYourCall(f"You approved {point.label} already; it now waits for {point.waits_for[0]}.")
    ordered = point.requirement is not None and point.requirement.ordered
    turn, theirs = to_come[:1] if ordered else to_come, standing.roles_at(point.case, point.kind)
    role = next((r for r in turn if r in theirs), None)
    if role is None:
        raise NotYourCall(
            f"{point.label} waits for {point.waits_for[0]}; your roles: {_titles(theirs)}. Nothing was recorded."
            + _limits(standing, turn, point.case, point.kind)
        )
    same = _same_person(point, person, standing, role)
    return Counts(role, same, standing.grant_at(role, point.case, point.kind))


def wants_factor(point: Checkpoint, person: UUID) -> bool:
    """True when this person's approval needs their second factor: by the requirement, or for their own case."""
    return (point.requirement is not None and point.requirement.step_up) or point.started_by == person


def may_approve(point: Checkpoint, person: Person, standing: Standing) -> None:
    """Raises NeedsFactor when this approval needs a second factor that was not proven within ten minutes."""
    if wants_factor(point, person.id) or standing.second_hand:
        _proven(standing, f"{point.label} ({why_factor(point)})")


def decides_for(
    standing: Standing, roles: tuple[Role, ...], step_up: bool, about: str, *, case: str = "", kind: str = ""
) -> None:
    """Whoever changes a case's course, or without one the desk's: one of these roles, where asked with a second factor.

    Raises NotYourCall.
    """
    check_scope(standing)
    theirs = standing.roles_at(case, kind)
    if not standing.active or not theirs & set(roles):
        titles = " or ".join(role.called for role in roles)
        raise NotYourCall(
            f"{about}: that is for a {titles}; your roles: {_titles(theirs)}. Nothing was changed."
            + _limits(standing, roles, case, kind)
        )
    if step_up:
        _proven(standing, about)


def could_approve(point: Checkpoint, person: Person, standing: Standing, about: str) -> None:
    """Whoever changes what was approved: their approval of it would count now. Always with their second factor.

    Raises NotYourCall, NeedsFactor.
    """
    roles = point.requirement.roles if point.requirement and point.requirement.roles else (Role.TO,)
    decides_for(standing, roles, step_up=True, about=about, case=point.case, kind=point.kind)
    held = standing.roles_at(point.case, point.kind)
    _same_person(point, person.id, standing, next(role for role in roles if role in held))


def proven(standing: Standing, about: str) -> None:
    """Raises NeedsFactor when they have a second factor and did not prove it within ten minutes."""
    if standing.enrolled:
        _proven(standing, about)


def check_scope(standing: Standing) -> None:
    """Raises NotYourCall, in words of its own, for a token that is not for everything."""
    if standing.scope in NARROW:
        raise not_active(standing)


def not_active(standing: Standing) -> NotYourCall:
    """Why somebody who was verified may change nothing."""
    return NotYourCall(NARROW.get(standing.scope or "", SIGNED_OUT))


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


def _same_person(point: Checkpoint, person: UUID, standing: Standing, role: Role) -> bool:
    """True when they answer what was started in their name. Raises NotYourCall when that is another's to answer."""
    same = point.started_by == person
    if same and not (standing.single_operator and standing.operates):
        raise NotYourCall(
            f"You {'proposed' if point.own else 'started'} {point.label if point.own else point.case}: "
            f"another {role.called} must answer. Nothing was recorded. "
            "Only a desk's single operator may answer what they started."
        )
    return same


def _check_seen(point: Checkpoint, press: Press, standing: Standing) -> None:
    if point.state is not State.OPEN:
        raise IllegalMove(f"{how_it_stands(point)} Your answer was not recorded.")
    if (press.revision, press.digest) != (point.revision, point.digest):
        raise IllegalMove(
            f"{point.label} was changed: it is at revision {point.revision} now, you saw {press.revision}. "
            "Your answer was not recorded. Look at it again."
        )
    if point.expires_at is not None and standing.at >= point.expires_at:
        raise IllegalMove(f"{point.label} has expired: not approved. Nothing was recorded. You can reopen it.")


def _filled(point: Checkpoint, press: Press, handed: Mapping[str, str]) -> dict[str, str]:
    """What a yes fills in. A second approver approves what the first one filled in, or says no."""
    if press.verdict is not Verdict.APPROVE:
        return {}
    filled = fill(point.request.fields, press.fields, handed)
    for before in point.counting:
        if before.fields != filled:
            chosen = ", ".join(f"{name}={value}" for name, value in before.fields.items())
            raise Refused(
                f"{before.person} approved {chosen}; approve the same, or ask for changes. Nothing was recorded."
            )
    return filled


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
        grant=counted.grant,
    )


def _after(answered: Checkpoint, state: State) -> Checkpoint:
    """The checkpoint as its last answer leaves it."""
    given = answered.answers[-1]
    because = "" if given.verdict is Verdict.APPROVE else given.note
    after = replace(answered, state=state, because=because, changed_at=given.at)
    if state not in DECIDED:
        return after
    decision = Decision(
        state, given.revision, given.person, by_rule=False, fields=given.fields, note=given.note, at=given.at
    )
    return replace(after, decision=decision, permit=Permit.UNUSED if state is State.APPROVED else None)


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


def _limits(standing: Standing, wanted: tuple[Role, ...], case: str, kind: str) -> str:
    """What keeps roles of theirs from counting here, as sentences."""
    return "".join(
        f" {why_not(grant, case, kind, standing.at, standing.address)}"
        for grant in standing.limited
        if grant.role in wanted
    )


def _titles(roles: frozenset[Role]) -> str:
    return ", ".join(role.called for role in Role if role in roles) or "none"
