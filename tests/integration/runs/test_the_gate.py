"""Runs that sleep at a question, on a real Prefect server: nothing wakes them too early, nothing leaves them asleep."""

from functools import partial

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Verdict
from tests.stage.runs import Workshop, eventually

SECONDS = 2.0
"""Longer than an answer takes."""


@pytest.mark.promise("A4.1", "A4.2")
@pytest.mark.parametrize("rounds", [pytest.param(10, id="ten"), pytest.param(50, id="fifty", marks=pytest.mark.long)])
def test_answers_that_come_before_the_run_is_asleep_are_lost_to_nobody(workshop: Workshop, rounds: int) -> None:
    workshop.start_executor(seconds_before_suspending=SECONDS)
    by_person = [workshop.case(f"person-{rounds}-{number}", "60") for number in range(rounds // 2)]
    by_rule = [workshop.case(f"rule-{rounds}-{number}", "12") for number in range(rounds // 2)]
    for case in by_person:
        workshop.answer(workshop.question(case), Verdict.APPROVE)
    ends = [workshop.ended(case) for case in by_person + by_rule]
    assert {case.state for case in ends} == {"delivered"}
    assert [workshop.effects(case) for case in ends] == [1] * len(ends)


@pytest.mark.promise("A4.1")
def test_an_answer_between_the_last_look_and_the_sleep_wakes_the_run(workshop: Workshop) -> None:
    workshop.start_executor(seconds_before_suspending=SECONDS)
    case = workshop.case("after-the-look", "60")
    workshop.answer(workshop.question(case), Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"


@pytest.mark.promise("A4.1", "A4.2")
@pytest.mark.parametrize(("slug", "cost"), [("rule-is-faster", "12"), ("person-is-faster", "60")])
def test_an_answer_before_the_run_says_that_it_waits_is_seen_by_its_last_look(
    workshop: Workshop, slug: str, cost: str
) -> None:
    workshop.start_executor(seconds_before_waiting=SECONDS)
    case = workshop.case(slug, cost)
    point = workshop.question(case)
    if point.state is State.OPEN:
        workshop.answer(point, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"


@pytest.mark.promise("A4.3", "A4.4")
def test_resume_pressed_by_hand_three_times_approves_nothing_and_breaks_nothing(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("by-hand", "60")
    for _ in range(3):
        run = workshop.asleep(case)
        resumed = httpx.post(f"{workshop.office.desk.prefect_api_url}/flow_runs/{run['id']}/resume", json={})
        assert resumed.json()["status"] == "ACCEPT"
        eventually(partial(workshop.moved_on, case, run), "a pass that was resumed")
    workshop.asleep(case)
    point = workshop.question(case)
    assert (point.state, point.permit, workshop.effects(case)) == (State.OPEN, None, 0)
    workshop.answer(point, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"
    assert workshop.effects(case) == 1


def test_prefects_server_killed_and_started_while_a_case_sleeps(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("sleeper", "60")
    workshop.asleep(case)
    workshop.prefect.kill()
    recorded = workshop.answer(workshop.question(case), Verdict.APPROVE)
    assert recorded.state is State.APPROVED
    workshop.prefect.start()
    assert workshop.ended(case).state == "delivered"
    assert workshop.effects(case) == 1


@pytest.mark.promise("B6.1")
def test_a_run_that_was_killed_finds_its_own_open_question(workshop: Workshop) -> None:
    workshop.start_executor(seconds_before_suspending=30)
    case = workshop.case("killed", "60")
    point = workshop.question(case)
    workshop.kill_executors()
    again = {"state": {"type": "SCHEDULED", "name": "Scheduled"}, "force": True}
    url = f"{workshop.office.desk.prefect_api_url}/flow_runs/{workshop.flow_run(case)['id']}/set_state"
    assert httpx.post(url, json=again).json()["status"] == "ACCEPT"
    workshop.start_executor()
    workshop.asleep(case)
    asked = [shown.point for shown in reading.story(workshop.office.desk, case.slug).cards]
    assert [p.id for p in asked] == [point.id]
    workshop.answer(point, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"
    assert workshop.question(case).permit is Permit.DONE


def test_a_suspended_run_says_in_prefects_list_what_it_waits_for(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("tagged", "60")
    workshop.asleep(case)
    wanted = "waits: tagged/1 spend"
    run = eventually(lambda: r if wanted in (r := workshop.flow_run(case))["tags"] else None, "the tag")  # type: ignore[operator]
    assert run["name"] == "tagged · main"
    found = {"artifacts": {"flow_run_id": {"any_": [str(run["id"])]}}}
    artifacts = httpx.post(f"{workshop.office.desk.prefect_api_url}/artifacts/filter", json=found).json()
    assert any("/checkpoints/tagged/1" in artifact["data"] for artifact in artifacts)
    workshop.answer(workshop.question(case), Verdict.REJECT, note="not needed")
    assert workshop.ended(case).state == "refused"
    eventually(lambda: wanted not in workshop.flow_run(case)["tags"] or None, "the tag's end")  # type: ignore[operator]
