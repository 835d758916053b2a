"""Who must approve what: the catalogue's kinds and the cost matrix as values, and one function of them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from checkpoints.core.fields import filled_by_defaults
from checkpoints.core.model import Cost, Field, Priority, Request, Requirement, Risk, Role

ABSURD = Decimal("1e9")
FINEST = 6
"""Decimals of a dollar; a cost that needs more, or isn't in sight of real money, is no cost."""
NO_PRICE, UNREADABLE = "no price that counts", "the rule in force can't be read"
"""In place of a band's name."""


class StepUp(StrEnum):
    """When a kind asks for a second factor."""

    NEVER = "no"
    ALWAYS = "yes"
    DELETIONS = "deletions"
    AS_RISK_SAYS = "as risk says"


class IfRefused(StrEnum):
    """What a rejection or an expiry leads to."""

    END_CASE = "end the case"
    END_UNDELIVERED = "end the case undelivered"
    BLOCK = "block"
    GO_ON = "go on"
    NOTHING = "nothing changes"


@dataclass(frozen=True)
class Kind:
    """One sort of question, from the catalogue. `facts` and `fields` name what a request of it must bring."""

    name: str
    title: str
    phase: str
    asker: str
    priority: Priority
    facts: tuple[str, ...]
    fields: tuple[str, ...]
    floor: tuple[Role, ...]
    by_rule: bool
    step_up: StepUp
    if_refused: IfRefused
    blocks: tuple[str, ...]
    requires: tuple[str, ...]
    runbook: str
    checks: tuple[str, ...]
    expires_after: timedelta
    permit_lasts: timedelta
    optional: bool = False


@dataclass(frozen=True)
class Band:
    """Monthly US dollars from the bound before (kept out, but for 0) up to `below` or `up_to`; None is no end."""

    name: str
    below: Decimal | None
    up_to: Decimal | None
    roles: tuple[Role, ...]
    review: str
    step_up: bool = False

    def holds(self, amount: Decimal) -> bool:
        if self.below is not None:
            return amount < self.below
        return self.up_to is None or amount <= self.up_to


@dataclass(frozen=True)
class Matrix:
    """The cost matrix: bands in rising order; the rule's version is the digest of what it was read from.

    One that isn't `readable` passes nothing: it stands in for a version that nobody can read.
    """

    currency: str
    bands: tuple[Band, ...]
    window: timedelta
    version: str
    adopted_by: str
    readable: bool = True

    def band(self, amount: Decimal) -> Band:
        return next(band for band in self.bands if band.holds(amount))

    def unread(self, version: str, adopted_by: str) -> "Matrix":
        """In place of a version that can't be read: whatever has a price waits for all of this one's last band."""
        strictest = replace(self.bands[-1], name=UNREADABLE, below=None, up_to=None, step_up=True)
        return replace(self, bands=(strictest,), version=version, adopted_by=adopted_by, readable=False)


def policy(
    kind: Kind,
    risks: tuple[Risk, ...],
    reversible: bool,
    cost: Cost | None,
    matrix: Matrix,
    passed: Decimal = Decimal(0),
) -> Requirement:
    """The requirement. `passed`: dollars that the rule alone passed for this case in the matrix's window.

    The rule passes only a kind whose question is the cost, without a floor, at a known price in a band without roles,
    with no risk that needs a person. Everything unclear goes to the kind's floor, at least one technical operator.
    """
    amount, why = counted(cost, matrix, passed)
    because = [why] if why else []
    band = matrix.band(amount) if amount is not None else None
    roles = _roles(kind.floor, band)
    by_rule = kind.by_rule and matrix.readable and band is not None and not roles and not risks and reversible
    if not by_rule and not roles:
        roles = (Role.TO,)
    if band is not None and cost is not None and cost.high is not None and band != matrix.band(cost.high):
        because.append(f"with ${passed:,.2f} a month that the rule passed by itself in the last {_days(matrix)}")
    if kind.by_rule and not by_rule and (risks or not reversible):
        because.append("a risk that a rule may not pass: " + (", ".join(risks) or "it can't be undone"))
    return Requirement(
        roles=() if by_rule else roles,
        by_rule=by_rule,
        ordered=len(roles) > 1,
        step_up=_step_up(kind, risks, reversible) or (band is not None and band.step_up),
        band=band.name if band else NO_PRICE,
        because=tuple(because),
    )


def required(kind: Kind, request: Request, matrix: Matrix, passed: Decimal) -> Requirement:
    """The requirement of a request of this kind: no rule passes what has a field that only a person can fill."""
    asked = kind if filled_by_defaults(request.fields) is not None else replace(kind, by_rule=False)
    return policy(asked, request.risks, request.reversible, request.cost, matrix, passed)


def counted(cost: Cost | None, matrix: Matrix, passed: Decimal) -> tuple[Decimal | None, str]:
    """The dollars that count (upper end, plus what the rule passed), or None and why they can't be counted."""
    if cost is None or cost.high is None:
        return None, "unpriced"
    if cost.unpriced:
        return None, "without a price: " + ", ".join(cost.unpriced)
    if cost.currency != matrix.currency:
        return None, f"in {cost.currency}; the matrix is in {matrix.currency}"
    low = cost.high if cost.low is None else cost.low
    if not (is_money(low) and is_money(cost.high)) or cost.high < low:
        return None, "the cost is not a range of dollars"
    return cost.high + passed, ""


def _days(matrix: Matrix) -> str:
    return "day" if matrix.window.days == 1 else f"{matrix.window.days} days"


def is_money(amount: Decimal) -> bool:
    """True for dollars that somebody could be asked to pay."""
    return amount.is_finite() and 0 <= amount <= ABSURD and amount == round(amount, FINEST)


def _roles(floor: tuple[Role, ...], band: Band | None) -> tuple[Role, ...]:
    """Both are met: of each role as many people as the one that wants more of them."""
    by_cost = band.roles if band else ()
    return tuple(role for role in Role for _ in range(max(floor.count(role), by_cost.count(role))))


def _step_up(kind: Kind, risks: tuple[Risk, ...], reversible: bool) -> bool:
    if Risk.DELETES in risks or Risk.PRODUCTION in risks or kind.step_up is StepUp.ALWAYS:
        return True
    return kind.step_up is StepUp.AS_RISK_SAYS and (bool(risks) or not reversible)


def missing_parts(kind: Kind, facts: tuple[str, ...], fields: tuple[Field, ...]) -> tuple[str, ...]:
    """The facts and fields that the kind wants and the request doesn't bring."""
    names = {field.name for field in fields}
    return tuple(
        [f"fact “{fact}”" for fact in kind.facts if fact not in facts]
        + [f"field “{name}”" for name in kind.fields if name not in names]
    )
