"""The forms of a project on its page: what is waived, cancelled, deployed; by whom, with which code."""

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.core.work.plan import Stage
from tests.integration.courses.planned import PlannedCase, planned_case
from tests.integration.page.serving import Page, hidden
from tests.stage.desks import Office


@pytest.fixture
def project(office: Office) -> PlannedCase:
    return planned_case(office)


def send(client: httpx.Client, action: str, **fields: str) -> httpx.Response:
    """Opens the project's page and sends one of its forms."""
    token = hidden(client.get("/projects/planned").text)["form_token"]
    return client.post(f"/projects/planned/{action}", data={"form_token": token} | fields)


def test_the_plan_stands_on_the_page_and_a_part_of_it_is_waived(ada: httpx.Client, project: PlannedCase) -> None:
    drawn = ada.get("/projects/planned").text
    assert "The plan" in drawn
    assert "API credential: Pocket" in drawn
    assert send(ada, "waive", branch="domain", because="The client has one.").status_code == 303
    assert project.stages()["domain"] is Stage.NOT_NEEDED
    assert "Ada said so: The client has one." in ada.get("/projects/planned").text


def test_a_part_that_reaches_production_is_waived_with_a_code(
    ada: httpx.Client, office: Office, project: PlannedCase
) -> None:
    without = send(ada, "waive", branch="production-deployment", because="The client does it.")
    assert without.status_code == 403
    assert "second factor" in without.text
    assert project.stages()["production-deployment"] is Stage.PLANNED
    app = office.enrol(office.ada)
    code = app.code(1)
    assert send(ada, "waive", branch="production-deployment", because="It does.", code=code).status_code == 303
    assert project.stages()["production-deployment"] is Stage.NOT_NEEDED


def test_a_project_is_cancelled_and_a_refused_try_stands_in_the_audit(
    ada: httpx.Client, office: Office, project: PlannedCase
) -> None:
    assert send(ada, "cancel", because="The client left.").status_code == 303
    assert project.state() == "cancelled"
    token = hidden(ada.get("/").text)["form_token"]
    again = ada.post("/projects/planned/cancel", data={"form_token": token, "because": "Twice."})
    assert again.status_code == 409
    newest = reading.audit_page(office.desk, 1).lines[0]
    assert newest.event == "try refused"
    assert "cancel" in newest.body


def test_a_deployment_and_the_way_back_are_asked_for(ada: httpx.Client, project: PlannedCase) -> None:
    assert send(ada, "deploy", environment="staging").headers["location"] == "/projects/planned#wished"
    assert send(ada, "rollback").status_code == 303
    assert {run.branch for run in project.alive()} == {"main", "deploy-staging/1", "rollback-production/1"}
    drawn = ada.get("/projects/planned").text
    assert "Deployment to staging, wish 1" in drawn
    assert "Way back in production, wish 1" in drawn
    assert "being made ready; then it is asked, under a number" in drawn


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("deploy", {"environment": "moon"}),
        ("waive", {"branch": "../..", "because": "x"}),
        ("waive", {"branch": "domain"}),
        ("cancel", {"because": "x", "more": "y"}),
    ],
)
def test_a_form_that_makes_no_sense_changes_nothing(
    ada: httpx.Client, project: PlannedCase, action: str, fields: dict[str, str]
) -> None:
    assert send(ada, action, **fields).status_code == 422
    assert [run.branch for run in project.alive()] == ["main"]
    assert project.state() == "running"


def test_a_form_of_another_site_changes_nothing(page: Page, office: Office, project: PlannedCase) -> None:
    with page.browser(office.ada) as client:
        token = hidden(client.get("/projects/planned").text)["form_token"]
        foreign = {"sec-fetch-site": "cross-site"}
        data = {"form_token": token, "because": "x"}
        assert client.post("/projects/planned/cancel", data=data, headers=foreign).status_code == 422
    assert project.state() == "running"
