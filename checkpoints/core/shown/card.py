"""The one rendering of a request and of its response, as values; page, shell and channels draw them.

The fields are those of the Technical Operator flow's messages.

Ours and the agent's words are kept apart: `details` is quoted as the agent's, everything else was computed by us.
"""

from dataclasses import dataclass
from datetime import datetime

from checkpoints.core.digest import short
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Cost, Fact, Field, Request, Requirement, Verdict
from checkpoints.core.policy import Kind, is_money
from checkpoints.core.shown.story import how_it_stands, what_next
from checkpoints.core.view import Checkpoint

CHOICES_WHEN_OPEN = (Verdict.APPROVE, Verdict.CHANGES, Verdict.REJECT)


@dataclass(frozen=True)
class Card:
    """A request as a person sees it. `verdicts` are those that can be given now; `why_not`: what keeps a yes away."""

    label: str
    heading: str
    kind: str
    project: str
    agent: str
    priority: str
    deadline: datetime | None
    dangers: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    details: str
    changed: tuple[str, ...]
    options: tuple[str, ...]
    fields: tuple[Field, ...]
    cost: str
    who: str
    checks: tuple[str, ...]
    digest: str
    digest_short: str
    revision: int
    state: State
    stands: str
    next: str
    verdicts: tuple[Verdict, ...]
    why_not: str
    reopens: str | None


@dataclass(frozen=True)
class Response:
    """What the asker is told, in the Technical Operator flow's fields."""

    heading: str
    decision: str
    details: str
    credentials: str
    next_steps: str


def card(point: Checkpoint, kind: Kind | None) -> Card:
    """The card of a checkpoint; `kind` is None only for one that the desk could not read."""
    request = point.request
    step_up = point.requirement is not None and point.requirement.step_up
    is_open = point.state is State.OPEN
    return Card(
        label=point.label,
        heading=f"[CHECKPOINT {point.number}] Action Required: {request.action}",
        kind=kind.title if kind else point.kind,
        project=point.case_title,
        agent=request.agent,
        priority=request.priority,
        deadline=point.deadline_at,
        dangers=tuple(fact for fact in request.facts if fact.dangerous),
        facts=tuple(fact for fact in request.facts if not fact.dangerous),
        details=request.details,
        changed=request.changed,
        options=request.options or tuple(_options(request)),
        fields=request.fields,
        cost=cost_line(request.cost),
        who=_who(point.requirement),
        checks=kind.checks if kind else (),
        digest=point.digest,
        digest_short=short(point.digest),
        revision=point.revision,
        state=point.state,
        stands=how_it_stands(point),
        next=what_next(point, kind),
        verdicts=tuple(v for v in CHOICES_WHEN_OPEN if is_open and not (step_up and v is Verdict.APPROVE)),
        why_not=_why_not(request, step_up) if is_open else "",
        reopens=point.reopens,
    )


def response(point: Checkpoint, kind: Kind | None) -> Response:
    """The response in that flow's format, for a checkpoint that has come to something."""
    decision = point.decision
    said = ", ".join(f"{name} = {value}" for name, value in decision.fields.items()) if decision else ""
    note = decision.note if decision else point.because
    return Response(
        heading=f"[CHECKPOINT {point.number}] Response",
        decision=f"{point.state} by {decision.by}" if decision else str(point.state),
        details="; ".join(part for part in (said, note) if part) or "–",
        credentials="–",
        next_steps=what_next(point, kind),
    )


def cost_line(cost: Cost | None) -> str:
    """The monthly cost in words. What has no price is said, never guessed."""
    if cost is None or cost.high is None:
        return "not priced"
    mark = "$" if cost.currency == "USD" else f"{cost.currency} "
    low = cost.high if cost.low is None else cost.low
    if not (is_money(low) and is_money(cost.high)):
        return "no amount of money"
    amount = f"{mark}{cost.high:,.2f}" if low == cost.high else f"{mark}{low:,.2f}–{cost.high:,.2f}"
    rest = f", and without a price: {', '.join(cost.unpriced)}" if cost.unpriced else ""
    return f"{amount} a month{rest}"


def _who(requirement: Requirement | None) -> str:
    if requirement is None:
        return "not computed yet"
    if requirement.by_rule:
        return f"nobody: the rule may pass it ({requirement.band})"
    roles = ", then ".join(role.called for role in requirement.roles)
    why = f"; {'; '.join(requirement.because)}" if requirement.because else ""
    factor = ", with a second factor" if requirement.step_up else ""
    return f"{roles}{factor} ({requirement.band}{why})"


def _options(request: Request) -> list[str]:
    fill = " and fill in: " + ", ".join(field.label for field in request.fields) if request.fields else ""
    return [f"Approve{fill}", "Ask for changes, saying what", "Reject, saying why"]


def _why_not(request: Request, step_up: bool) -> str:
    if not step_up:
        return ""
    risks = ", ".join(request.risks) or "its kind or cost"
    return f"It can't be approved yet: {risks} needs a second factor, which this release can't check."
