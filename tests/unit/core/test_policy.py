"""Who must approve: the edges of the matrix, and that whatever is unclear goes to a person."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from checkpoints.core.model import Cost, Field, FieldSort, Risk, Role
from checkpoints.core.policy import Band, Kind, StepUp, missing_parts, policy
from checkpoints.rules.catalogue import read_catalogue, read_matrix

KINDS = read_catalogue()
MATRIX = read_matrix()
SPEND = KINDS["spend"]
TO, MANAGER, CLIENT = Role.TO, Role.MANAGER, Role.CLIENT

EDGES = [
    ("0", ()),
    ("49.99", ()),
    ("50", (TO,)),
    ("199.99", (TO,)),
    ("200", (TO, MANAGER)),
    ("500", (TO, MANAGER)),
    ("500.01", (TO, MANAGER, CLIENT)),
    ("1000000", (TO, MANAGER, CLIENT)),
]
WRONG = [
    None,
    Cost(None, None),
    Cost(None, None, unpriced=("aws_rds_instance.postgres",)),
    Cost(Decimal(1), Decimal(2), unpriced=("aws_sqs_queue.jobs",)),
    Cost(Decimal(1), Decimal(2), currency="EUR"),
    Cost(Decimal(-1), Decimal(2)),
    Cost(Decimal(1), Decimal(-2)),
    Cost(Decimal(3), Decimal(2)),
    Cost(Decimal("NaN"), Decimal(2)),
    Cost(Decimal(1), Decimal("NaN")),
    Cost(Decimal(1), Decimal("sNaN")),
    Cost(Decimal(1), Decimal("Infinity")),
    Cost(Decimal("-Infinity"), Decimal(2)),
    Cost(Decimal(1), Decimal("1e309")),
    Cost(Decimal(1), Decimal("1e999999")),
    Cost(Decimal("1e-999999"), Decimal("1e-999999")),
    Cost(Decimal("0.0000001"), Decimal(1)),
]


def dollars(amount: str, low: str | None = None) -> Cost:
    return Cost(Decimal(low or amount), Decimal(amount))


def asked(kind: Kind, cost: Cost | None, *risks: Risk, reversible: bool = True, passed: str = "0") -> tuple[Role, ...]:
    """Who must approve; nobody means that the rule passes it."""
    wanted = policy(kind, risks, reversible, cost, MATRIX, Decimal(passed))
    assert wanted.by_rule == (not wanted.roles)
    assert wanted.ordered == (len(wanted.roles) > 1)
    return wanted.roles


@pytest.mark.parametrize(("amount", "roles"), EDGES)
def test_each_band_begins_and_ends_where_the_matrix_says(amount: str, roles: tuple[Role, ...]) -> None:
    assert asked(SPEND, dollars(amount)) == roles


@pytest.mark.parametrize(("amount", "roles"), EDGES)
def test_a_range_counts_at_its_upper_end(amount: str, roles: tuple[Role, ...]) -> None:
    assert asked(SPEND, dollars(amount, low="0")) == roles


@pytest.mark.parametrize(("passed", "roles"), [("0", ()), ("9.99", ()), ("10", (TO,)), ("160", (TO, MANAGER))])
def test_what_the_rule_has_passed_counts_too(passed: str, roles: tuple[Role, ...]) -> None:
    assert asked(SPEND, dollars("40"), passed=passed) == roles


@pytest.mark.parametrize(
    ("passed", "because"),
    [("9.99", ()), ("38", ("with $38.00 a month that the rule passed by itself in the last 30 days",))],
)
def test_a_person_who_is_asked_because_of_what_the_rule_has_passed_is_told_so(
    passed: str, because: tuple[str, ...]
) -> None:
    assert policy(SPEND, (), True, dollars("12.66"), MATRIX, Decimal(passed)).because == because


@pytest.mark.promise("C9.1")
@pytest.mark.parametrize("cost", WRONG, ids=str)
def test_a_cost_that_is_none_goes_to_a_person_and_says_why(cost: Cost | None) -> None:
    assert TO in asked(SPEND, cost)
    assert policy(SPEND, (), True, cost, MATRIX).because


@pytest.mark.promise("C9.1")
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_in_place_of_a_matrix_that_nobody_can_read_all_of_its_last_band_are_asked(kind: Kind) -> None:
    unread = MATRIX.unread("0" * 12, "Eve")
    for amount in ("0", "49.99", "600"):
        wanted = policy(kind, (), True, dollars(amount), unread)
        assert (wanted.roles, wanted.by_rule, wanted.step_up) == ((TO, MANAGER, CLIENT), False, True)
    assert not policy(kind, (), True, dollars("0"), replace(MATRIX, readable=False)).by_rule


@pytest.mark.parametrize("risk", Risk)
def test_no_rule_passes_a_risk(risk: Risk) -> None:
    assert asked(SPEND, dollars("1"), risk) == (TO,)


def test_no_rule_passes_what_can_t_be_undone() -> None:
    assert asked(SPEND, dollars("1"), reversible=False) == (TO,)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.by_rule])
@pytest.mark.parametrize("cost", [None, dollars("0"), dollars("49.99")], ids=str)
def test_a_kind_whose_question_is_not_the_cost_is_never_passed(name: str, cost: Cost | None) -> None:
    assert TO in asked(KINDS[name], cost)


AMOUNTS = some.none() | some.decimals(allow_nan=True, allow_infinity=True)
COSTS = some.builds(
    Cost, low=AMOUNTS, high=AMOUNTS, currency=some.sampled_from(["USD", "EUR", "usd", ""]),
    unpriced=some.lists(some.just("something"), max_size=1).map(tuple),
)  # fmt: skip


@given(
    kind=some.sampled_from(list(KINDS.values())),
    cost=some.none() | COSTS,
    risks=some.lists(some.sampled_from(list(Risk)), max_size=2).map(tuple),
    reversible=some.booleans(),
    passed=some.decimals(min_value=0, max_value=1000, places=2),
)
def test_the_rule_passes_nothing_but_a_clear_small_cost(
    kind: Kind, cost: Cost | None, risks: tuple[Risk, ...], reversible: bool, passed: Decimal
) -> None:
    if policy(kind, risks, reversible, cost, MATRIX, passed).by_rule:
        assert kind.by_rule
        assert (reversible, risks) == (True, ())
        assert cost is not None
        assert cost.high is not None
        assert (cost.unpriced, cost.currency) == ((), "USD")
        assert 0 <= (cost.high if cost.low is None else cost.low) <= cost.high
        assert cost.high + passed < 50


@pytest.mark.parametrize("risk", [Risk.DELETES, Risk.PRODUCTION])
def test_what_deletes_or_reaches_production_needs_a_second_factor(risk: Risk) -> None:
    assert all(policy(kind, (risk,), True, dollars("1"), MATRIX).step_up for kind in KINDS.values())


@pytest.mark.parametrize(("amount", "factor"), [("500", False), ("500.01", True)])
def test_over_the_last_bound_a_second_factor_is_needed(amount: str, factor: bool) -> None:
    assert policy(SPEND, (), True, dollars(amount), MATRIX).step_up is factor


def test_a_kind_that_always_wants_a_second_factor_gets_it() -> None:
    always = [name for name, kind in KINDS.items() if kind.step_up is StepUp.ALWAYS]
    assert {"production-deployment", "database-migration", "data-migration", "role", "rule"} <= set(always)
    assert all(policy(KINDS[name], (), True, None, MATRIX).step_up for name in always)


def test_a_floor_and_a_band_are_both_met_in_the_order_of_the_roles() -> None:
    kind = replace(SPEND, floor=(CLIENT,), by_rule=False)
    assert asked(kind, dollars("300")) == (TO, MANAGER, CLIENT)


def test_of_each_role_as_many_are_asked_as_floor_or_band_wants() -> None:
    kind = replace(SPEND, floor=(TO, TO), by_rule=False)
    assert asked(kind, dollars("1")) == (TO, TO)
    assert asked(kind, dollars("300")) == (TO, TO, MANAGER)
    two = replace(MATRIX, bands=(Band("all", None, None, (TO, TO, CLIENT), "daily"),))
    assert policy(replace(SPEND, floor=(TO, MANAGER)), (), True, dollars("1"), two).roles == (TO, TO, MANAGER, CLIENT)


def test_a_floor_is_asked_though_the_kind_says_that_a_rule_may_pass_it() -> None:
    assert asked(replace(SPEND, floor=(TO,)), dollars("1")) == (TO,)


def test_what_a_kind_wants_and_a_request_lacks_is_named() -> None:
    kind = replace(SPEND, facts=("What for", "Until"), fields=("region",))
    field = Field("size", "Size", FieldSort.TEXT)
    assert missing_parts(kind, ("What for",), (field,)) == ("fact “Until”", "field “region”")
