"""What the delivery agents ask, and how they meet a wish or say plainly that they can't."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from agents import asking_back
from agents.delivery import hephaestus, hermes, orchestrator
from agents.delivery.defaults import TYPES, firewall_for, region_for, services_for, sizes_for
from agents.delivery.hephaestus import Asked
from agents.delivery.project import Project, Sizes, Spend
from checkpoints.core.digest import digest
from checkpoints.core.model import Cost, Json, Request, Risk
from checkpoints.core.policy import missing_parts
from checkpoints.core.work.stack import Action, Binding, Change, Estimate, Planned, PlanSummary
from checkpoints.rules.catalogue import read_catalogue
from checkpoints.terraform import price
from flows.delivery import brief
from flows.delivery.tables import STANDARD, prices
from tests.unit.delivery.test_brief import SAMPLE

KINDS = read_catalogue()
NEW = brief.read(SAMPLE)
PROJECT = brief.project(NEW.slug, NEW.brief)
PRICE_OF = prices(PROJECT)
CACHED = replace(PROJECT, custom="sandbox-cache", custom_why="a digest is read a thousand times")
SIZES = Sizes("us-east-1", "db.t3.micro", "small", 2)
MIDDLE = Sizes("us-east-1", "db.t3.small", "medium", 2)


def planned(*changes: Change, runs: tuple[str, ...] = ()) -> Planned:
    binding = Binding("a" * 64, "terraform", "1.11.4", "sandbox", "b" * 64, "c" * 64, "default")
    return Planned(binding, PlanSummary("1.11.4", changes, 0, (), (), runs, (), ()), "bubblewrap")


def ask_plan(*changes: Change, runs: tuple[str, ...] = (), asked: Asked = hephaestus.STANDARD) -> Request:
    return hephaestus.ask_plan(planned(*changes, runs=runs), Estimate(Decimal(1), Decimal(2), (), ()), SIZES, asked)


CREATE = Change("terraform_data.db", "terraform_data", "db", Action.CREATE, "aws_rds_instance.postgres")
ASKED = {
    "project-approval": orchestrator.ask_project_approval(PROJECT),
    "infrastructure-selection": orchestrator.ask_infrastructure(PROJECT, SIZES, PRICE_OF),
    "terraform-plan": ask_plan(CREATE),
    "custom-infrastructure": ask_plan(CREATE, asked=hephaestus.custom(CACHED)),
    "spend": hermes.ask_spend(PROJECT, Spend("error tracking", Decimal("12.00"))),
    "escalation": asking_back.escalate("a/1", "Hephaestus", "it broke", "I tried"),
    "reconcile": asking_back.reconcile("a/1", UUID(int=1), "Hephaestus", "apply", "noon"),
}


@pytest.mark.parametrize("kind", ASKED)
def test_a_request_brings_what_its_kind_wants(kind: str) -> None:
    request = ASKED[kind]
    assert request.kind == kind
    assert KINDS[kind].asker in ("any", request.agent)
    assert missing_parts(KINDS[kind], tuple(fact.label for fact in request.facts), request.fields) == ()


def test_a_project_costs_what_its_brief_says() -> None:
    cost = ASKED["project-approval"].cost
    assert cost is not None
    assert (cost.low, cost.high) == (Decimal(45), Decimal(60))


def test_a_selection_costs_from_the_cheapest_to_the_dearest_choice() -> None:
    cost = ASKED["infrastructure-selection"].cost
    every = [PRICE_OF(replace(SIZES, web_tasks=tasks)).high for tasks in (1, 2, 3)]
    assert cost is not None
    assert cost.high == max(high for high in [cost.high, *every] if high is not None)


@pytest.mark.parametrize(
    ("location", "region"),
    [
        ("New York, US", "us-east-1"),
        ("Seattle", "us-west-2"),
        ("Berlin, Germany", "eu-west-1"),
        ("Duke Street", "us-east-1"),
    ],
)
def test_the_region_is_the_one_nearest_to_the_client(location: str, region: str) -> None:
    assert region_for(location) == region


@pytest.mark.parametrize("type", TYPES)
def test_every_type_has_sizes_with_a_price(type: str) -> None:
    proposed = sizes_for(replace(PROJECT, type=type))
    assert PRICE_OF(proposed).high is not None
    assert PRICE_OF(proposed).unpriced == ()


def wished(wish: str, sizes: Sizes = MIDDLE) -> Request | str:
    asked = orchestrator.ask_infrastructure(PROJECT, sizes, PRICE_OF)
    return orchestrator.change_infrastructure(asked, wish, PROJECT, PRICE_OF)


@pytest.mark.parametrize("wish", ["eu-west-1", "a smaller database", "cheaper", "under $80", "1 web task"])
def test_what_can_be_changed_is_changed_and_the_difference_said(wish: str) -> None:
    before = orchestrator.ask_infrastructure(PROJECT, MIDDLE, PRICE_OF)
    after = wished(wish)
    assert isinstance(after, Request)
    assert after.changed
    assert digest(after.subject.parameters) != digest(before.subject.parameters)


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("paint it blue", "found none of them in: “paint it blue”"),
        ("under $1", r"Even the smallest sizes cost more than \$1 a month"),
        ("at most $9999", "is within|which is within"),
    ],
)
def test_what_can_t_be_is_said_plainly(wish: str, told: str) -> None:
    after = wished(wish)
    assert isinstance(after, str)
    assert any(part in after.replace("\\", "") for part in told.replace("\\", "").split("|"))


def test_a_cheaper_project_has_a_new_subject_and_says_both_costs() -> None:
    project: Project = replace(PROJECT, type="shop")
    before = orchestrator.ask_project_approval(project)
    after = orchestrator.change_project_approval(before, "cheaper", project, PRICE_OF)
    assert isinstance(after, Request)
    assert after.changed[-1].startswith("upper cost: ")
    assert digest(after.subject.parameters) != digest(before.subject.parameters)


def test_a_plan_that_destroys_says_so_whatever_its_words_are() -> None:
    gone = replace(CREATE, action=Action.DELETE)
    request = ask_plan(CREATE, gone)
    assert request.risks == (Risk.DELETES,)
    assert not request.reversible
    dangerous = [fact.value for fact in request.facts if fact.dangerous]
    assert "1 to add, 0 to change, 0 to replace, 1 to destroy" in dangerous
    assert "- aws_rds_instance.postgres" in dangerous


def test_a_plan_that_runs_code_names_it_as_a_danger() -> None:
    request = ask_plan(CREATE, runs=("local-exec in terraform_data.db",))
    assert Risk.RUNS_CODE in request.risks
    assert any(fact.dangerous and "local-exec" in fact.value for fact in request.facts)


def test_a_plan_for_other_sizes_says_what_is_no_longer_there() -> None:
    after = hephaestus.changed_plan(ask_plan(CREATE), ask_plan(replace(CREATE, stands_for="aws_sqs_queue.jobs")))
    assert "no longer: + aws_rds_instance.postgres" in after.changed
    assert "new: + aws_sqs_queue.jobs" in after.changed


def test_another_plan_is_another_subject() -> None:
    other = replace(planned(CREATE), binding=replace(planned(CREATE).binding, plan_sha256="d" * 64))
    estimate = Estimate(Decimal(1), Decimal(2), (), ())
    assert digest(hephaestus.ask_plan(other, estimate, SIZES).subject.parameters) != digest(
        ask_plan(CREATE).subject.parameters
    )


def test_what_no_price_is_known_for_is_not_hidden_in_the_sum() -> None:
    estimate = Estimate(Decimal(1), Decimal(2), (), ("aws_lambda_function.x: no price",))
    cost = hephaestus.ask_plan(planned(CREATE), estimate, SIZES).cost
    assert cost == Cost(Decimal(1), Decimal(2), unpriced=("aws_lambda_function.x: no price",), source="prices.toml")


def test_a_stack_beside_the_standard_one_quotes_why_and_can_t_be_changed() -> None:
    asked = ASKED["custom-infrastructure"]
    assert asked.details.startswith("Why not the standard stack: a digest is read a thousand times.")
    assert hephaestus.custom_variables(CACHED, SIZES) == {"project": PROJECT.slug, "region": "us-east-1"}
    assert "“cheaper”" in hephaestus.cannot_change_custom(asked, "cheaper")


def test_a_security_group_says_what_it_lets_in() -> None:
    ingress: dict[str, Json] = {"port": 443, "from": "the client's network"}
    group = replace(CREATE, stands_for="aws_security_group.app", planned={"ingress": ingress})
    resources = [fact.value for fact in ask_plan(group).facts if fact.label == "Resource"]
    assert resources == ["+ aws_security_group.app (443 from the client's network)"]


@pytest.mark.parametrize("type", TYPES)
def test_every_type_has_services_and_security_groups(type: str) -> None:
    assert services_for(type)
    assert firewall_for(type).startswith("443 from ")
    assert hephaestus.variables(replace(PROJECT, type=type), SIZES)["web_open_to"] == TYPES[type].open_to


def test_only_what_clients_customers_use_is_open_to_the_internet() -> None:
    public = {type for type, usual in TYPES.items() if usual.open_to == "the internet"}
    assert public == {"web-application", "api", "shop"}


def test_what_is_made_early_costs_what_the_price_list_says() -> None:
    parts = [what for what, _, _ in STANDARD]
    estimate = price.estimate(STANDARD, "us-east-1", price.shipped())
    asked = hermes.ask_pre_provision(PROJECT, estimate, parts)
    assert missing_parts(KINDS["spend"], tuple(fact.label for fact in asked.facts), asked.fields) == ()
    assert asked.cost == Cost(estimate.low, estimate.high, source="prices.toml")
    assert estimate.high < 50
    assert set(parts) == {"aws_sqs_queue.jobs", "aws_ecr_repository.app", "aws_cloudwatch_log_group.app"}


def test_a_price_is_not_an_agents_to_change() -> None:
    assert hermes.price_stays(ASKED["spend"], "cheaper").startswith("The cost of “error tracking” is not mine")
