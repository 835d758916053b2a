"""What passed in a band of the matrix, to be looked over as often as the band says: when it is due, what it lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from checkpoints.core.digest import digest
from checkpoints.core.fields import clean
from checkpoints.core.model import Fact, Json, Priority, Request, Scalar, Subject
from checkpoints.core.policy import Matrix
from checkpoints.core.view import OWN

WITHIN = {
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "bi-weekly": timedelta(weeks=2),
    "monthly": timedelta(days=30),
}
"""So long after it passed, whatever passed in a band is put before a person."""
LOOKED_OVER = "look over a band"
"""What an approval of it changes: nothing but that somebody looked."""
MOST = 200
"""Lines of one review; what is over it is counted in the review, and named by the audit's export."""


@dataclass(frozen=True)
class Passed:
    """One approval in a band. `amount`: what a rule counted, else empty; `cost`: in words."""

    label: str
    kind: str
    action: str
    by: str
    at: datetime
    cost: str
    amount: Decimal | None = None


def due(matrix: Matrix, band: str, oldest: datetime) -> datetime:
    """When the oldest thing in a band that nobody looked over has to be; a band that is no more: within a day."""
    often = next((known.review for known in matrix.bands if known.name == band), "daily")
    return oldest + WITHIN[often]


def review(band: str, passed: Sequence[Passed], until: datetime) -> Request:
    """The question: each line that passed, the oldest first; its subject names all of them by one digest."""
    since = passed[0].at
    named: list[Json] = [[one.label, one.by, one.at.astimezone(UTC).isoformat(), one.cost] for one in passed]
    rule = sum((one.amount for one in passed if one.amount is not None), Decimal(0))
    by_rule = sum(one.amount is not None for one in passed)
    many = f"{len(passed)} approvals" if len(passed) > 1 else "1 approval"
    what = f"{many} in the band {band}, {_day(since)} to {_day(until)}"
    what += f"; {by_rule} of them passed by rule, ${rule:,.2f} a month" if by_rule else ""
    facts = [Fact("What", what)]
    facts += [Fact(one.label, _line(one)) for one in passed[:MOST]]
    if len(passed) > MOST:
        more = f"{len(passed) - MOST} more: countersign audit export --from {since.astimezone(UTC).date()}"
        facts.append(Fact("Not listed here", more, dangerous=True))
    parameters: dict[str, Scalar] = {"change": LOOKED_OVER, "band": band, "approvals": len(passed)}
    parameters["listed"] = digest({"passed": named})
    parameters |= {"from": since.astimezone(UTC).isoformat(), "until": until.astimezone(UTC).isoformat()}
    return Request(
        kind="review",
        agent=OWN,
        action=f"Look over what passed: {band}",
        details="",
        subject=Subject("what passed", parameters),
        facts=tuple(facts),
        priority=Priority.LOW,
    )


def _line(one: Passed) -> str:
    return f"{one.kind}: {clean(one.action, 120)}; {one.cost}; approved by {one.by}, {_day(one.at)}"


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d")
