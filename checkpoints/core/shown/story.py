"""How a checkpoint stands, what comes next, and a case's line of phases: sentences and values for every channel."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Grant, Limits, Role, Verdict
from checkpoints.core.policy import IfRefused, Kind
from checkpoints.core.view import OWN, Case, Checkpoint

PHASES = ("initialisation", "development", "deployment", "post-deployment", "any", "desk")
PERMITS = {
    Permit.UNUSED: "The run wakes and acts on it.",
    Permit.BEGUN: "It is being acted on now.",
    Permit.DONE: "It was done, once.",
    Permit.FAILED: "The try failed before anything happened; the permit still holds.",
    Permit.UNKNOWN: "Nobody can say whether it happened: a person is asked, nothing is repeated.",
    Permit.VOID: "The permit is void.",
}
REFUSAL_LEADS_TO = {
    IfRefused.END_CASE: "the case ends",
    IfRefused.END_UNDELIVERED: "the case ends undelivered",
    IfRefused.BLOCK: "what needs it is not done, unless it is reopened",
    IfRefused.GO_ON: "the project goes on without it",
    IfRefused.NOTHING: "nothing changes",
}

WISHES = {
    "deploy-staging": "Deployment to staging",
    "deploy-production": "Deployment to production",
    "rollback-production": "Way back in production",
}
"""The branches that a person begins besides the plan, by what stands before the slash in their names."""


@dataclass(frozen=True)
class Phase:
    """One phase of a case and its checkpoints, by number."""

    name: str
    points: tuple[Checkpoint, ...]


def when(moment: datetime | None) -> str:
    """The moment for people: UTC to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else "–"


def sentence(words: str) -> str:
    """The words with one full stop at their end."""
    return words if words.endswith((".", "!", "?")) else f"{words}."


def how_it_stands(point: Checkpoint) -> str:
    """One sentence: the state, who brought it about, and when."""
    label, at = point.label, when(point.changed_at)
    because = sentence(point.because or "no reason was given")
    match point.state:
        case State.ASKED:
            return f"{label} was asked and is being received by the desk."
        case State.OPEN:
            return f"{label} is open and waits for {waits_for(point)}{_counts_no_more(point)}."
        case State.CHANGING:
            return f"{_last(point, Verdict.CHANGES)} asked for changes to {label} at {at}."
        case State.APPROVED if point.decision and point.decision.emergency:
            decision = point.decision
            return (
                f"{label} was approved in an emergency by {decision.by} alone, past its rule, at {when(decision.at)}: "
                f"{sentence(decision.note)}"
            )
        case State.APPROVED | State.REJECTED if point.decision:
            return f"{label} was {point.state} by {point.decision.by} at {when(point.decision.at)}."
        case State.EXPIRED:
            return f"{label} expired at {at}, not approved: nobody answered in time."
        case State.VOID:
            return f"{label} was approved and became void at {at}: {because}"
        case _:
            return f"{label} was {point.state} at {at}: {because}"


def waits_for(point: Checkpoint) -> str:
    """The people to come, in order, in words."""
    return ", then ".join(point.waits_for) or f"the {Role.TO.called}"


def what_next(point: Checkpoint, kind: Kind | None) -> str:
    """One sentence: what happens now, or what a person can do."""
    refused = REFUSAL_LEADS_TO[kind.if_refused] if kind else "the run reads why"
    if point.own:
        return _what_next_of_the_desk(point)
    if wished_for(point.branch):
        refused = REFUSAL_LEADS_TO[IfRefused.NOTHING]
    match point.state:
        case State.ASKED:
            return "In a moment it is open for an answer."
        case State.OPEN:
            step_up = point.requirement is not None and point.requirement.step_up
            approve = "A yes needs your second factor, and wakes the run" if step_up else "A yes wakes the run"
            return f"{approve}; after a no {refused}."
        case State.CHANGING:
            return f"{point.request.agent} is changing the request; it comes back as the next revision."
        case State.APPROVED:
            return PERMITS[point.permit] if point.permit else "The run goes on."
        case State.REJECTED | State.EXPIRED:
            return f"{refused.capitalize()}. A person may reopen it under a new number."
        case State.VOID:
            return "Nothing runs under it; what is still wanted is asked under a new number."
        case _:
            return "Nothing more comes of this number."


def _what_next_of_the_desk(point: Checkpoint) -> str:
    """As `what_next`, for what the desk asks for itself: no run waits for it, the desk carries it out."""
    match point.state:
        case State.ASKED:
            return "In a moment it is open for an answer."
        case State.OPEN:
            return "A yes needs your second factor, and the desk carries it out; after a no nothing changes."
        case State.APPROVED if point.permit is Permit.UNUSED:
            return "The desk carries it out in a moment."
        case State.APPROVED if point.permit:
            return PERMITS[point.permit]
        case State.REJECTED | State.EXPIRED | State.VOID:
            return "Nothing changes. What is still wanted is proposed anew, under a new number."
        case _:
            return "Nothing more comes of this number."


def phases(points: list[Checkpoint], kinds: dict[str, Kind]) -> tuple[Phase, ...]:
    """The case's line: the phases in order, with their checkpoints; the phases "any" and "desk" only when used."""
    by_name: dict[str, list[Checkpoint]] = {name: [] for name in PHASES}
    for point in points:
        kind = kinds.get(point.kind)
        by_name[kind.phase if kind else "any"].append(point)
    return tuple(Phase(name, tuple(found)) for name, found in by_name.items() if found or name not in ("any", "desk"))


def limited_to(limits: Limits) -> str:
    """What a role is limited to, in words; empty where it isn't."""
    parts = [f"for {limits.case} only" if limits.case else ""]
    parts += [f"for questions of kind {limits.kind} only" if limits.kind else ""]
    parts += [f"until {when(limits.until)}" if limits.until else ""]
    parts += [f"from {', '.join(limits.networks)} only" if limits.networks else ""]
    return ", ".join(filter(None, parts))


def why_not(grant: Grant, case: str, kind: str, at: datetime, address: str) -> str:
    """One sentence: the limit for which a role of theirs doesn't count."""
    role, limits = f"Your role as {grant.role.called}", grant.limits
    if limits.until is not None and at >= limits.until:
        return f"{role} ended at {when(limits.until)}."
    if limits.case not in (None, case) or limits.kind not in (None, kind):
        return f"{role} counts {limited_to(replace(limits, until=None, networks=()))}."
    said = f"you come from {address}" if address else "this way carries no address, so answer on the page, from there"
    return f"{role} counts from {', '.join(limits.networks)} only; {said}."


def wished_for(branch: str) -> str:
    """What a person wished for by this branch; nothing where it is one of the plan."""
    return WISHES.get(branch.partition("/")[0], "")


def case_line(case: Case, points: list[Checkpoint]) -> str:
    """One sentence on the whole case: what waits for what, or how it ended."""
    if case.sort == OWN:
        waits = "; ".join(f"{p.number} ({p.request.action}) waits for {_who_is_next(p)}" for p in points if p.waiting)
        return f"What the desk asks for itself: {waits or 'nothing waits'}."
    if case.state != "running":
        return f"The project is {case.state} since {when(case.ended_at)}: {case.outcome}"
    open_points = [p for p in points if p.waiting]
    if not open_points:
        return "The project is at work; nothing waits for a person."
    waits = "; ".join(f"{p.number} ({p.request.action}) waits for {_who_is_next(p)}" for p in open_points)
    return f"The project sleeps: {waits}."


def _who_is_next(point: Checkpoint) -> str:
    if point.state is State.OPEN:
        return waits_for(point)
    return point.request.agent if point.state is State.CHANGING else "the desk"


def _counts_no_more(point: Checkpoint) -> str:
    """Whose yes fell, and who have said nothing since that counts."""
    counted = {answer.person for answer in point.counting}
    fallen = dict.fromkeys(answer.person for answer in point.fallen if answer.person not in counted)
    return f"; the yes of {' and '.join(fallen)} counts no more" if fallen else ""


def _last(point: Checkpoint, verdict: Verdict) -> str:
    return next((a.person for a in reversed(point.answers) if a.verdict is verdict), "Somebody")
