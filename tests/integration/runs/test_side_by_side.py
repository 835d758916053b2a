"""Branches on a real Prefect server: they wait and act side by side, and none holds up another's answer."""

from decimal import Decimal

import pytest

from checkpoints.actions import reading
from checkpoints.actions.courses import opening
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Json, Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import NewCase
from tests.stage import side_by_side_flow
from tests.stage.runs import Workshop, eventually


def start(workshop: Workshop, slug: str, *seconds: float) -> Case:
    """A case with one branch for each of these effects."""
    brief: dict[str, Json] = {str(number): str(length) for number, length in enumerate(seconds, 1)}
    plan = side_by_side_flow.plan(len(seconds))
    new = NewCase(slug, side_by_side_flow.SORT, slug, "Client Inc.", Decimal(500), brief, plan)
    return opening.open_case(workshop.office.desk, workshop.office.mira, new)


def now(workshop: Workshop, point: Checkpoint) -> Checkpoint:
    return reading.show(workshop.office.desk, point.label).point


def test_three_questions_wait_at_once_numbered_as_planned_and_the_case_ends_with_the_last(workshop: Workshop) -> None:
    workshop.start_executor()
    case = start(workshop, "three-at-once", 0, 0, 0)
    points = [workshop.question(case, number) for number in (1, 2, 3)]
    assert [point.branch for point in points] == ["spend/1", "spend/2", "spend/3"]
    assert {now(workshop, point).state for point in points} == {State.OPEN}
    assert len({point.run_id for point in points}) == 3
    for point in reversed(points):
        workshop.answer(point, Verdict.APPROVE)
    ended = workshop.ended(case)
    assert ended.state == "delivered"
    assert {now(workshop, point).permit for point in points} == {Permit.DONE}


@pytest.mark.long
def test_an_effect_that_takes_long_holds_up_nobody_elses_answer(workshop: Workshop) -> None:
    workshop.start_executor()
    case = start(workshop, "one-is-slow", 15, 0)
    slow, quick = workshop.question(case, 1), workshop.question(case, 2)
    workshop.answer(slow, Verdict.APPROVE)
    eventually(lambda: now(workshop, slow).permit is Permit.BEGUN or None, "the slow effect's beginning")
    workshop.answer(quick, Verdict.APPROVE)
    eventually(lambda: now(workshop, quick).permit is Permit.DONE or None, "the quick effect's end")
    assert now(workshop, slow).permit is Permit.BEGUN
    assert workshop.ended(case).state == "delivered"


def test_a_refused_branch_is_left_out_and_reopened_it_is_done_though_the_case_had_ended(workshop: Workshop) -> None:
    workshop.start_executor()
    case = start(workshop, "left-out", 0, 0)
    one, other = workshop.question(case, 1), workshop.question(case, 2)
    workshop.answer(one, Verdict.REJECT, note="not now")
    workshop.answer(other, Verdict.APPROVE)
    ended = workshop.ended(case)
    assert (ended.state, "Left out: Spend 1" in ended.outcome) == ("delivered", True)
    opening.reopen(workshop.office.desk, workshop.office.ada, one.id, "now it is")
    again = workshop.question(case, 3)
    assert again.reopens == one.label
    workshop.answer(again, Verdict.APPROVE)
    eventually(lambda: "Left out" not in workshop.ended(case).outcome or None, "the other end")
    assert now(workshop, again).permit is Permit.DONE
