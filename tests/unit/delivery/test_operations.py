"""What Hephaestus asks after delivery: thresholds that a person can change, and savings that really save."""

from dataclasses import replace
from decimal import Decimal

import pytest

from agents.delivery import operations, wishes
from agents.delivery.defaults import TYPES
from agents.delivery.project import Sizes
from checkpoints.core.fields import fill
from checkpoints.core.from_outside.probe import Thresholds
from checkpoints.core.model import Cost, Request
from checkpoints.core.policy import missing_parts, policy
from checkpoints.core.work.release import Deployed, Environment
from checkpoints.rules.catalogue import read_catalogue, read_matrix
from flows.delivery.tables import price_of_alarms, price_of_task, prices
from tests.unit.delivery.test_agents import PROJECT

KINDS, MATRIX = read_catalogue(), read_matrix()
LIVE = Deployed(Environment.PRODUCTION, "1" * 64, "http://localhost:8720/read-later-digest/production/", None)
PRICE_OF = prices(PROJECT)
STANDS = Sizes("us-east-1", "db.t3.small", "medium", 2)
WANTED = replace(STANDS, database_size="db.t3.micro")


def monitoring() -> Request:
    cost = price_of_alarms("us-east-1")
    return operations.ask_monitoring(PROJECT, LIVE, cost, operations.thresholds_for(PROJECT))


def saving(wanted: Sizes = WANTED) -> Request:
    return operations.ask_saving(PROJECT, STANDS, wanted, PRICE_OF)


@pytest.mark.parametrize("request_of", [monitoring, saving])
def test_a_request_brings_what_its_kind_wants_and_the_rule_may_pass_it(request_of: object) -> None:
    request = request_of() if callable(request_of) else None
    assert isinstance(request, Request)
    kind = KINDS[request.kind]
    assert kind.asker == request.agent
    assert missing_parts(kind, tuple(fact.label for fact in request.facts), request.fields) == ()
    assert policy(kind, request.risks, request.reversible, request.cost, MATRIX).by_rule


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2", "eu-west-1"])
def test_two_alarms_cost_what_the_price_list_says(region: str) -> None:
    cost = price_of_alarms(region)
    assert (cost.low, cost.high, cost.unpriced) == (Decimal("0.20"), Decimal("0.20"), ())


def test_alarms_where_no_price_is_known_go_to_a_person() -> None:
    request = operations.ask_monitoring(PROJECT, LIVE, price_of_alarms("mars-1"), operations.thresholds_for(PROJECT))
    assert not policy(KINDS[request.kind], (), True, request.cost, MATRIX).by_rule


def test_a_staging_task_costs_what_one_more_web_task_does() -> None:
    one, two = (PRICE_OF(replace(STANDS, web_tasks=tasks)).high for tasks in (1, 2))
    task = price_of_task(PROJECT, STANDS)
    assert one is not None
    assert two is not None
    assert task.high is not None
    assert abs(two - one - task.high) <= Decimal("0.01")
    assert task.unpriced == ()


@pytest.mark.parametrize("type", TYPES)
def test_every_type_has_thresholds_that_its_own_fields_take(type: str) -> None:
    project = replace(PROJECT, type=type)
    request = operations.ask_monitoring(project, LIVE, Cost(None, None), operations.thresholds_for(project))
    filled = fill(request.fields, {})
    assert Thresholds.of(filled) == operations.thresholds_for(project)


@pytest.mark.parametrize(
    ("wish", "defaults"),
    [
        ("500 ms please", {"p95_ms": "500", "error_percent": "1"}),
        ("p95 of 250", {"p95_ms": "250", "error_percent": "1"}),
        ("at most 2.5 % errors", {"p95_ms": "800", "error_percent": "2.5"}),
        ("p95 400 ms and 3 percent", {"p95_ms": "400", "error_percent": "3"}),
    ],
)
def test_a_wish_proposes_other_thresholds(wish: str, defaults: dict[str, str]) -> None:
    changed = operations.change_monitoring(monitoring(), wish)
    assert isinstance(changed, Request)
    assert fill(changed.fields, {}) == defaults
    assert changed.changed


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("make it nicer", "found none in: “make it nicer”"),
        ("1 ms", "p95_ms may be from 50 to 60000, not 1"),
        ("0 %", "error_percent may be from 0.1 to 50, not 0"),
    ],
)
def test_what_is_no_threshold_is_said(wish: str, told: str) -> None:
    said = operations.change_monitoring(monitoring(), wish)
    assert isinstance(said, str)
    assert told in said


def test_a_saving_says_from_what_to_what_and_asks_for_no_money() -> None:
    request = saving()
    facts = {fact.label: fact.value for fact in request.facts}
    before, after = PRICE_OF(STANDS).high, PRICE_OF(WANTED).high
    assert before is not None
    assert after is not None
    assert facts["Change"] == "database size: db.t3.small → db.t3.micro"
    assert facts["Saving"].startswith(f"${before - after} a month")
    assert request.cost == Cost(Decimal(0), Decimal(0), source="a saving")
    assert operations.wanted_sizes(request) == WANTED


def test_what_is_not_known_to_save_goes_to_a_person() -> None:
    def price_of(_: Sizes) -> Cost:
        return Cost(Decimal(1), None)

    request = operations.ask_saving(PROJECT, STANDS, WANTED, price_of)
    assert request.cost is None
    assert not operations.saves(price_of(STANDS), price_of(WANTED))


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("1 web task", "web tasks: 2 → 1"),
        ("smaller containers", "container size: medium → small"),
        ("under $60", "container size"),
    ],
)
def test_another_saving_can_be_wished_for(wish: str, told: str) -> None:
    changed = operations.change_saving(saving(), wish, PROJECT, STANDS, PRICE_OF)
    assert isinstance(changed, Request)
    assert any(told in line for line in changed.changed)
    assert operations.saves(PRICE_OF(STANDS), PRICE_OF(operations.wanted_sizes(changed)))


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("paint it blue", "found none of them in"),
        ("a bigger database", "That saves nothing"),
        ("move it to eu-west-1", "is a move, not a saving"),
        ("under $1", "Even the smallest sizes cost more than $1"),
        ("db.t3.micro", "what I proposed already"),
    ],
)
def test_what_saves_nothing_is_said(wish: str, told: str) -> None:
    said = operations.change_saving(saving(), wish, PROJECT, STANDS, PRICE_OF)
    assert isinstance(said, str)
    assert told in said


def test_one_step_down_saves_from_every_size_but_the_smallest() -> None:
    sizes: Sizes | None = replace(STANDS, database_size="db.t3.medium", web_tasks=3)
    while sizes is not None:
        lower = wishes.one_cheaper(sizes)
        assert lower is None or operations.saves(PRICE_OF(sizes), PRICE_OF(lower))
        sizes = lower
