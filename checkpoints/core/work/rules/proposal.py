"""A changed matrix as a question: what it asks for otherwise, what it would have done, and its text byte for byte."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from checkpoints.core.fields import clean
from checkpoints.core.model import Fact, Priority, Request, Scalar, Subject
from checkpoints.core.policy import Matrix
from checkpoints.core.shown.story import when
from checkpoints.core.view import OWN
from checkpoints.core.work.rules.change import Change
from checkpoints.core.work.rules.simulation import Danger, Differs, Simulation

PUT_IN_FORCE = "put a matrix in force"
"""What an approval of it changes."""
LONGEST = 16 * 1024
"""Bytes: what is adopted is shown whole."""
MOST = 10
"""Requests that the question names, the most dangerous; `policy simulate` lists all."""


@dataclass(frozen=True)
class Tried:
    """A matrix, what it asks for otherwise, and what it would have done from the one moment until the other."""

    matrix: Matrix
    changes: tuple[Change, ...]
    since: datetime
    until: datetime
    simulation: Simulation


def proposal(tried: Tried, document: str, instead_of: str, asked_by: str, because: str) -> Request:
    """The question; its subject is the text itself, and the version that it is to take the place of."""
    parameters: dict[str, Scalar] = {"change": PUT_IN_FORCE, "version": tried.matrix.version, "document": document}
    facts = [Fact("Change", f"version {tried.matrix.version} instead of {instead_of}"), *_changes(tried.changes)]
    facts += [*_simulated(tried), Fact("Asked by", f"{asked_by}: {because}"), Fact("The whole text", document)]
    return Request(
        kind="rule",
        agent=OWN,
        action=f"Put version {tried.matrix.version} of the cost matrix in force",
        details="",
        subject=Subject("the cost matrix", parameters | {"instead_of": instead_of}),
        facts=tuple(facts),
        priority=Priority.MEDIUM,
    )


def _changes(changes: Sequence[Change]) -> list[Fact]:
    told = [Fact(one.where.capitalize(), f"{one.before} → {one.after}", dangerous=one.looser) for one in changes]
    return told or [Fact("Every amount", "as before: the same people are asked")]


def _simulated(tried: Tried) -> list[Fact]:
    simulation = tried.simulation
    period = f"received from {when(tried.since)} to {when(tried.until)}"
    facts = [Fact("Tried on", f"{simulation.requests} requests, {period}")]
    facts += [Fact(f"{then} → {now}", f"{many} of them") for (then, now), many in simulation.counts if then != now]
    facts.append(Fact("By rule", f"${simulation.passed_then:,.2f} a month → ${simulation.passed_now:,.2f} a month"))
    facts += [
        Fact(one.label, _differs(one), dangerous=one.danger <= Danger.UNANSWERED_PASSES)
        for one in simulation.differs[:MOST]
    ]
    if more := len(simulation.differs) - MOST:
        facts += [Fact("Besides", f"{more} more would be decided by somebody else")] if more > 0 else []
    return facts if simulation.differs else [*facts, Fact("Decided by somebody else", "none of them")]


def _differs(one: Differs) -> str:
    amount = "no price" if one.amount is None else f"${one.amount:,.2f} a month"
    return f"{one.danger.words}: {one.kind}, {amount}, “{clean(one.action, 120)}”; {one.then} → {one.now}"
