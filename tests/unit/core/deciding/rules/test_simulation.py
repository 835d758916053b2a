"""A changed matrix is tried on the past: by the same policy, in order, with its own running total, the worst first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from checkpoints.core.model import Cost, Field, FieldSort, Requirement, Risk, Role
from checkpoints.core.policy import Matrix, required
from checkpoints.core.work.rules.simulation import PRE_APPROVED, Danger, Past, Simulation, simulate
from checkpoints.rules.catalogue import matrix_of, read_catalogue, read_matrix
from tests.stage.desks import spend
from tests.unit.test_catalogue import MATRIX as TEXT

KINDS = read_catalogue()
MATRIX = read_matrix()
START = datetime(2026, 3, 1, tzinfo=UTC)
CASE, OTHER = UUID(int=1), UUID(int=2)
HIGHER = matrix_of(TEXT.replace('below = "50"', 'below = "100"').encode(), "new.toml")
ONE_TO = Requirement((Role.TO,), band="$50 to under $200")


def past(
    number: int, cost: str | None = "60", became: str = "approved", wanted: Requirement = ONE_TO, hours: int = 0
) -> Past:
    at = START + timedelta(hours=hours or number)
    return Past(f"sample/{number}", CASE, at, spend(cost), wanted, MATRIX.version, became)


def lived(asked: list[tuple[UUID, str, int]], matrix: Matrix = MATRIX) -> list[Past]:
    """As the desk would have received them under this matrix: case, dollars, hours after the one before."""
    found: list[Past] = []
    at = START
    for number, (case, cost, hours) in enumerate(asked, 1):
        at += timedelta(hours=hours)
        since = at - matrix.window
        before = [p for p in found if p.case_id == case and p.wanted.by_rule and p.at > since]
        passed = sum((p.request.cost.high or Decimal(0) for p in before if p.request.cost), Decimal(0))
        wanted = required(KINDS["spend"], spend(cost), matrix, passed)
        found.append(Past(f"sample/{number}", case, at, spend(cost), wanted, matrix.version, "approved"))
    return found


def tried(*pasts: Past, matrix: Matrix = HIGHER, since: datetime = START) -> Simulation:
    return simulate(pasts, KINDS, matrix, since)


SLICES = some.lists(
    some.tuples(some.sampled_from([CASE, OTHER]), some.sampled_from(["0", "12.50", "40", "49.99", "50", "300"]),
                some.integers(0, 400)), max_size=12,
)  # fmt: skip


@given(SLICES)
def test_the_matrix_that_decided_would_decide_the_same_again(asked: list[tuple[UUID, str, int]]) -> None:
    found = tried(*lived(asked), matrix=MATRIX)
    assert (found.requests, found.differs) == (len(asked), ())
    assert found.passed_then == found.passed_now


@given(SLICES)
def test_another_matrix_would_have_decided_as_if_it_had_been_there(asked: list[tuple[UUID, str, int]]) -> None:
    under_it = {p.label: p.wanted for p in lived(asked, HIGHER)}
    for one in tried(*lived(asked)).differs:
        assert (one.now == "the rule") == under_it[one.label].by_rule


def test_what_the_new_rule_passes_adds_up_as_it_would_have() -> None:
    found = tried(*(past(number, "40") for number in range(1, 21)))
    assert [one.label for one in found.differs] == ["sample/1", "sample/2"]
    assert found.passed_now == 80


def test_what_was_passed_before_the_first_day_adds_up_and_is_not_counted() -> None:
    early, late = past(1, "90"), past(2, "60", hours=48)
    assert tried(late, since=late.at).differs[0].label == "sample/2"
    found = tried(early, late, since=late.at)
    assert (found.requests, found.differs) == (1, ())


def test_what_a_person_rejected_and_the_rule_would_pass_comes_first() -> None:
    pasts = [past(1, "70"), past(2, "10", "rejected"), past(3, "60", "expired"), past(4, None)]
    stricter = replace(past(5, "20"), case_id=OTHER, wanted=Requirement((), by_rule=True, band="under $50"))
    dearer = replace(past(6, "150"), wanted=Requirement((Role.TO, Role.MANAGER), step_up=True))
    none = matrix_of(TEXT.replace("roles = []", 'roles = ["to"]').encode(), "new.toml")
    roomy = matrix_of(TEXT.replace('below = "50"', 'below = "190"').encode(), "new.toml")
    found = tried(*pasts, dearer, matrix=roomy)
    assert [(one.label, one.danger) for one in found.differs] == [
        ("sample/2", Danger.REJECTED_PASSES),
        ("sample/3", Danger.UNANSWERED_PASSES),
        ("sample/1", Danger.APPROVED_PASSES),
        ("sample/6", Danger.FEWER),
    ]
    assert found.counts[0] == (("technical operator", "the rule"), 3)
    assert [one.danger for one in tried(stricter, matrix=none).differs] == [Danger.MORE]


def test_a_question_counts_once_by_the_first_revision_that_would_have_passed() -> None:
    first, second = past(1, "60", "revised"), replace(past(1, "500"), at=START + timedelta(hours=2))
    found = tried(first, second)
    assert found.requests == 1
    assert found.differs[0].danger is Danger.UNANSWERED_PASSES
    last = tried(replace(first, request=spend("300")), second).differs[0]
    assert (last.at, last.now) == (second.at, "technical operator, then manager")


def test_what_a_pre_approval_passed_it_would_pass_again_and_counts() -> None:
    used = replace(past(1, "150", wanted=Requirement((), by_rule=True)), version="pre-approval desk/14, use 2 of 5")
    found = tried(used, past(2, "60"))
    assert found.counts[-1] == ((PRE_APPROVED, PRE_APPROVED), 1)
    assert [(one.label, one.now) for one in found.differs] == [("sample/2", "technical operator, then manager")]
    assert (
        tried(used, matrix=matrix_of(TEXT.replace('"50"', '"190"').encode(), "new.toml")).differs[0].now == "the rule"
    )


@pytest.mark.parametrize(
    "changed",
    [{"risks": (Risk.SECRET,)}, {"reversible": False}, {"fields": (Field("why", "Why", FieldSort.TEXT),)},
     {"cost": Cost(Decimal(1), Decimal(2), "EUR")}],
)  # fmt: skip
def test_what_no_rule_may_pass_no_simulation_passes(changed: dict[str, object]) -> None:
    assert tried(replace(past(1), request=replace(spend("60"), **changed))).passed_now == 0  # type: ignore[arg-type]


def test_a_kind_that_is_no_more_counts_for_nothing() -> None:
    assert tried(replace(past(1), request=spend("60", kind="gone"))).requests == 0
