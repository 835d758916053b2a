"""Random people, roles, tokens, answers, rules, clocks and matrices: approved is what the statement says, no more."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Cost, Limits, Requirement, Risk, Role, Verdict
from checkpoints.core.policy import Band, Kind, Matrix, StepUp, policy
from checkpoints.rules.catalogue import read_catalogue
from tests.unit.core.deciding.statement import approved_by_people, approved_by_rule, roles_of
from tests.unit.core.deciding.world import FREE, HOME, OFFICE, Member, Tenure, World
from tests.unit.core.points import NOON

HERE, ELSEWHERE = Limits(case="read-later-digest"), Limits(case="another")
IN_THE_OFFICE = Limits(networks=("2001:db8::/32", "10.0.0.0/8"))
SHORT = Limits(kind="spend", until=NOON + timedelta(minutes=20))
LIMITS = [*[FREE] * 8, HERE, ELSEWHERE, IN_THE_OFFICE, SHORT]
SPEND = read_catalogue()["spend"]
Does = tuple[str, int, int, Role, int]
"""What happens: by whom, with which of their tokens, about which role, after how many seconds."""


def prove(world: World, member: Member, way: int, role: Role) -> None:
    member.proved_at[way] = world.now


def sign_out(world: World, member: Member, way: int, role: Role) -> None:
    member.signed_in[way] = False


def lose(world: World, member: Member, way: int, role: Role) -> None:
    for tenure in member.tenures:
        if tenure.role is role and tenure.until is None:
            tenure.until = world.now


def join(world: World, member: Member, way: int, role: Role) -> None:
    if member.active and role not in member.has():
        member.tenures.append(Tenure(role, world.now))


def receives(limits: Callable[[World], Limits]) -> Callable[[World, Member, int, Role], None]:
    def given(world: World, member: Member, way: int, role: Role) -> None:
        if member.active:
            member.tenures.append(Tenure(role, world.now, limits=limits(world)))

    return given


def leave(world: World, member: Member, way: int, role: Role) -> None:
    member.active = False
    member.signed_in = [False, False]


def flicker(world: World, member: Member, way: int, role: Role) -> None:
    lose(world, member, way, role)
    join(world, member, way, role)


def yes(world: World, member: Member, way: int, role: Role) -> None:
    world.press(member, way, Verdict.APPROVE)


def proven_yes(world: World, member: Member, way: int, role: Role, place: str = HOME) -> None:
    prove(world, member, way, role)
    world.press(member, way, Verdict.APPROVE, place=place)


HAPPENS: dict[str, Callable[[World, Member, int, Role], None]] = {
    "yes": yes,
    "a yes with the factor": proven_yes,
    "a yes to an older revision": lambda world, member, way, _: world.press(member, way, Verdict.APPROVE, seen=1),
    "a yes to another digest": lambda world, member, way, _: world.press(member, way, Verdict.APPROVE, digest="f" * 64),
    "no": lambda world, member, way, _: world.press(member, way, Verdict.REJECT),
    "changes": lambda world, member, way, _: world.press(member, way, Verdict.CHANGES),
    "revised": lambda world, *_: world.revise(),
    "proved": prove,
    "signed out": sign_out,
    "role lost": lose,
    "role lost and given back": flicker,
    "role given": join,
    "role given for this case": receives(lambda _: HERE),
    "role given for another case": receives(lambda _: ELSEWHERE),
    "role given for another kind": receives(lambda _: Limits(kind="domain")),
    "role given for five minutes": receives(lambda world: Limits(until=world.now + timedelta(minutes=5))),
    "role given for the office": receives(lambda _: IN_THE_OFFICE),
    "a yes from the office": lambda world, member, *_: proven_yes(world, member, 1, Role.TO, OFFICE),
    "left": leave,
}

ROLES = some.lists(some.sampled_from(list(Role)), max_size=3).map(
    lambda roles: tuple(sorted(roles, key=list(Role).index))
)
AMOUNTS = some.decimals(min_value=0, max_value=700, places=2) | some.decimals(allow_nan=True, allow_infinity=True)
BOUNDS = some.lists(some.sampled_from([Decimal(b) for b in (1, 50, 200, 500)]), unique=True, max_size=3).map(sorted)
YES_MOSTLY = ["yes", *["a yes with the factor"] * 20, *["a yes from the office"] * 4, *HAPPENS]
SECONDS = [*[1] * 20, *[60] * 10, *[300] * 4, 600, 36_000]
"""Between two happenings: mostly so few that a proof still counts, now and then so many that the question expires."""
HAPPENINGS = some.lists(
    some.tuples(
        some.sampled_from(YES_MOSTLY), some.integers(0, 4), some.integers(0, 1), some.sampled_from(list(Role)),
        some.sampled_from(SECONDS),
    ), min_size=6, max_size=24,
)  # fmt: skip


@some.composite
def matrices(draw: some.DrawFn) -> Matrix:
    """Bands without a gap; any of them may ask anybody, or nobody."""
    bands = [Band("the rest", None, None, draw(ROLES), "daily", draw(some.booleans()))]
    for bound in reversed(draw(BOUNDS)):
        below, up_to = (bound, None) if draw(some.booleans()) else (None, bound)
        bands.insert(0, Band(f"to {bound}", below, up_to, draw(ROLES), "weekly", draw(some.booleans())))
    return Matrix("USD", tuple(bands), timedelta(days=30), "0123456789ab", "the owner")


KINDS = some.builds(
    lambda floor, by_rule, step_up: replace(SPEND, floor=floor, by_rule=by_rule, step_up=step_up),
    ROLES, some.booleans(), some.sampled_from(list(StepUp)),
)  # fmt: skip
ODD = some.builds(
    Cost, low=some.none() | AMOUNTS, high=some.none() | AMOUNTS,
    currency=some.sampled_from(["USD", "USD", "EUR"]), unpriced=some.sampled_from([(), (), ("a queue",)]),
)  # fmt: skip
PLAIN = some.decimals(min_value=0, max_value=700, places=2).map(lambda dollars: Cost(dollars, dollars))
COSTS = PLAIN | some.one_of(PLAIN, ODD, some.none())


Asked = tuple[Kind, tuple[Risk, ...], bool, Cost | None, Matrix, Decimal]
"""What `policy` is asked."""


@some.composite
def asked(draw: some.DrawFn) -> Asked:
    risks = draw(some.sampled_from([(), (), (), *((risk,) for risk in Risk)]))
    passed = draw(some.decimals(min_value=0, max_value=300, places=2))
    return draw(KINDS), risks, draw(some.sampled_from([True, True, False])), draw(COSTS), draw(matrices()), passed


@some.composite
def worlds(draw: some.DrawFn) -> tuple[World, list[Does]]:
    """People and what they do about a question, with whatever requirement a kind and a matrix come to."""
    kind, risks, reversible, cost, matrix, passed = draw(asked())
    requirement = policy(replace(kind, by_rule=False), risks, reversible, cost, matrix, passed)
    theirs = some.sets(some.sampled_from(list(Role)), min_size=1) | some.builds(lambda: set(Role))
    people = draw(some.lists(theirs, min_size=3, max_size=5))
    limits = draw(some.lists(some.sampled_from(LIMITS), min_size=5, max_size=5))
    return World.of(people, draw(some.none() | some.integers(0, 4)), requirement, limits), draw(HAPPENINGS)


def live(world: World, happenings: list[Does]) -> World:
    """All of it happens; after each happening the question is approved if, and only if, it may be."""
    for what, who, way, role, seconds in happenings:
        before = world.point
        world.now += timedelta(seconds=seconds)
        HAPPENS[what](world, world.members[who % len(world.members)], way, role)
        wanted = world.point.requirement
        assert wanted is not None
        if before.state is State.OPEN:
            assert (world.point.state is State.APPROVED) == approved_by_people(world, wanted)
        if before.state in (State.APPROVED, State.REJECTED):
            assert world.point == before
    return world


@pytest.mark.promise("B9.1", "B9.2", "B9.3", "B9.4")
def test_people_approve_only_what_enough_of_them_who_may_have_approved() -> None:
    approved_by: Counter[int] = Counter()
    by_limited: Counter[bool] = Counter()

    @settings(max_examples=250, deadline=None)
    @given(worlds())
    def holds(drawn: tuple[World, list[Does]]) -> None:
        point = live(*drawn).point
        approved_by[len(point.counting) if point.state is State.APPROVED else 0] += 1
        by_limited[point.state is State.APPROVED and any(yes.grant for yes in point.counting)] += 1

    holds()
    # They reach what they are about, alone and together.
    assert approved_by[1]
    assert by_limited[True]
    assert sum(approvals for people, approvals in approved_by.items() if people > 1)


@pytest.mark.promise("C9.1")
def test_a_rule_approves_only_a_kind_that_allows_it_at_a_cost_that_asks_nobody() -> None:
    passed_by_rule: Counter[bool] = Counter()

    @settings(max_examples=400, deadline=None)
    @given(asked())
    def holds(drawn: Asked) -> None:
        wanted = policy(*drawn)
        passed_by_rule[wanted.by_rule] += 1
        assert approved_by_rule(*drawn) if wanted.by_rule else asks_enough(wanted, drawn)

    holds()
    assert passed_by_rule[True]


def asks_enough(wanted: Requirement, drawn: Asked) -> bool:
    """Somebody, and of each role as many as the floor wants and, at a cost that counts, the matrix."""
    kind, _, _, cost, matrix, passed = drawn
    amount = cost.high if cost and "no price" not in wanted.band else None
    by_cost = () if amount is None else roles_of(matrix, amount + passed)
    enough = all(wanted.roles.count(role) >= max(kind.floor.count(role), by_cost.count(role)) for role in Role)
    return bool(wanted.roles) and enough


def test_somebody_who_lost_the_role_and_got_it_back_is_asked_again() -> None:
    world = World.of([{Role.TO}, {Role.TO}], None, Requirement((Role.TO, Role.TO), ordered=True))
    happenings: list[Does] = [
        ("yes", 0, 0, Role.TO, 1), ("yes", 0, 1, Role.TO, 1), ("role lost and given back", 0, 0, Role.TO, 1),
        ("yes", 1, 0, Role.TO, 1),
    ]  # fmt: skip
    assert live(world, happenings).point.state is State.OPEN
    assert live(world, [("yes", 0, 0, Role.TO, 1)]).point.state is State.APPROVED
