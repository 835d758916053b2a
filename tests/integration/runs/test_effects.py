"""What follows a yes on a real run: an effect that fails, one that nobody knows of, one whose subject was swapped."""

from pathlib import Path

import httpx
import pytest

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import acting
from checkpoints.actions.courses import opening
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import Item, NewCase, Stage
from checkpoints.fence import Fence
from checkpoints.terraform.runner import Runner
from flows.delivery import brief
from flows.gate import Question, answered
from tests.stage.desks import Office, spend
from tests.stage.passes import passes
from tests.stage.runs import Workshop, eventually
from tests.stage.wires.plain import NOBODY

SAMPLE = Path(brief.__file__).with_name("read-later-digest.toml")
CHOSEN = {"region": "us-east-1", "database_size": "db.t3.micro", "container_size": "small", "web_tasks": "2"}


def now(workshop: Workshop, point: Checkpoint) -> Checkpoint:
    return reading.show(workshop.office.desk, point.label).point


def sleeping_at(workshop: Workshop, case: Case, kind: str, after: int = 0) -> Checkpoint:
    """The open question of a kind with a number above `after`, once its run sleeps at it."""

    def there() -> Checkpoint | None:
        points = [shown.point for shown in reading.story(workshop.office.desk, case.slug).cards]
        found = (p for p in points if p.kind == kind and p.number > after and p.state is State.OPEN)
        return next((p for p in found if sleeps(workshop, p)), None)

    return eventually(there, f"{kind} of {case.slug}")


def sleeps(workshop: Workshop, point: Checkpoint) -> bool:
    run = httpx.get(f"{workshop.office.desk.prefect_api_url}/flow_runs/{point.prefect_id}", verify=NOBODY).json()
    return bool(run["state_name"] == "Suspended")


def test_an_effect_that_failed_is_tried_again_only_when_a_person_says_so(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("flaky", "60", troubles=("unavailable",))
    point = workshop.question(case)
    workshop.answer(point, Verdict.APPROVE)
    asked = workshop.question(case, 2)
    assert (asked.kind, now(workshop, point).permit, workshop.effects(case)) == ("escalation", Permit.FAILED, 0)
    workshop.answer(asked, Verdict.APPROVE, fields={"next": "retry"})
    assert workshop.ended(case).state == "delivered"
    assert (workshop.effects(case), now(workshop, point).permit) == (1, Permit.DONE)
    assert now(workshop, asked).permit is Permit.DONE


def test_an_effect_that_failed_is_left_when_a_person_says_so(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("left", "60", troubles=("unavailable",))
    workshop.answer(workshop.question(case), Verdict.APPROVE)
    workshop.answer(workshop.question(case, 2), Verdict.APPROVE, fields={"next": "stop"})
    assert workshop.ended(case).state == "refused"
    assert workshop.effects(case) == 0


@pytest.mark.parametrize(("found", "effects", "permit"), [("done", 0, Permit.DONE), ("failed", 1, Permit.DONE)])
def test_what_nobody_knows_is_never_repeated_before_a_person_looked(
    workshop: Workshop, found: str, effects: int, permit: Permit
) -> None:
    workshop.start_executor()
    case = workshop.case(f"lost-{found}", "60", troubles=("unknown",))
    point = workshop.question(case)
    workshop.answer(point, Verdict.APPROVE)
    asked = workshop.question(case, 2)
    assert (asked.kind, now(workshop, point).permit) == ("reconcile", Permit.UNKNOWN)
    workshop.answer(asked, Verdict.APPROVE, fields={"outcome": found})
    assert workshop.ended(case).state == "delivered"
    assert (workshop.effects(case), now(workshop, point).permit) == (effects, permit)


def test_what_was_found_done_and_must_be_undone_becomes_a_task(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("undone", "60", troubles=("unknown",))
    workshop.answer(workshop.question(case), Verdict.APPROVE)
    workshop.answer(workshop.question(case, 2), Verdict.APPROVE, fields={"outcome": "undo"})
    task = workshop.question(case, 3)
    assert task.kind == "manual-task"
    workshop.answer(task, Verdict.APPROVE, fields={"outcome": "done"})
    assert workshop.ended(case).state == "delivered"
    assert workshop.effects(case) == 0


def test_what_can_t_be_done_as_approved_is_void_and_asked_under_a_new_number(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("stale", "60", troubles=("refused",))
    point = workshop.question(case)
    workshop.answer(point, Verdict.APPROVE)
    again = workshop.question(case, 2)
    assert (now(workshop, point).state, again.question, again.attempt) == (State.VOID, point.question, 2)
    workshop.answer(again, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"
    assert workshop.effects(case) == 1


@pytest.mark.parametrize(
    ("slug", "wish", "says"),
    [("green", "paint it green", "I can't: paint it green"), ("task", "make it a task", "can't change the kind")],
)
def test_what_an_agent_can_t_change_is_withdrawn_and_an_escalation_names_it(
    workshop: Workshop, slug: str, wish: str, says: str
) -> None:
    workshop.start_executor()
    case = workshop.case(slug, "60")
    point = workshop.question(case)
    workshop.answer(point, Verdict.CHANGES, note=wish)
    asked = workshop.question(case, 2)
    assert asked.kind == "escalation"
    assert point.label in asked.request.action
    assert now(workshop, point).state is State.WITHDRAWN
    assert says in now(workshop, point).because
    workshop.answer(asked, Verdict.APPROVE, fields={"next": "retry"})
    workshop.answer(workshop.question(case, 3), Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"


@pytest.mark.promise("D2.2")
def test_a_new_plan_after_the_yes_voids_the_approval_and_nothing_is_applied(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.deliver(SAMPLE.read_bytes())
    workshop.answer(workshop.question(case, 1), Verdict.APPROVE)
    workshop.answer(workshop.question(case, 2), Verdict.APPROVE, fields=CHOSEN)
    point = sleeping_at(workshop, case, "terraform-plan")
    workshop.kill_executors()

    workshop.answer(point, Verdict.APPROVE)
    settings = workshop.office.settings
    Runner(Fence.of(settings)).plan(case.slug, "sandbox", {"project": case.slug, "database_size": "db.t3.medium"})

    workshop.start_executor()
    again = sleeping_at(workshop, case, "terraform-plan", after=point.number)
    assert now(workshop, point).state is State.VOID
    assert not (settings.cases / case.slug / "stack" / "terraform.tfstate").exists()
    workshop.answer(again, Verdict.APPROVE)
    eventually(lambda: now(workshop, again).permit is Permit.DONE or None, "the apply")


def test_a_delivery_goes_on_when_a_person_found_that_the_plan_was_applied(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.deliver(SAMPLE.read_bytes().replace(b"Read Later Digest", b"Found Done"))
    workshop.answer(workshop.question(case, 1), Verdict.APPROVE)
    workshop.answer(workshop.question(case, 2), Verdict.APPROVE, fields=CHOSEN)
    point = sleeping_at(workshop, case, "terraform-plan")
    workshop.kill_executors()
    approved = workshop.answer(point, Verdict.APPROVE)
    assert point.run_id is not None
    run = reading.run(workshop.office.asker, point.run_id)
    assert run is not None
    acting.begin(workshop.office.asker, run, approved, f"apply the plan ({point.label})", point.digest, {})

    workshop.start_executor()
    question = sleeping_at(workshop, case, "reconcile")
    assert now(workshop, point).permit is Permit.UNKNOWN
    workshop.answer(question, Verdict.APPROVE, fields={"outcome": "done"})

    def gone_on() -> Stage | None:
        plan = reading.story(workshop.office.desk, case.slug).plan
        return next((item.stage for item in plan if item.branch == "terraform-plan" and item.stage is Stage.DONE), None)

    eventually(gone_on, "the branch's end")
    assert now(workshop, point).permit is Permit.DONE


def test_what_nobody_foresaw_becomes_a_question(workshop: Workshop) -> None:
    workshop.start_executor()
    plan = (Item("project-approval", "project-approval", "Project approval"),)
    damaged = NewCase("damaged", "delivery", "Damaged", "Client Inc.", None, {"name": "no brief"}, plan)
    case = opening.open_case(workshop.office.desk, workshop.office.mira, damaged)
    question = workshop.question(case, 1)
    assert question.kind == "escalation"
    assert "ValidationError" in question.request.facts[0].value
    assert [value for value, _ in question.request.fields[0].choices] == ["retry", "stop"]
    workshop.answer(question, Verdict.APPROVE, fields={"next": "retry"})
    again = workshop.question(case, 2)
    tries = [fact.value for fact in again.request.facts if fact.label == "What was tried"]
    assert len(tries) == 2
    workshop.answer(again, Verdict.APPROVE, fields={"next": "stop"})
    assert workshop.ended(case).state == "refused"


def test_another_flow_run_started_by_hand_does_nothing(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("twice", "60")
    point = workshop.question(case)
    workshop.asleep(case)
    api = workshop.office.desk.prefect_api_url
    deployment = httpx.get(f"{api}/deployments/name/asking/asking").json()["id"]
    stray = httpx.post(
        f"{api}/deployments/{deployment}/create_flow_run", json={"parameters": {"run": str(point.run_id)}}
    ).json()["id"]

    def failed() -> bool | None:
        return httpx.get(f"{api}/flow_runs/{stray}", verify=NOBODY).json()["state_type"] == "FAILED" or None

    eventually(failed, "the stray run's end")
    assert [shown.point.id for shown in reading.story(workshop.office.desk, case.slug).cards] == [point.id]
    workshop.answer(point, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"
    assert workshop.effects(case) == 1


def test_a_refused_project_is_reopened_under_a_new_number_and_runs_again(workshop: Workshop) -> None:
    workshop.start_executor()
    case = workshop.case("second-chance", "60")
    point = workshop.question(case)
    workshop.answer(point, Verdict.REJECT, note="too dear")
    assert workshop.ended(case).state == "refused"
    opening.reopen(workshop.office.desk, workshop.office.ada, point.id, "the client pays more")
    again = workshop.question(case, 2)
    assert again.reopens == point.label
    workshop.answer(again, Verdict.APPROVE)
    eventually(lambda: workshop.ended(case).state == "delivered" or None, "the delivery")
    assert workshop.effects(case) == 1


def test_an_answer_whose_reading_was_cut_off_is_read_once_more_and_nobody_is_asked_about_it(office: Office) -> None:
    question = Question("task", lambda _: spend("60"), lambda request, _: request)
    run = passes(office, "sample", lambda work: answered(work, question))
    assert run.go() is None
    point = run.points()[0]
    deciding.answer(office.desk, office.ada, deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE))
    (point,) = run.points()
    acting.begin(run.work.desk, run.work.run, point, f"read the answer ({point.label})", point.digest, {})
    assert run.points()[0].permit is Permit.BEGUN
    run.go()
    (read,) = run.points()
    assert read.permit is Permit.DONE
