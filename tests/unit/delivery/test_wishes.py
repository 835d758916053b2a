"""What a person wants changed, read by rules: what is understood is done, what isn't is said."""

from decimal import Decimal

import pytest

from agents.delivery import wishes
from agents.delivery.project import Sizes
from checkpoints.core.model import Cost

MICRO = Sizes("us-east-1", "db.t3.micro", "small", 2)
MEDIUM = Sizes("us-east-1", "db.t3.medium", "medium", 3)

UNDERSTOOD = [
    ("please use eu-west-1", "region", "eu-west-1"),
    ("eu-west-1, for the law there", "region", "eu-west-1"),
    ("Ireland would be nearer", "region", "eu-west-1"),
    ("move it to Germany", "region", "eu-west-1"),
    ("host it in California", "region", "us-west-2"),
    ("take db.t3.small", "database_size", "db.t3.small"),
    ("a bigger database", "database_size", "db.t3.small"),
    ("bigger containers please", "container_size", "medium"),
    ("1 web task is enough", "web_tasks", 1),
    ("3 containers", "web_tasks", 3),
]


@pytest.mark.parametrize(("words", "name", "value"), UNDERSTOOD)
def test_one_wish_changes_one_thing(words: str, name: str, value: str | int) -> None:
    wish = wishes.read(words, MICRO)
    assert wish.understood
    assert wish.sizes.as_parameters() == MICRO.as_parameters() | {name: value}


@pytest.mark.parametrize("words", ["", "hmm", "make it nicer", "use mars-1", "99 tasks", "us-east-1 or eu-west-1?"])
def test_what_is_no_wish_of_ours_is_not_understood(words: str) -> None:
    wish = wishes.read(words, MICRO)
    assert (wish.understood, wish.sizes) == (False, MICRO)


@pytest.mark.parametrize(
    "words", ["under $50", "at most 50 dollars", "below $ 50", "< $50", "less than USD 50", "max 50"]
)
def test_an_amount_is_read_however_it_is_written(words: str) -> None:
    assert wishes.read(words, MICRO).at_most == Decimal(50)


def test_cheaper_is_one_step_down_and_at_the_bottom_not_understood() -> None:
    assert wishes.read("cheaper, please", MEDIUM).sizes.database_size == "db.t3.small"
    bottom = Sizes("us-east-1", "db.t3.micro", "small", 1)
    assert not wishes.read("cheaper, please", bottom).understood


def test_one_step_after_another_leads_to_the_bottom() -> None:
    steps = [MEDIUM]
    while (cheaper := wishes.one_cheaper(steps[-1])) is not None:
        steps.append(cheaper)
    assert steps[-1] == Sizes("us-east-1", "db.t3.micro", "small", 1)
    assert len(steps) == len(set(steps)) == 6


def test_an_amount_is_met_by_the_first_sizes_that_fit_or_by_none() -> None:
    def price_of(sizes: Sizes) -> Cost:
        return Cost(Decimal(0), Decimal(sizes.web_tasks * 10))

    fitting = wishes.fit(MEDIUM, Decimal(20), price_of)
    assert fitting is not None
    assert fitting.web_tasks == 2
    assert wishes.fit(MEDIUM, Decimal(5), price_of) is None
    assert wishes.fit(MEDIUM, Decimal(5), lambda _: Cost(None, None)) is None


def test_what_differs_is_said_and_nothing_else() -> None:
    assert wishes.differences(MICRO, MICRO) == ()
    assert wishes.differences(MICRO, MEDIUM) == (
        "database size: db.t3.micro → db.t3.medium", "container size: small → medium", "web tasks: 2 → 3",
    )  # fmt: skip
