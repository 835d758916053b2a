"""What a stack costs: list prices, exact cents, and nothing guessed."""

from decimal import Decimal
from pathlib import Path

import pytest

from checkpoints.core.errors import Refused
from checkpoints.core.model import Json
from checkpoints.core.work.stack import Estimate
from checkpoints.terraform import plan, price

PLANS = Path(__file__).with_name("plans")
DATABASE: dict[str, Json] = {
    "engine": "postgres",
    "engine_version": "16",
    "instance_class": "db.t3.micro",
    "allocated_storage": 20,
    "storage_type": "gp2",
}


def of(sort: str, planned: dict[str, Json], region: str = "us-east-1") -> Estimate:
    return price.estimate([(f"{sort}.a", sort, planned)], region, price.shipped())


def test_a_small_database_costs_its_hours_and_its_storage() -> None:
    estimate = of("aws_db_instance", DATABASE)
    assert (estimate.low, estimate.high) == (Decimal("15.44"), Decimal("15.44"))
    assert not estimate.unpriced


def test_a_standby_doubles_it() -> None:
    assert of("aws_db_instance", {**DATABASE, "multi_az": True}).high == Decimal("30.88")


def test_a_version_past_its_support_is_said() -> None:
    (said,) = of("aws_db_instance", {**DATABASE, "engine_version": "13.4"}).unpriced
    assert "Extended Support" in said


def test_use_counts_at_the_high_end_only() -> None:
    estimate = of("aws_sqs_queue", {"million_requests": 3})
    assert (estimate.low, estimate.high) == (Decimal("0.00"), Decimal("1.20"))


@pytest.mark.parametrize("many", [None, -1, "NaN", "Infinity", "some", True, "(known after apply)"])
def test_a_quantity_that_is_not_stated_is_unpriced(many: Json) -> None:
    estimate = of("aws_sqs_queue", {"million_requests": many})
    assert estimate.high == 0
    assert "doesn't say how many" in estimate.unpriced[0]


@pytest.mark.parametrize(
    ("sort", "planned", "region"),
    [
        ("aws_elasticache_cluster", {}, "us-east-1"),
        ("aws_db_instance", {**DATABASE, "instance_class": "db.r8g.48xlarge"}, "us-east-1"),
        ("aws_db_instance", {**DATABASE, "engine": "oracle-ee"}, "us-east-1"),
        ("aws_sqs_queue", {"million_requests": 1}, "mars-north-1"),
    ],
)
def test_what_has_no_price_is_named(sort: str, planned: dict[str, Json], region: str) -> None:
    assert any("no price" in said for said in of(sort, planned, region).unpriced)


@pytest.mark.parametrize(("period", "usd"), [(60, "0.10"), (300, "0.10"), (10, "0.30"), (None, "0.10")])
def test_an_alarm_costs_by_its_resolution(period: Json, usd: str) -> None:
    assert of("aws_cloudwatch_metric_alarm", {"period": period}).high == Decimal(usd)


def test_what_is_free_is_neither_priced_nor_unpriced() -> None:
    estimate = of("aws_iam_role", {})
    assert (estimate.high, estimate.lines, estimate.unpriced) == (Decimal("0.00"), (), ())


def test_what_is_deleted_costs_nothing() -> None:
    estimate = price.price(plan.read((PLANS / "mixed.json").read_bytes()), "us-east-1")
    assert not any("aws_route53_zone" in line.what for line in estimate.lines)


@pytest.mark.promise("C9.1")
@pytest.mark.parametrize("figure", ["-1", "0", "NaN", "Infinity", "1e", ""])
def test_a_price_that_is_none_stops_the_whole_list(figure: str) -> None:
    broken = price.SHIPPED.read_text().replace('us-east-1 = "0.018"', f'us-east-1 = "{figure}"')
    with pytest.raises(Refused, match="Nothing was priced"):
        price.load(broken)


@pytest.mark.promise("C9.1")
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("hours_a_month = 730", "hours_a_month = 1"),
        ("hours_a_month = 730", "hours_a_month = true"),
        ("hours_a_month = 730\n", ""),
        ('unit = "hour"', 'unit = "hours"'),
        ("as_of = 2026-11-21", 'as_of = "lately"'),
        ('us-east-1 = "0.018"', "us-east-1 = true"),
        ('extended_support = ["11", "12", "13"]', 'extended_support = "11"'),
        ("free = [", "free = 1\nfreed = ["),
        ("schema = 1", "schema = 2"),
    ],
)
def test_a_mistake_in_the_price_list_stops_all_of_it(good: str, bad: str) -> None:
    shipped = price.SHIPPED.read_text()
    assert good in shipped
    with pytest.raises(Refused, match="Nothing was priced"):
        price.load(shipped.replace(good, bad, 1))


@pytest.mark.promise("C9.1")
@pytest.mark.parametrize("text", ["", "schema = 1", "[[[", "schema = 2\nrates = {}"])
def test_half_a_price_list_prices_nothing(text: str) -> None:
    with pytest.raises(Refused, match="Nothing was priced"):
        price.load(text)


def test_every_rate_says_where_it_is_from() -> None:
    assert all(rate.source.startswith("https://aws.amazon.com/") for rate in price.shipped().rates.values())
