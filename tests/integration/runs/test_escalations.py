"""What a run that can't go on asks, and what becomes of each of the three answers, on a real run."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from checkpoints.actions import reading
from checkpoints.core.clock.flood import Limits
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Request, Verdict
from checkpoints.core.view import Checkpoint
from tests.stage.runs import Workshop
from tests.stage.wires.answering import Answering, answering


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    with answering() as running:
        yield running


def now(workshop: Workshop, point: Checkpoint) -> Checkpoint:
    return reading.show(workshop.office.desk, point.label).point


def told(request: Request, label: str) -> list[str]:
    return [fact.value for fact in request.facts if fact.label == label]


def test_an_escalation_says_what_it_was_recognised_as_and_lists_every_try(
    workshop: Workshop, server: Answering
) -> None:
    workshop.start_executor()
    case = workshop.case("tried-twice", "60", troubles=(server.at("/429"), server.at("/503")))
    point = workshop.question(case)
    workshop.answer(point, Verdict.APPROVE)
    first = workshop.question(case, 2)
    assert (told(first.request, "Group"), told(first.request, "Recognised as")) == (
        ["integration problems"],
        ["rate limiting"],
    )
    workshop.answer(first, Verdict.APPROVE, fields={"next": "retry"})
    second = workshop.question(case, 3)
    assert told(second.request, "Recognised as") == ["service outage"]
    tries = told(second.request, "What was tried")
    assert tries[:1] == told(first.request, "What was tried")
    assert len(tries) == 2
    assert all("“note it” of tried-twice/1, begun 20" in line for line in tries)
    workshop.answer(second, Verdict.APPROVE, fields={"next": "retry"})
    assert workshop.ended(case).state == "delivered"
    assert (workshop.effects(case), now(workshop, point).permit) == (1, Permit.DONE)


def test_what_a_person_wants_used_instead_is_asked_before_anything_runs(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("instead", "60", troubles=("unavailable",))
    point = workshop.question(case)
    workshop.answer(point, Verdict.APPROVE)
    workshop.answer(workshop.question(case, 2), Verdict.APPROVE, "for $70", {"next": "instead"})
    again = workshop.question(case, 3)
    assert (again.question, again.attempt, again.state) == (point.question, 2, State.OPEN)
    assert again.request.changed == ("the cost: 70",)
    assert (now(workshop, point).state, workshop.effects(case)) == (State.VOID, 0)
    workshop.answer(again, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"
    assert workshop.effects(case) == 1


def test_what_can_t_be_used_instead_is_said_and_asked_again(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("not-instead", "60", troubles=("unavailable",))
    workshop.answer(workshop.question(case), Verdict.APPROVE)
    workshop.answer(workshop.question(case, 2), Verdict.APPROVE, "paint it green", {"next": "instead"})
    again = workshop.question(case, 3)
    assert again.kind == "escalation"
    assert told(again.request, "You said to use instead") == ["“paint it green” – I can't: paint it green"]
    assert len(told(again.request, "What was tried")) == 1
    workshop.answer(again, Verdict.APPROVE, fields={"next": "stop"})
    assert workshop.ended(case).state == "refused"
    assert workshop.effects(case) == 0


def test_what_an_agent_could_not_change_can_be_something_else_instead(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("green-instead", "60")
    workshop.answer(workshop.question(case), Verdict.CHANGES, note="paint it green")
    workshop.answer(workshop.question(case, 2), Verdict.APPROVE, "for $70", {"next": "instead"})
    again = workshop.question(case, 3)
    assert (again.kind, again.request.changed) == ("spend", ("the cost: 70",))
    workshop.answer(again, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.APPROVE])
def test_a_run_that_ended_in_the_midst_of_an_answer_finds_it_again(workshop: Workshop, verdict: Verdict) -> None:
    workshop.start_executor()
    case = workshop.case(f"cut-off-{verdict}", "60", troubles=("unavailable",))
    workshop.answer(workshop.question(case), Verdict.APPROVE)
    asked = workshop.question(case, 2)
    workshop.asleep(case)
    workshop.kill_executors()
    fields = {"next": "instead"} if verdict is Verdict.APPROVE else {}
    workshop.answer(asked, verdict, "for $70", fields)
    workshop.start_executor()
    if verdict is Verdict.REJECT:
        assert workshop.ended(case).state == "refused"
        assert workshop.effects(case) == 0
    else:
        workshop.answer(workshop.question(case, 3), Verdict.APPROVE)
        assert workshop.ended(case).state == "delivered"


def test_a_run_over_the_limits_asks_a_person_once_and_stops_where_that_is_refused_too(workshop: Workshop) -> None:
    office = workshop.office
    full = replace(workshop, office=replace(office, desk=replace(office.desk, limits=Limits(open=0))))
    workshop.start_executor()
    workshop.stop_porter()
    full.start_porter()
    try:
        case = workshop.case("over-the-limits", "60")
        assert workshop.ended(case).state != "delivered"
        points = reading.story(office.desk, "over-the-limits").cards
        assert [shown.point.kind for shown in points] == ["spend", "escalation"]
        for shown in points:
            assert shown.point.state is State.WITHDRAWN
            assert shown.point.because.startswith("refused by the desk: over the limits")
    finally:
        full.stop_porter()
        workshop.start_porter()
