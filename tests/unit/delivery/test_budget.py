"""A plan against the brief's budget: a danger above it, a word from 80 % on."""

from decimal import Decimal

import pytest

from agents.delivery.hephaestus import budget_facts, over_budget

BUDGET = Decimal(100)


@pytest.mark.parametrize(
    ("monthly", "labels"),
    [
        ("0", []),
        ("79.99", []),
        ("80", ["80 % of the budget"]),
        ("100", ["80 % of the budget"]),
        ("100.01", ["Over budget"]),
    ],
)
def test_people_are_told_from_eighty_percent_on(monthly: str, labels: list[str]) -> None:
    facts = budget_facts(Decimal(monthly), BUDGET)
    assert [fact.label for fact in facts] == labels
    assert [fact.dangerous for fact in facts] == [label == "Over budget" for label in labels]


def test_both_amounts_are_said() -> None:
    assert over_budget(Decimal("1234.5"), BUDGET) == "$1,234.50 a month, and the budget is $100.00"
    assert over_budget(BUDGET, BUDGET) is None
