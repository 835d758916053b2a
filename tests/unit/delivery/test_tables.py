"""The price before there is a plan is the plan's price, to the cent."""

from pathlib import Path

import pytest

from agents.delivery import hephaestus
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
