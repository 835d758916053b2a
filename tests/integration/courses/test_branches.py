"""Branches: started in the plan's order, side by side; what one ends with is what the others go on with."""

from datetime import timedelta

import pytest

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import requesting, submitting, waiting
from checkpoints.actions.courses import opening, waking
from checkpoints.core.errors import NotYourCall
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import Stage
from checkpoints.store.work.waits import Wait
from tests.integration.courses.planned import PlannedCase
from tests.integration.desk.moments import later
from tests.stage.desks import Office, spend


def answer(office: Office, point: Checkpoint, verdict: Verdict) -> Checkpoint:
    return deciding.answer(
        office.desk, office.ada, deciding.Press(point.id, point.revision, point.digest, verdict, note="so")
    )


def test_each_branch_begins_once_the_one_before_it_has_asked(project: PlannedCase) -> None:
    project.start("api-credential/pocket", "api-credential/sendgrid", "terraform-plan")
    assert project.on_their_way() == {"main", "api-credential/pocket"}
    pocket = project.ask("api-credential/pocket")
    assert "api-credential/sendgrid" in project.on_their_way()
    assert "terraform-plan" not in project.on_their_way()
    sendgrid = project.ask("api-credential/sendgrid")
    plan = project.ask("terraform-plan")
    assert [p.number for p in (pocket, sendgrid, plan)] == [1, 2, 3]
    assert {point.state for point in (pocket, sendgrid, plan)} == {State.OPEN}


def test_a_branch_that_ends_without_asking_lets_the_next_begin(project: PlannedCase) -> None:
    project.start("api-credential/pocket", "api-credential/sendgrid")
    project.end("api-credential/pocket", "refused", "nobody knows the service")
    assert "api-credential/sendgrid" in project.on_their_way()


def test_branches_started_later_queue_up_behind_one_that_has_not_asked_yet(project: PlannedCase) -> None:
    project.start("api-credential/pocket")
    project.start("terraform-plan")
    assert "terraform-plan" not in project.on_their_way()
    project.ask("api-credential/pocket")
    assert "terraform-plan" in project.on_their_way()


@pytest.mark.parametrize("branch", ["staging-deployment", "no-such-branch"])
def test_what_isn_t_planned_or_not_its_turn_is_not_started(project: PlannedCase, branch: str) -> None:
    project.start(branch)
    assert [run.branch for run in project.alive()] == ["main"]
    with project.office.desk.transaction() as tx:
        why = tx.exec_driver_sql("select refused from desk.submission where verb = 'start' order by id desc").scalar()
    assert "can't begin" in str(why)


def test_a_branch_that_runs_is_not_started_twice(project: PlannedCase) -> None:
    project.start("terraform-plan")
    project.start("terraform-plan", "api-credential/pocket")
    assert [run.branch for run in project.alive()] == ["main", "terraform-plan", "api-credential/pocket"]


def test_the_main_run_is_woken_when_a_branch_ends_and_not_before(project: PlannedCase) -> None:
    project.start("terraform-plan")
    main = project.run()
    _, course = reading.course(project.office.asker, project.case)
    waiting.sleep_for(project.office.asker, main, Wait(course=course))
    assert not reading.has_news(project.office.desk, main.id)
    project.ask("terraform-plan")
    assert not reading.has_news(project.office.desk, main.id)
    project.end("terraform-plan")
    assert reading.has_news(project.office.desk, main.id)


def test_a_branch_that_ends_leaves_nothing_of_its_own_open(project: PlannedCase) -> None:
    project.start("terraform-plan", "api-credential/pocket")
    mine = project.ask("terraform-plan")
    theirs = project.ask("api-credential/pocket")
    project.end("terraform-plan", "refused", "it could not go on")
    assert project.office.show(mine).state is State.WITHDRAWN
    assert project.office.show(theirs).state is State.OPEN


def test_the_story_says_what_blocks_what_and_a_reopening_frees_it(project: PlannedCase) -> None:
    office = project.office
    project.start("api-credential/pocket")
    point = answer(office, project.ask("api-credential/pocket"), Verdict.REJECT)
    project.end("api-credential/pocket", "refused", f"{point.label} was rejected: so")
    blocked = project.plan()["staging-deployment"]
    assert blocked.stage is Stage.BLOCKED
    assert f"blocked by {point.number} (API credential: Pocket)" in blocked.words
    assert "Staging deployment is blocked by" in reading.story(office.desk, project.case.slug).line
    again = opening.reopen(office.desk, office.ada, point.id, "the account is back")
    assert project.stages()["staging-deployment"] is Stage.PLANNED
    assert again.run_id == project.run("api-credential/pocket").id


def test_a_case_ends_undelivered_and_a_reopening_lets_its_main_run_go_on(project: PlannedCase) -> None:
    office = project.office
    project.start("api-credential/pocket", "api-credential/sendgrid", "terraform-plan")
    point = answer(office, project.ask("api-credential/pocket"), Verdict.REJECT)
    project.end("api-credential/pocket", "refused")
    for branch in ("api-credential/sendgrid", "terraform-plan"):
        project.end(branch)
    project.start("domain")
    project.end("domain")
    project.deliver("undelivered")
    assert project.state() == "undelivered"
    assert project.alive() == []
    opening.reopen(office.desk, office.ada, point.id, "the account is back")
    assert project.state() == "running"
    assert {run.branch for run in project.alive()} == {"main", "api-credential/pocket"}


def test_a_main_run_that_knew_an_older_course_does_not_end_the_case(project: PlannedCase) -> None:
    office = project.office
    _, course = reading.course(office.desk, project.case)
    project.start("terraform-plan")
    main = project.run()
    project.end("terraform-plan", "refused")
    submitting.ended(office.asker, main, "undelivered", "as I saw it", course)
    office.receive()
    assert project.state() == "running"
    assert project.run().id != main.id


def test_a_person_who_stopped_the_main_run_ends_the_case_whatever_its_course(project: PlannedCase) -> None:
    submitting.ended(project.office.asker, project.run(), "undelivered", "stopped")
    project.office.receive()
    assert project.state() == "undelivered"


@pytest.mark.parametrize(
    ("branch", "state"), [("main", "done"), ("main", "cancelled"), ("terraform-plan", "delivered")]
)
def test_a_last_word_that_this_run_can_t_say_is_refused(project: PlannedCase, branch: str, state: str) -> None:
    project.start("terraform-plan")
    submitting.ended(project.office.asker, project.run(branch), state, "over")
    project.office.receive()
    assert project.state() == "running"
    assert project.stages()["terraform-plan"] is Stage.OPEN


def test_a_delivered_case_is_looked_after_by_a_run_that_lives_on(project: PlannedCase) -> None:
    for branch in ("api-credential/pocket", "api-credential/sendgrid", "terraform-plan"):
        project.start(branch)
        project.end(branch)
    for branch in ("domain", "staging-deployment", "production-deployment"):
        project.start(branch)
        project.end(branch)
    project.deliver("delivered")
    assert project.state() == "delivered"
    assert [run.branch for run in project.alive()] == ["care"]
    alarm = requesting.ask(project.office.asker, project.run("care"), "alarm", 1, spend("60"))
    project.office.receive()
    assert project.office.show(alarm).state is State.OPEN


def test_a_run_that_waits_for_a_moment_is_called_then_and_once(project: PlannedCase) -> None:
    office, main = project.office, project.run()
    due = reading.now(office.desk) + timedelta(hours=1)
    waiting.sleep_for(office.asker, main, Wait(due_at=due))
    assert not waking.call_next(office.desk)
    seconds = waking.seconds_to_next(office.desk)
    assert seconds is not None
    assert 3500 < seconds <= 3600
    later(office, "1 hour")
    assert waking.call_next(office.desk)
    assert not waking.call_next(office.desk)
    assert reading.has_news(office.desk, main.id)
    waiting.mark_read(office.asker, main)
    assert not reading.has_news(office.desk, main.id)


def test_a_run_sleeps_for_one_set_of_things_at_a_time(project: PlannedCase) -> None:
    office, main = project.office, project.run()
    waiting.sleep_for(office.asker, main, Wait(due_at=reading.now(office.desk)))
    assert reading.has_news(office.desk, main.id)
    _, course = reading.course(office.desk, project.case)
    waiting.sleep_for(office.asker, main, Wait(course=course))
    assert not reading.has_news(office.desk, main.id)


def test_the_asker_can_t_start_a_run_or_change_a_plan_by_itself(project: PlannedCase) -> None:
    for statement in (
        "insert into desk.run (case_id, branch, made_at) select case_id, 'mine', made_at from desk.run limit 1",
        "update desk.plan_item set waived_by = 'me'",
        "update desk.case_file set course = 99",
        "update desk.run set outcome = 'done'",
    ):
        with pytest.raises(NotYourCall, match="may not do that"), project.office.asker.transaction() as tx:
            tx.exec_driver_sql(statement)
