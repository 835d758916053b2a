"""A review lists what passed in a band, and is due as often as the band says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from checkpoints.core.work.rules.review import MOST, Passed, due, review
from checkpoints.rules.catalogue import read_catalogue, read_matrix

MATRIX = read_matrix()
AT = datetime(2026, 3, 1, tzinfo=UTC)
ONE = Passed("sample/3", "spend", "Buy it", "the rule, version 1", AT, "$12.00 a month", Decimal(12))
OFTEN = {"under $50": 30, "$50 to under $200": 14, "$200 to $500": 7, "over $500": 1, "a band that is no more": 1}


@pytest.mark.parametrize(("band", "days"), OFTEN.items(), ids=OFTEN)
def test_what_passed_is_looked_over_as_soon_as_its_band_says(band: str, days: int) -> None:
    assert due(MATRIX, band, AT) == AT + timedelta(days=days)


def test_each_approval_is_a_line_and_all_of_them_are_named_by_the_subject() -> None:
    other = replace(ONE, label="sample/4", by="Ada, Grace", amount=None, at=AT + timedelta(days=2))
    asked = review("under $50", [ONE, other], AT + timedelta(days=30))
    what, *lines = asked.facts
    assert (
        what.value
        == "2 approvals in the band under $50, 2026-03-01 to 2026-03-31; 1 of them passed by rule, $12.00 a month"
    )
    assert [line.label for line in lines] == ["sample/3", "sample/4"]
    assert lines[1].value == "spend: Buy it; $12.00 a month; approved by Ada, Grace, 2026-03-03"
    assert {fact.label for fact in asked.facts} >= set(read_catalogue()["review"].facts)
    changed = review("under $50", [ONE, replace(other, cost="$13.00 a month")], AT + timedelta(days=30))
    assert changed.subject.parameters["listed"] != asked.subject.parameters["listed"]


def test_what_is_too_long_is_cut_and_says_so_first_of_all_that_is_dangerous() -> None:
    asked = review("under $50", [replace(ONE, label=f"sample/{n}") for n in range(MOST + 7)], AT)
    assert len(asked.facts) == MOST + 2
    assert asked.facts[-1].dangerous
    assert asked.facts[-1].value.startswith("7 more: countersign audit export --from 2026-03-01")
