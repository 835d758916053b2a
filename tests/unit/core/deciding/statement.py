"""The promise in plain words: when a question may count as approved. It shares no code with what decides."""

from decimal import Decimal
from itertools import combinations

from checkpoints.core.model import Cost, Requirement, Risk, Role
from checkpoints.core.policy import Kind, Matrix
from tests.unit.core.deciding.world import Tenure, World, Yes


def approved_by_people(world: World, wanted: Requirement) -> bool:
    """Enough different people who may, each for one role, in the order that was asked for, and nobody said no."""
    good = [yes for yes in world.yeses if _counts(world, yes, wanted)]
    chosen = combinations(good, len(wanted.roles))
    return not world.noes and bool(wanted.roles) and any(_meet(people, wanted) for people in chosen)


def _meet(people: tuple[Yes, ...], wanted: Requirement) -> bool:
    """`people` are in the order in which they said it."""
    roles = [yes.role for yes in people]
    different = len({yes.who for yes in people}) == len(people)
    return different and (roles == list(wanted.roles) if wanted.ordered else sorted(roles) == sorted(wanted.roles))


def _counts(world: World, yes: Yes, wanted: Requirement) -> bool:
    """They are here, have the role since before they said it, are not the asker, and proved what had to be proved."""
    (member,) = [m for m in world.members if m.id == yes.who]
    holds = any(_unbroken(tenure, yes) for tenure in member.tenures)
    asker = yes.who == world.point.started_by
    alone = world.operators_ever() == {yes.who}
    in_time = world.point.expires_at is None or yes.at < world.point.expires_at
    factor = yes.proved or not (wanted.step_up or asker)
    this = yes.revision == world.point.revision
    return this and in_time and member.active and holds and factor and (not asker or alone)


def _unbroken(tenure: Tenure, yes: Yes) -> bool:
    return tenure.role is yes.role and tenure.since <= yes.at and tenure.until is None


def approved_by_rule(
    kind: Kind, risks: tuple[Risk, ...], reversible: bool, cost: Cost | None, matrix: Matrix, passed: Decimal
) -> bool:
    """A kind whose question is the cost, nobody's floor, no risk, and a whole price in a band that asks nobody."""
    if not kind.by_rule or kind.floor or risks or not reversible:
        return False
    if cost is None or cost.high is None or cost.unpriced or cost.currency != "USD":
        return False
    low = cost.high if cost.low is None else cost.low
    if not (low.is_finite() and cost.high.is_finite() and 0 <= low <= cost.high):
        return False
    return not roles_of(matrix, cost.high + passed)


def roles_of(matrix: Matrix, amount: Decimal) -> tuple[Role, ...]:
    """Who must approve an amount, by the matrix alone."""
    for band in matrix.bands:
        below = band.below is not None and amount < band.below
        up_to = band.up_to is not None and amount <= band.up_to
        if below or up_to or (band.below is None and band.up_to is None):
            return band.roles
    raise AssertionError(f"no band holds {amount}")
