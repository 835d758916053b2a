"""Past requests run through a changed matrix: who would have decided instead, the most dangerous first.

Rule: by the policy that receives them, in the order of time, with the running total of what the new rule passes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from uuid import UUID

from checkpoints.core.model import Request, Requirement, called
from checkpoints.core.policy import Kind, Matrix, counted, required
from checkpoints.core.work.rules.pre_approval import PRE_APPROVAL

BY_RULE, PRE_APPROVED = "the rule", "a pre-approval"
Outcome = tuple[str, str]


@dataclass(frozen=True)
class Past:
    """One revision as the desk received it: what it wanted then, and what became of it.

    `became`: the state of its checkpoint, or "revised". `version`: the rule's, then.
    """

    label: str
    case_id: UUID
    at: datetime
    request: Request
    wanted: Requirement
    version: str
    became: str

    @property
    def pre_approved(self) -> bool:
        return self.wanted.by_rule and self.version.startswith(PRE_APPROVAL)


class Danger(IntEnum):
    """How a difference ranks: what a person refused, and a rule would have passed, comes first."""

    REJECTED_PASSES = 1
    UNANSWERED_PASSES = 2
    APPROVED_PASSES = 3
    FEWER = 4
    MORE = 5

    @property
    def words(self) -> str:
        return WORDS[self]


WORDS = {
    Danger.REJECTED_PASSES: "a person rejected it, and the rule would pass it",
    Danger.UNANSWERED_PASSES: "no person approved it, and the rule would pass it",
    Danger.APPROVED_PASSES: "it was approved, and nobody would be asked",
    Danger.FEWER: "fewer people would be asked, or without a second factor",
    Danger.MORE: "more people would be asked, or with a second factor",
}


@dataclass(frozen=True)
class Differs:
    """A request that would be decided by somebody else. `amount`: dollars a month that count, None without a price."""

    label: str
    kind: str
    action: str
    at: datetime
    amount: Decimal | None
    then: str
    now: str
    became: str
    danger: Danger


@dataclass(frozen=True)
class Simulation:
    """What a matrix would have done. `counts`: of all requests, by who decided then and who would; most first.

    `passed_then`, `passed_now`: dollars a month that the rule passed by itself, and would have.
    """

    requests: int
    counts: tuple[tuple[Outcome, int], ...]
    differs: tuple[Differs, ...]
    passed_then: Decimal
    passed_now: Decimal


def simulate(pasts: Iterable[Past], kinds: Mapping[str, Kind], matrix: Matrix, since: datetime) -> Simulation:
    """`pasts` in the order in which they were received, those of the window before `since` first: they only add up.

    A checkpoint counts once, by its last revision or the first that the new rule passes. What its kind is unknown of
    counts for nothing. A pre-approval passes what it passed, unless the new rule does.
    """
    totals: dict[UUID, list[tuple[datetime, Decimal]]] = defaultdict(list)
    last: dict[str, tuple[Past, Requirement]] = {}
    for past in pasts:
        kind = kinds.get(past.request.kind)
        before = last.get(past.label)
        if kind is None or (before and before[1].by_rule):
            continue
        spent = sum((a for at, a in totals[past.case_id] if at > past.at - matrix.window), Decimal(0))
        wanted = required(kind, past.request, matrix, spent)
        if wanted.by_rule or past.pre_approved:
            totals[past.case_id].append((past.at, _amount(past, matrix) or Decimal(0)))
        last[past.label] = (past, wanted)
    return _summed([(past, wanted) for past, wanted in last.values() if past.at >= since], matrix)


def whom(wanted: Requirement) -> str:
    """Who decides, in words."""
    if wanted.by_rule:
        return BY_RULE
    return ", then ".join(called(wanted.roles)) + (", with a second factor" if wanted.step_up else "")


def _summed(judged: list[tuple[Past, Requirement]], matrix: Matrix) -> Simulation:
    counts: Counter[Outcome] = Counter()
    differs: list[Differs] = []
    then_sum = now_sum = Decimal(0)
    for past, wanted in judged:
        then = PRE_APPROVED if past.pre_approved else whom(past.wanted)
        now = PRE_APPROVED if past.pre_approved and not wanted.by_rule else whom(wanted)
        counts[then, now] += 1
        amount = _amount(past, matrix)
        then_sum += (amount or 0) if past.wanted.by_rule else 0
        now_sum += (amount or 0) if now in (BY_RULE, PRE_APPROVED) else 0
        if then != now:
            asked = past.request
            seen = (past.label, asked.kind, asked.action, past.at, amount, then, now, past.became)
            differs.append(Differs(*seen, _danger(past, wanted)))
    differs.sort(key=lambda d: (d.danger, -(Decimal("Infinity") if d.amount is None else d.amount), d.at))
    in_order = sorted(counts.items(), key=lambda found: (found[0][0] == found[0][1], -found[1], found[0]))
    return Simulation(counts.total(), tuple(in_order), tuple(differs), then_sum, now_sum)


def _danger(past: Past, wanted: Requirement) -> Danger:
    if wanted.by_rule:
        if past.became == "rejected":
            return Danger.REJECTED_PASSES
        approved = past.wanted.by_rule or past.became in ("approved", "void")
        return Danger.APPROVED_PASSES if approved else Danger.UNANSWERED_PASSES
    fewer = Counter(past.wanted.roles) - Counter(wanted.roles)
    return Danger.FEWER if fewer or (past.wanted.step_up and not wanted.step_up) else Danger.MORE


def _amount(past: Past, matrix: Matrix) -> Decimal | None:
    amount, _ = counted(past.request.cost, matrix, Decimal(0))
    return amount
