"""A person waives a part of the plan, cancels a case, asks for a deployment: who may, when, and what follows."""

from dataclasses import replace

import pytest

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import requesting
from checkpoints.actions.courses import cancelling, deploying, opening, waiving
from checkpoints.core.errors import IllegalMove, NeedsFactor, NotYourCall, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import Stage
from checkpoints.core.work.release import Environment
from tests.integration.courses.planned import PlannedCase
from tests.stage.desks import Office, spend


def approve(office: Office, point: Checkpoint) -> Checkpoint:
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    return deciding.answer(office.desk, office.ada, press)


def test_what_is_waived_is_withdrawn_and_what_waited_for_it_goes_on(project: PlannedCase) -> None:
    office = project.office
    project.start("api-credential/pocket", "api-credential/sendgrid", "terraform-plan")
    point = project.ask("api-credential/pocket")
    done = waiving.waive(office.desk, office.ada, point.label, "there is no reader")
    assert (done.label, done.title) == ("planned/api-credential/pocket", "API credential: Pocket")
    assert office.show(point).state is State.WITHDRAWN
    project.end("api-credential/pocket", "refused", "withdrawn")
    assert project.stages()["api-credential/pocket"] is Stage.NOT_NEEDED
    assert "Ada said so: there is no reader" in project.plan()["api-credential/pocket"].words
    for branch in ("api-credential/sendgrid", "terraform-plan"):
        project.end(branch)
    assert project.stages()["staging-deployment"] is Stage.READY


def test_a_part_that_was_never_asked_is_waived_by_its_name(project: PlannedCase) -> None:
    waiving.waive(project.office.desk, project.office.ada, "planned/domain", "the client has one")
    assert project.stages()["domain"] is Stage.NOT_NEEDED


def test_what_several_must_decide_is_not_waived_by_one(project: PlannedCase) -> None:
    kinds = dict(project.office.desk.kinds)
    kinds["domain"] = replace(kinds["domain"], floor=(Role.TO, Role.TO))
    desk = replace(project.office.desk, kinds=kinds)
    with pytest.raises(NotYourCall, match="decided by 2 technical operators: one person alone can't say"):
        waiving.waive(desk, project.office.ada, "planned/domain", "the client has one")
    assert project.stages()["domain"] is not Stage.NOT_NEEDED


def test_waiving_what_blocked_an_undelivered_case_lets_it_go_on(project: PlannedCase) -> None:
    office = project.office
    project.start("terraform-plan")
    project.end("terraform-plan", "refused", "no")
    project.start("api-credential/pocket", "api-credential/sendgrid")
    project.end("api-credential/pocket")
    project.end("api-credential/sendgrid")
    project.deliver("undelivered")
    assert project.state() == "undelivered"
    waiving.waive(office.desk, office.ada, "planned/terraform-plan", "the client runs it")
    assert project.state() == "running"
    assert project.stages()["staging-deployment"] is Stage.READY
    assert [run.branch for run in project.alive()] == ["main"]


def test_only_who_decides_the_kind_may_waive_it_and_says_why(project: PlannedCase) -> None:
    with pytest.raises(NotYourCall, match="that is for a technical operator"):
        waiving.waive(project.office.desk, project.office.mira, "planned/domain", "no need")
    with pytest.raises(Refused, match="Say why"):
        waiving.waive(project.office.desk, project.office.ada, "planned/domain", "  ")
    assert project.stages()["domain"] is Stage.PLANNED


def test_a_kind_with_a_second_factor_is_waived_with_it(project: PlannedCase) -> None:
    office = project.office
    with pytest.raises(NeedsFactor):
        waiving.waive(office.desk, office.ada, "planned/production-deployment", "the client does it")
    office.enrol(office.ada)
    waiving.waive(office.desk, office.ada, "planned/production-deployment", "the client does it")
    assert project.stages()["production-deployment"] is Stage.NOT_NEEDED


def test_what_is_done_or_under_way_can_t_be_waived(project: PlannedCase) -> None:
    office = project.office
    with pytest.raises(IllegalMove, match="Project approval is done"):
        waiving.waive(office.desk, office.ada, "planned/project-approval", "why not")
    project.start("terraform-plan")
    with pytest.raises(IllegalMove, match="is under way"):
        waiving.waive(office.desk, office.ada, "planned/terraform-plan", "why not")
    approve(office, project.ask("terraform-plan"))
    with pytest.raises(IllegalMove, match="is under way"):
        waiving.waive(office.desk, office.ada, "planned/terraform-plan", "why not")


@pytest.mark.parametrize(
    "label", ["planned/nothing", "nobody/domain", "planned", "planned/99", "../..", "-x/y", "\x00/z"]
)
def test_what_names_nothing_is_refused(project: PlannedCase, label: str) -> None:
    with pytest.raises(Refused):
        waiving.waive(project.office.desk, project.office.ada, label, "why not")


def test_a_cancelled_project_leaves_nothing_open_and_is_cleaned_up(project: PlannedCase) -> None:
    office = project.office
    project.start("api-credential/pocket", "terraform-plan")
    waits = project.ask("api-credential/pocket")
    approved = approve(office, project.ask("terraform-plan"))
    case = cancelling.cancel(office.desk, office.mira, "planned", "the client left")
    assert case.state == "cancelled"
    assert "the client left" in case.outcome
    assert office.show(waits).state is State.WITHDRAWN
    assert (office.show(approved).state, office.show(approved).permit) == (State.VOID, Permit.VOID)
    assert project.alive() == []
    with office.desk.transaction() as tx:
        promised = tx.exec_driver_sql("select kind from desk.errand where done_at is null").scalars().all()
    assert promised.count("stop") == 3
    assert promised.count("clean") == 1


def test_a_cancelled_project_is_over_for_good(project: PlannedCase) -> None:
    office = project.office
    project.start("terraform-plan")
    point = project.ask("terraform-plan")
    cancelling.cancel(office.desk, office.ada, "planned", "the client left")
    with pytest.raises(IllegalMove, match="was cancelled before"):
        cancelling.cancel(office.desk, office.ada, "planned", "again")
    with pytest.raises(IllegalMove, match="nothing goes on in it"):
        opening.reopen(office.desk, office.ada, point.id, "back again")
    with pytest.raises(IllegalMove, match="nothing goes on in it"):
        waiving.waive(office.desk, office.ada, "planned/domain", "no need")
    assert project.state() == "cancelled"


def test_a_project_that_is_served_is_cancelled_with_a_second_factor(project: PlannedCase) -> None:
    office = project.office
    for branch in ("api-credential/pocket", "api-credential/sendgrid", "terraform-plan"):
        project.start(branch)
        project.end(branch)
    project.start("domain", "staging-deployment")
    project.end("domain")
    project.end("staging-deployment")
    project.start("production-deployment")
    request = spend("60", kind="spend")
    point = requesting.ask(office.asker, project.run("production-deployment"), "it", 1, request)
    office.receive()
    project.act("production-deployment", approve(office, office.show(point)))
    with office.desk.transaction() as tx:
        tx.exec_driver_sql(f"update desk.checkpoint set kind = 'production-deployment' where id = '{point.id}'")
    with pytest.raises(NeedsFactor):
        cancelling.cancel(office.desk, office.mira, "planned", "the client left")
    assert project.state() == "running"
    office.enrol(office.mira)
    assert cancelling.cancel(office.desk, office.mira, "planned", "the client left").state == "cancelled"


def test_a_client_cancels_nothing_and_nobody_cancels_what_isn_t_there(project: PlannedCase) -> None:
    office = project.office
    with pytest.raises(NotYourCall):
        cancelling.cancel(office.desk, office.person("Clio", Role.CLIENT), "planned", "no")
    with pytest.raises(Refused, match="There is no project"):
        cancelling.cancel(office.desk, office.ada, "../planned", "no")
    with pytest.raises(Refused, match="Say why"):
        cancelling.cancel(office.desk, office.ada, "planned", " ")


def test_a_deployment_that_a_person_asks_for_is_a_run_of_its_own_that_they_can_t_answer(project: PlannedCase) -> None:
    office = project.office
    grace = office.person("Grace", Role.TO)
    begun = deploying.deploy(office.desk, grace, "planned", Environment.STAGING)
    assert begun.branch == "deploy-staging/1"
    point = project.ask(begun.branch)
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    with pytest.raises(NotYourCall, match="You started"):
        deciding.answer(office.desk, grace, press)
    assert deciding.answer(office.desk, office.ada, press).state is State.APPROVED


def test_one_deployment_to_a_place_at_a_time(project: PlannedCase) -> None:
    office = project.office
    deploying.deploy(office.desk, office.ada, "planned", Environment.STAGING)
    with pytest.raises(IllegalMove, match="is at work already"):
        deploying.deploy(office.desk, office.ada, "planned", Environment.STAGING)
    assert deploying.roll_back(office.desk, office.ada, "planned").branch == "rollback-production/1"
    project.end("deploy-staging/1")
    assert deploying.deploy(office.desk, office.ada, "planned", Environment.STAGING).branch == "deploy-staging/2"
    assert reading.story(office.desk, "planned").case.state == "running"
