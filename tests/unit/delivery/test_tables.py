"""The price before there is a plan is the plan's price, to the cent."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from agents.delivery import hephaestus
from agents.delivery.defaults import TYPES, sizes_for
from agents.delivery.project import Sizes
from checkpoints.fence import Fence
from checkpoints.terraform import engines, price
from checkpoints.terraform.runner import Runner
from flows.delivery.tables import TEMPLATE, prices
from tests.unit.delivery.test_agents import PROJECT


@pytest.mark.parametrize(
    "sizes",
    [Sizes("us-east-1", "db.t3.micro", "small", 2), Sizes("eu-west-1", "db.t3.medium", "medium", 3)],
    ids=lambda sizes: str(sizes.region),
)
def test_the_tables_say_what_the_templates_own_plan_costs(tmp_path: Path, sizes: Sizes) -> None:
    runner = Runner(Fence(tmp_path / "home"), engine=next(iter(engines.available())))
    plan = runner.plan(PROJECT.slug, TEMPLATE, hephaestus.variables(PROJECT, sizes))
    estimate = price.price(plan.summary, sizes.region)
    cost = prices(PROJECT)(sizes)
    assert (cost.low, cost.high, cost.unpriced) == (estimate.low, estimate.high, estimate.unpriced)


@pytest.mark.parametrize("type", TYPES)
def test_the_standard_template_takes_the_defaults_of_every_type(tmp_path: Path, type: str) -> None:
    project = replace(PROJECT, type=type)
    given = hephaestus.variables(project, sizes_for(project))
    runner = Runner(Fence(tmp_path / "home"), engine=next(iter(engines.available())))
    plan = runner.plan(project.slug, TEMPLATE, given)
    groups = {change.what: change.planned["ingress"] for change in plan.summary.changes if "ingress" in change.planned}
    assert groups["aws_security_group.app"] == {"from": TYPES[type].open_to, "port": 443}
    assert groups["aws_security_group.app_database"] == {"from": "aws_security_group.app", "port": 5432}


def test_the_cache_is_a_stack_of_its_own_with_a_price(tmp_path: Path) -> None:
    runner = Runner(Fence(tmp_path / "home"), engine=next(iter(engines.available())))
    sizes = Sizes("us-east-1", "db.t3.micro", "small", 2)
    plan = runner.plan(f"{PROJECT.slug}--custom", "sandbox-cache", hephaestus.custom_variables(PROJECT, sizes))
    assert plan.summary.sandbox
    assert price.price(plan.summary, "us-east-1").high == Decimal("12.41")
    assert runner.apply(f"{PROJECT.slug}--custom", plan.binding).outputs == {"cache": f"{PROJECT.slug}-cache"}


def test_where_the_caches_price_is_not_known_it_is_said(tmp_path: Path) -> None:
    runner = Runner(Fence(tmp_path / "home"), engine=next(iter(engines.available())))
    there = hephaestus.custom_variables(PROJECT, Sizes("eu-west-1", "db.t3.micro", "small", 2))
    plan = runner.plan(f"{PROJECT.slug}--custom", "sandbox-cache", there)
    assert price.price(plan.summary, "us-east-1").unpriced == (
        "aws_elasticache_cluster.cache: no price for cache.redis.cache.t3.micro in eu-west-1",
    )
