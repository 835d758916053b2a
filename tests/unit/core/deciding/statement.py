"""The promise in plain words: when a question may count as approved. It shares no code with what decides."""

from decimal import Decimal
from itertools import combinations

from checkpoints.core.model import Cost, Limits, Requirement, Risk, Role
from checkpoints.core.policy import Kind, Matrix
from tests.unit.core.deciding.world import Member, World, Yes


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
    """They are here, hold what let them say it, are not the asker, and proved what had to be proved."""
    (member,) = [m for m in world.members if m.id == yes.who]
    holds = _holds(world, member, yes)
    asker = yes.who == world.point.started_by
    alone = world.operators_ever() == {yes.who}
    in_time = world.point.expires_at is None or yes.at < world.point.expires_at
    factor = yes.proved or not (wanted.step_up or asker)
    this = yes.revision == world.point.revision
    return this and in_time and member.active and holds and factor and (not asker or alone)


def _holds(world: World, member: Member, yes: Yes) -> bool:
    """By a role without limits, where they had one then; else by the first that was about this, and still is."""
    held = [
        t for t in member.tenures if t.role is yes.role and t.since <= yes.at and not (t.until and t.until <= yes.at)
    ]
    if free := [tenure for tenure in held if tenure.limits == Limits()]:
        return any(tenure.until is None for tenure in free)
    by = [tenure for tenure in held if _about_this(tenure.limits, yes)]
    return bool(by) and by[0].until is None and not (by[0].limits.until and by[0].limits.until <= world.now)


def _about_this(limits: Limits, yes: Yes) -> bool:
    """The question is the case `read-later-digest`'s, of kind `spend`; in the office the addresses begin with 10."""
    here = limits.case in (None, "read-later-digest") and limits.kind in (None, "spend")
    in_time = limits.until is None or yes.at < limits.until
    return here and in_time and (limits.networks == () or yes.address.startswith("10."))


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
