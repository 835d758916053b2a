"""What a changed matrix asks for otherwise is told amount by amount, and what is looser is marked."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from checkpoints.core.policy import Matrix
from checkpoints.core.work.rules.change import changes, wants
from checkpoints.rules.catalogue import matrix_of, read_matrix
from tests.unit.test_catalogue import MATRIX as TEXT

SHIPPED = read_matrix()
CASES = {
    "a higher bound": ('below = "50"', 'below = "80"', [("from $50 to under $80", True)]),
    "a lower bound": ('below = "50"', 'below = "20.50"', [("from $20.50 to under $50", False)]),
    "a bound kept in": ('below = "200"', 'up_to = "200"', [("from $200 to $200", True)]),
    "the last bound": ('up_to = "500"', 'up_to = "1500"', [("over $500 to $1,500", True)]),
    "no factor": ("\nstep_up = true", "", [("over $500", True)]),
    "another person": ('roles = ["to"]', 'roles = ["to", "to"]', [("from $50 to under $200", False)]),
    "looked over less": ('review = "weekly"', 'review = "monthly"', [("from $200 to $500", True)]),
    "a shorter window": ("window_days = 30", "window_days = 3", [("what counts together", True)]),
    "a longer window": ("window_days = 30", "window_days = 90", [("what counts together", False)]),
    "another name": ('name = "under $50"', 'name = "small"', []),
}


def changed(good: str, bad: str) -> Matrix:
    assert TEXT.count(good) == 1
    return matrix_of(TEXT.replace(good, bad).encode(), "new.toml")


@pytest.mark.parametrize(("good", "bad", "told"), CASES.values(), ids=CASES)
def test_a_change_names_the_amounts_and_says_whether_it_is_looser(
    good: str, bad: str, told: list[tuple[str, bool]]
) -> None:
    assert [(one.where, one.looser) for one in changes(SHIPPED, changed(good, bad))] == told


def test_neighbours_that_change_alike_are_one_stretch() -> None:
    everybody = changed('roles = ["to", "manager"]\n', 'roles = ["to", "manager", "client"]\n')
    (one,) = changes(SHIPPED, everybody)
    assert one.before == "technical operator, then manager; reviewed weekly"
    assert one.after == "technical operator, then manager, then client; reviewed weekly"


@given(some.decimals(0, 2000, places=2), some.sampled_from(list(CASES.values())))
def test_no_amount_of_which_another_thing_is_wanted_is_left_out(
    amount: Decimal, case: tuple[str, str, list[tuple[str, bool]]]
) -> None:
    new = changed(case[0], case[1])
    before, after = SHIPPED.band(amount), new.band(amount)
    if wants(before) != wants(after):
        assert (wants(before), wants(after)) in [(one.before, one.after) for one in changes(SHIPPED, new)]
