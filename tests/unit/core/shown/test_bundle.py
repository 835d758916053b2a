"""Bundles: what waits together, by which digest it is named, and what is never approved in one go."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Fact, Field, FieldSort, Requirement, Risk, Role
from checkpoints.core.shown.bundle import MOST_LINES, at_risk, bundle, bundles, named, one_by_one, own_card
from checkpoints.core.view import Checkpoint
from checkpoints.rules.catalogue import read_catalogue
from tests.stage.desks import spend
from tests.unit.core.points import NOON, point

KINDS = read_catalogue()
TO = Requirement((Role.TO,), band="x")
STEP_UP = replace(TO, step_up=True)
DANGEROUS: dict[str, dict[str, object]] = {
    "a second factor": {"requirement": STEP_UP},
    "nothing computed": {"requirement": None},
    "a risk": {"request": spend(risks=(Risk.PRODUCTION,))},
    "no way back": {"request": spend(reversible=False)},
    "a danger": {"request": spend(facts=(Fact("Destroys", "everything", dangerous=True),))},
}
SEATS = Field("seats", "Seats", FieldSort.NUMBER, default="5")


def line(number: int, case: str = "sample", kind: str = "spend", **changed: object) -> Checkpoint:
    ids = {"id": UUID(int=number + 1000 * len(case)), "case_id": UUID(int=len(case)), "case": case, "number": number}
    return point(**ids, kind=kind, **changed)


@st.composite
def many(draw: st.DrawFn) -> list[Checkpoint]:
    """Some checkpoints of three cases and three kinds, in any state, due at any time."""
    states = st.sampled_from([State.OPEN, State.OPEN, State.CHANGING, State.ASKED])
    hours = st.none() | st.integers(0, 50).map(lambda n: NOON + timedelta(hours=n))
    kinds = st.sampled_from(["spend", "terraform-plan", "api-credential", "gone from the catalogue"])
    keys = draw(st.lists(st.tuples(st.sampled_from(["a", "bb", "ccc"]), st.integers(1, 60)), unique=True, max_size=60))
    return [line(n, case, draw(kinds), state=draw(states), deadline_at=draw(hours)) for case, n in keys]


@given(many())
def test_a_bundle_is_several_open_ones_of_one_kind_in_several_cases_or_of_one_phase(points: list[Checkpoint]) -> None:
    for found in bundles(points, KINDS):
        assert {p.state for p in found.lines} == {State.OPEN}
        assert 2 <= len(found.lines) <= MOST_LINES
        sort, *parts = named(found.name)
        if sort == "kind":
            assert {p.kind for p in found.lines} == {parts[0]}
        else:
            assert {(p.case, KINDS[p.kind].phase) for p in found.lines} == {tuple(parts)}
        due = [p.deadline_at for p in found.lines if p.deadline_at]
        assert due == sorted(due)


@given(many())
def test_a_digest_names_every_line_and_nothing_of_their_order_as_they_came(points: list[Checkpoint]) -> None:
    whole = bundle("kind:spend", "Spend", points)
    assert bundle("kind:spend", "Spend", points[::-1]).digest == whole.digest
    assert bundle("kind:other", "Spend", points).digest != whole.digest
    if whole.lines:
        first, *rest = whole.lines
        for other in ([*rest], [replace(first, revision=2), *rest], [replace(first, digest="f" * 64), *rest]):
            assert bundle("kind:spend", "Spend", other).digest != whole.digest


def test_more_than_fit_on_a_card_are_counted_and_come_later() -> None:
    whole = bundle("flood:sample", "Sample", [line(number) for number in range(1, 191)], besides=5)
    assert (len(whole.lines), whole.more) == (MOST_LINES, 190 - MOST_LINES + 5)
    assert [p.number for p in whole.lines] == list(range(1, MOST_LINES + 1))


def test_all_in_one_go_is_for_what_is_of_one_kind_and_has_no_risk_and_no_blank() -> None:
    assert one_by_one(bundle("x", "x", [line(1), line(2)])) == ""
    assert "several kinds" in one_by_one(bundle("x", "x", [line(1), line(2, kind="manual-task")]))
    blank = one_by_one(bundle("x", "x", [line(1), line(2, request=spend(fields=(SEATS,)))]))
    assert "sample/2 has something to fill in" in blank
    assert own_card(line(2, request=spend(fields=(SEATS,)))).startswith("It has something to fill in")


@pytest.mark.promise("E8.2")
@pytest.mark.parametrize("changed", DANGEROUS.values(), ids=DANGEROUS)
def test_one_line_at_high_risk_among_many_ends_all_in_one_go(changed: dict[str, object]) -> None:
    risky = replace(line(9), **changed)  # type: ignore[arg-type]
    assert at_risk(risky)
    assert own_card(risky).startswith("At high risk (")
    assert not at_risk(line(1))
    assert "sample/9 is at high risk" in one_by_one(bundle("x", "x", [line(1), line(2), risky]))


@pytest.mark.parametrize(
    "name", ["", "spend", "kind:", "kind:a b", "phase:sample", "flood:../x", "flood:A", "kind:x\n"]
)
def test_what_is_no_name_of_a_bundle_names_none(name: str) -> None:
    assert named(name) == ()
