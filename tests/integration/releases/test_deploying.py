"""Releases from build to production and back: what is shown is of this very image, and what was approved is served."""

import pytest

from agents.delivery.project import Project
from checkpoints.actions import reading
from checkpoints.core.digest import short
from checkpoints.core.model import Fact, Risk, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.release import Environment
from flows.delivery.phases.releases import deploy_again, deploy_production, deploy_staging, roll_back
from flows.delivery.phases.reviews import review_security
from flows.outcomes import NotNeeded, Refusal, Settled
from flows.work import Work
from tests.integration.releases.conftest import Delivery, Follow

STAGING, PRODUCTION = Environment.STAGING, Environment.PRODUCTION


def facts(point: Checkpoint) -> dict[str, Fact]:
    return {fact.label: fact for fact in point.request.facts}


def image(point: Checkpoint) -> object:
    return point.request.subject.parameters["release"]


def to_production(work: Work, project: Project) -> Settled | Refusal | NotNeeded:
    return deploy_again(work, project, PRODUCTION)


def test_a_staging_deployment_that_costs_little_is_served_by_the_rule(delivery: Delivery) -> None:
    done = delivery.settled("staging-deployment", deploy_staging)
    assert done.point.decision is not None
    assert done.point.decision.by_rule
    assert facts(done.point)["Tests"].value == "12/12 passing"
    served = delivery.shelf.served[STAGING]
    assert (served.digest, served.address) == (image(done.point), done.result["address"])
    assert [file.name for file in done.point.request.attachments] == ["tests.txt"]


def test_a_failing_test_brings_a_person_in_who_may_have_it_built_anew(delivery: Delivery) -> None:
    delivery.shelf.failing = ("test_mail",)
    point = delivery.asked("staging-deployment", deploy_staging)
    assert point.request.risks == (Risk.FAILURE,)
    assert facts(point)["Tests"] == Fact("Tests", "11/12 passing; failing: test_mail", dangerous=True)
    delivery.shelf.failing, delivery.shelf.content = (), "two"
    delivery.answer(point, Verdict.CHANGES, "rebuild, it is mended")
    done = delivery.settled("staging-deployment", deploy_staging)
    assert (done.point.number, done.point.revision) == (1, 2)
    assert any(line.startswith("Tests: 11/12") for line in done.point.request.changed)
    assert delivery.shelf.served[STAGING].digest == image(done.point) != image(point)


def test_what_never_gets_healthy_is_asked_about_by_a_person_and_not_tried_for_ever(delivery: Delivery) -> None:
    delivery.shelf.healthy = False
    asked = delivery.asked("staging-deployment", deploy_staging)
    assert (asked.number, asked.kind) == (2, "escalation")
    assert facts(asked)["Recognised as"].value == "failed health check"
    delivery.shelf.healthy = True
    done = delivery.settled("staging-deployment", deploy_staging, {"next": "retry"})
    assert done.point.number == 1
    assert delivery.shelf.ran.count(f"deploy staging {str(image(done.point))[:4]}") == 1


def test_another_image_can_be_deployed_instead_of_what_never_gets_healthy(delivery: Delivery) -> None:
    delivery.shelf.healthy = False
    asked = delivery.asked("staging-deployment", deploy_staging)
    delivery.shelf.healthy, delivery.shelf.content = True, "mended"
    delivery.answer(asked, note="rebuild", given={"next": "instead"})
    done = delivery.settled("staging-deployment", deploy_staging)
    assert (done.point.number, done.point.attempt) == (3, 2)
    assert done.point.request.changed[0].startswith("Image: ")


def test_tests_and_scan_run_once_for_an_image_however_often_the_run_begins_again(delivery: Delivery) -> None:
    delivery.shelf.failing = ("test_mail",)
    for _ in range(3):
        delivery.asked("staging-deployment", deploy_staging)
    assert len(delivery.shelf.ran) == 1


def test_production_is_asked_with_what_each_run_showed_of_the_staged_image(delivery: Delivery) -> None:
    staged = delivery.settled("staging-deployment", deploy_staging)
    reviewed = delivery.settled("security-review", review_security)
    delivery.shelf.content = "changed since"
    point = delivery.asked("production-deployment", deploy_production)
    shown = facts(point)
    assert image(point) == image(staged.point) == image(reviewed.point)
    assert shown["Tests"].value == f"12/12 passing, says {staged.point.label}"
    assert shown["Scan"].value.endswith(f"says {reviewed.point.label}")
    assert shown["Staging"].value.startswith(f"verified now: {delivery.shelf.served[STAGING].address} answers")
    assert not any(fact.dangerous for fact in shown.values())
    assert {file.name for file in point.request.attachments} == {"tests.txt", "scan.json", "load.json"}
    done = delivery.settled("production-deployment", deploy_production)
    assert done.result == {
        "environment": "production", "release": image(point), "address": done.result["address"], "before": "",
    }  # fmt: skip
    assert delivery.shelf.served[PRODUCTION].digest == image(point)


def test_without_a_review_production_scans_by_itself_and_shows_what_it_finds(delivery: Delivery) -> None:
    delivery.shelf.high = 1
    delivery.settled("staging-deployment", deploy_staging)
    point = delivery.asked("production-deployment", deploy_production)
    assert facts(point)["Scan"] == Fact("Scan", "1 high, 0 medium, 0 low; no secrets found", dangerous=True)


def test_staging_that_serves_another_image_is_not_verified(delivery: Delivery) -> None:
    delivery.settled("staging-deployment", deploy_staging)
    delivery.shelf.served.clear()
    assert facts(delivery.asked("production-deployment", deploy_production))["Staging"].dangerous


def test_a_second_look_is_a_revision_with_what_changed(delivery: Delivery) -> None:
    delivery.settled("staging-deployment", deploy_staging)
    kept = dict(delivery.shelf.served)
    delivery.shelf.served.clear()
    delivery.asked("production-deployment", deploy_production)
    delivery.shelf.served.update(kept)
    point = delivery.change("production-deployment", deploy_production, "look again")
    assert point.revision == 2
    assert [line.partition(":")[0] for line in point.request.changed] == ["Staging"]


def test_an_approval_is_void_once_production_serves_something_else(delivery: Delivery) -> None:
    delivery.settled("staging-deployment", deploy_staging)
    first = delivery.asked("production-deployment", deploy_production)
    other = delivery.shelf.build("", "").digest.replace("7", "8")
    delivery.shelf.images[other] = delivery.shelf.images[str(image(first))]
    delivery.shelf.deploy("", PRODUCTION, other, ())
    delivery.answer(first)
    second = delivery.asked("production-deployment", deploy_production)
    assert second.number == first.number + 1
    assert second.request.subject.parameters["instead_of"] == other
    assert "Asked anew" in facts(second)


def test_what_was_never_on_staging_is_not_asked_about_for_production(delivery: Delivery) -> None:
    refused = delivery.go_on("deploy-production/1", to_production)
    assert isinstance(refused, Refusal)
    assert "was never on staging" in refused.sentence


def test_a_deployment_on_demand_shows_runs_of_its_own(delivery: Delivery) -> None:
    delivery.settled("staging-deployment", deploy_staging)
    before = len(delivery.shelf.ran)
    point = delivery.asked("deploy-production/1", to_production)
    assert [line.split()[0] for line in delivery.shelf.ran[before:]] == ["test", "scan", "load"]
    assert facts(point)["Tests"].value == "12/12 passing"


@pytest.mark.parametrize("served", [False, True])
def test_without_a_release_before_there_is_nothing_to_roll_back_to(delivery: Delivery, served: bool) -> None:
    if served:
        delivery.settled("staging-deployment", deploy_staging)
        delivery.settled("production-deployment", deploy_production)
    refused = delivery.go_on("rollback-production/1", roll_back)
    assert isinstance(refused, Refusal)
    assert refused.sentence.startswith("There is nothing to go back to")


def deliver(delivery: Delivery, content: str, number: int) -> object:
    """A release on staging and in production; its digest."""
    delivery.shelf.content = content
    delivery.settled(f"deploy-staging/{number}", deploy_staging)
    return delivery.settled(f"deploy-production/{number}", to_production).result["release"]


def test_a_rollback_serves_the_image_before_with_what_is_recorded_of_it(delivery: Delivery) -> None:
    first, second = (deliver(delivery, content, number) for number, content in enumerate(("one", "two")))
    ran = len(delivery.shelf.ran)
    point = delivery.asked("rollback-production/1", roll_back)
    assert delivery.shelf.ran[ran:] == []
    assert image(point) == first
    assert point.request.subject.parameters["instead_of"] == second
    assert facts(point)["Tests"].value.startswith("12/12 passing, says read-later-digest/")
    assert facts(point)["Scan"].value.startswith("0 high, 0 medium, 0 low; no secrets found, says")
    assert "back to" in facts(point)["Rollback"].value
    delivery.settled("rollback-production/1", roll_back)
    assert delivery.shelf.served[PRODUCTION].digest == first
    assert isinstance(delivery.go_on("rollback-production/1", roll_back), Settled)


def test_what_was_put_back_has_no_release_to_go_back_to_and_the_story_names_what_is_served(delivery: Delivery) -> None:
    first, second = (deliver(delivery, content, number) for number, content in enumerate(("one", "two")))
    told = in_story(delivery)
    assert [line.partition(" is served at ")[0] for line in told] == [
        f"{where}: {short(str(second))}" for where in ("Production", "Staging")
    ]
    back = delivery.settled("rollback-production/1", roll_back)
    refused = delivery.go_on("rollback-production/2", roll_back)
    assert isinstance(refused, Refusal)
    assert "put back itself" in refused.sentence
    assert delivery.shelf.served[PRODUCTION].digest == first
    assert in_story(delivery)[0].endswith(f"{back.result['address']}, as {back.point.label} approved it.")


def in_story(delivery: Delivery) -> tuple[str, ...]:
    return reading.story(delivery.office.desk, delivery.case.slug).served


def test_a_rollback_to_what_nothing_is_recorded_of_says_so(delivery: Delivery) -> None:
    for content in ("one", "two"):
        delivery.shelf.content = content
        delivery.shelf.deploy("", PRODUCTION, delivery.shelf.build("", "").digest, ())
    shown = facts(delivery.asked("rollback-production/1", roll_back))
    assert [shown[label].dangerous for label in ("Tests", "Scan")] == [True, True]


def test_a_rejected_rollback_leaves_production_as_it_was(delivery: Delivery) -> None:
    second = [deliver(delivery, content, number) for number, content in enumerate(("one", "two"))][1]
    delivery.answer(delivery.asked("rollback-production/1", roll_back), Verdict.REJECT, "no need")
    follow: Follow = roll_back
    assert isinstance(delivery.go_on("rollback-production/1", follow), Refusal)
    assert delivery.shelf.served[PRODUCTION].digest == second
