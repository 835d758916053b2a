"""The one rendering of a request and of its response, as values; page, shell and channels draw them.

The fields are those of the Technical Operator flow's messages.

Ours and the agent's words are kept apart: `details` is quoted as the agent's, everything else was computed by us.
"""

from dataclasses import dataclass
from datetime import datetime

from checkpoints.core.authority import why_factor
from checkpoints.core.digest import short
from checkpoints.core.fields import secrets_of
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Cost, Fact, Field, Request, Requirement, Verdict, called
from checkpoints.core.policy import Kind, is_money
from checkpoints.core.shown.story import how_it_stands, what_next
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.held import Held, will_be_held

CHOICES_WHEN_OPEN = (Verdict.APPROVE, Verdict.CHANGES, Verdict.REJECT)


@dataclass(frozen=True)
class Card:
    """A request as a person sees it. `heading` is how it was asked, `title` how it is called now.

    `verdicts` are those that can be given now; `factor`: what a yes needs besides.

    `gives`: where giving a "credential" or a "consent" is the approval, which of the two; else empty. `held`: what
    holds who opens it then.
    """

    label: str
    heading: str
    title: str
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
    factor: str
    gives: str
    held: Held
    reopens: str | None


@dataclass(frozen=True)
class Response:
    """What the asker is told, in the Technical Operator flow's fields."""

    heading: str
    decision: str
    details: str
    credentials: str
    next_steps: str


def card(point: Checkpoint, kind: Kind | None, mount: str | None = None) -> Card:
    """The card of a checkpoint; `kind` is None only for one that the desk could not read. `mount` as `held` has it."""
    request = point.request
    is_open = point.state is State.OPEN
    gives = _gives(request)
    return Card(
        label=point.label,
        heading=f"[CHECKPOINT {point.number}] Action Required: {request.action}",
        title=f"[CHECKPOINT {point.number}] {'Action Required: ' * point.waiting}{request.action}",
        kind=kind.title if kind else point.kind,
        project=point.case_title,
        agent=request.agent,
        priority=request.priority,
        deadline=point.deadline_at,
        dangers=tuple(fact for fact in request.facts if fact.dangerous),
        facts=tuple(fact for fact in request.facts if not fact.dangerous),
        details=request.details,
        changed=request.changed,
        options=request.options or tuple(_options(request, point.own)),
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
        verdicts=tuple(v for v in CHOICES_WHEN_OPEN if is_open and v not in _not_here(point, gives)),
        factor=_factor(point) if is_open else "",
        gives=gives,
        held=will_be_held(point, mount) if gives else Held(),
        reopens=point.reopens,
    )


def response(point: Checkpoint, kind: Kind | None) -> Response:
    """The response in that flow's format, for a checkpoint that has come to something."""
    decision = point.decision
    secret = {field.name for field in secrets_of(point.request.fields)}
    filled = decision.fields.items() if decision else ()
    said = ", ".join(f"{name} {'lies in the vault' if name in secret else f'= {value}'}" for name, value in filled)
    note = decision.note if decision else point.because
    alone = " alone, in an emergency, past its rule" if decision and decision.emergency else ""
    return Response(
        heading=f"[CHECKPOINT {point.number}] Response",
        decision=f"{point.state} by {decision.by}{alone}" if decision else str(point.state),
        details="; ".join(part for part in (said, note) if part) or "–",
        credentials="in the vault; each opening is a line in the audit" if secret and filled else "–",
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
    why = f"; {'; '.join(requirement.because)}" if requirement.because else ""
    if requirement.by_rule:
        return f"nobody: the rule may pass it ({requirement.band}{why})"
    roles = ", then ".join(called(requirement.roles))
    factor = ", with a second factor" if requirement.step_up else ""
    return f"{roles}{factor} ({requirement.band}{why})"


def _gives(request: Request) -> str:
    if not secrets_of(request.fields):
        return ""
    return "consent" if request.kind == "third-party-integration" else "credential"


def _not_here(point: Checkpoint, gives: str) -> tuple[Verdict, ...]:
    """Giving is the approval; and nobody revises what the desk asks for itself."""
    return (Verdict.APPROVE,) * bool(gives) + (Verdict.CHANGES,) * point.own


def _options(request: Request, own: bool) -> list[str]:
    if gives := _gives(request):
        return [f"Give the {gives}: that is the approval", "Ask for changes, saying what", "Reject, saying why"]
    fill = " and fill in: " + ", ".join(field.label for field in request.fields) if request.fields else ""
    changes = [] if own else ["Ask for changes, saying what"]
    return [f"Approve{fill}", *changes, "Reject, saying why"]


def _factor(point: Checkpoint) -> str:
    """For everybody; whoever started the case needs it anyway."""
    if point.requirement is None or not point.requirement.step_up:
        return ""
    return f"A yes needs your second factor: {why_factor(point)}."
