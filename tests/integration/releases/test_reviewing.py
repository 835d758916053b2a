"""Reviews, monitoring, savings: people accept exactly the report that is kept, and what is set is what they chose."""

from dataclasses import replace

import pytest

from checkpoints.core.errors import Refused
from checkpoints.core.model import Verdict
from checkpoints.core.work.release import Environment
from flows.delivery.phases.development import plan_infrastructure
from flows.delivery.phases.operations import optimise_cost, set_monitoring
from flows.delivery.phases.releases import deploy_production, deploy_staging
from flows.delivery.phases.reviews import review_compliance, review_security
from flows.delivery.phases.reviews import test_load as load_test
from flows.outcomes import NotNeeded, Refusal
from tests.integration.releases.conftest import Delivery
from tests.integration.releases.test_deploying import facts, image


def test_a_review_is_of_the_staged_image_and_what_is_found_is_accepted_in_words(delivery: Delivery) -> None:
    delivery.shelf.high = 2
    staged = delivery.settled("staging-deployment", deploy_staging)
    point = delivery.asked("security-review", review_security)
    assert image(point) == image(staged.point)
    with pytest.raises(Refused, match="accepted"):
        delivery.answer(point)
    done = delivery.settled("security-review", review_security, {"accepted": "B602: known, until March"})
    assert done.result == {"release": image(point), "report": point.request.attachments[0].sha256}


def test_a_new_scan_is_of_what_is_on_staging_by_then(delivery: Delivery) -> None:
    delivery.shelf.high = 1
    delivery.settled("staging-deployment", deploy_staging)
    delivery.asked("security-review", review_security)
    delivery.shelf.content, delivery.shelf.high = "mended", 0
    mended = delivery.settled("deploy-staging/1", deploy_staging)
    point = delivery.change("security-review", review_security, "scan again")
    assert image(point) == image(mended.point)
    assert point.request.changed[0].startswith("image: ")
    assert point.request.fields == ()


def test_a_report_that_was_changed_after_the_yes_is_not_accepted(delivery: Delivery) -> None:
    delivery.settled("staging-deployment", deploy_staging)
    point = delivery.asked("security-review", review_security)
    sha256 = point.request.attachments[0].sha256
    kept = delivery.office.settings.files / sha256[:2] / sha256
    kept.chmod(0o600)
    kept.write_bytes(b"all is well")
    delivery.answer(point)
    anew = delivery.asked("security-review", review_security)
    assert anew.number == point.number + 1


def test_a_load_test_needs_something_to_be_served(delivery: Delivery) -> None:
    with pytest.raises(Refused, match="deploy first"):
        delivery.go_on("load-test", load_test)


def test_another_load_is_measured_and_shown_beside_the_first(delivery: Delivery) -> None:
    delivery.shelf.p95_ms = 900
    delivery.settled("staging-deployment", deploy_staging)
    assert facts(delivery.asked("load-test", load_test))["p95"].dangerous
    delivery.shelf.p95_ms = 90
    point = delivery.change("load-test", load_test, "5 users")
    assert "load staging 5" in delivery.shelf.ran
    assert any(line.startswith("p95: 900 ms") for line in point.request.changed)
    assert delivery.settled("load-test", load_test).result["report"] == point.request.subject.parameters["report"]


def test_a_compliance_review_finds_what_the_plan_showed(delivery: Delivery) -> None:
    plan = delivery.settled("terraform-plan", plan_infrastructure)
    delivery.settled("staging-deployment", deploy_staging)
    point = delivery.asked("compliance-review", review_compliance)
    shown = facts(point)
    assert (
        shown["GDPR, Encryption at rest (Art. 32(1)(a))"].value
        == f"✓ {plan.point.label}: aws_rds_instance.postgres: yes"
    )
    assert shown["GDPR, Place of processing (Art. 44)"].value.startswith("confirm: ")
    more = delivery.change("compliance-review", review_compliance, "and HIPAA")
    assert more.request.action == "Compliance review: GDPR, HIPAA"
    done = delivery.settled("compliance-review", review_compliance, {"evidence": "the signed folder"})
    assert done.point.request.subject.parameters["regimes"] == "GDPR, HIPAA"


def test_alarms_are_set_to_the_usual_values_by_the_rule(delivery: Delivery) -> None:
    delivery.settled("staging-deployment", deploy_staging)
    delivery.settled("production-deployment", deploy_production)
    done = delivery.settled("monitoring", set_monitoring)
    assert done.point.decision is not None
    assert done.point.decision.by_rule
    address = delivery.shelf.served[Environment.PRODUCTION].address
    assert done.result == {"address": address, "p95_ms": "800", "error_percent": "1"}


def test_nothing_is_asked_where_nothing_is_cheaper(delivery: Delivery) -> None:
    delivery.project = replace(delivery.project, type="internal-tool")
    assert isinstance(delivery.go_on("cost-optimisation", optimise_cost), NotNeeded)


def test_an_accepted_saving_is_planned_and_asked_about_as_a_plan(delivery: Delivery) -> None:
    delivery.project = replace(delivery.project, type="shop")
    delivery.settled("terraform-plan", plan_infrastructure)
    plan = delivery.asked("cost-optimisation", optimise_cost)
    assert plan.kind == "terraform-plan"
    assert plan.request.subject.parameters["database_size"] == "db.t3.micro"
    done = delivery.settled("cost-optimisation", optimise_cost)
    assert done.result["changed"] != "0"
    assert delivery.settled("cost-optimisation", optimise_cost).result == done.result


def test_a_saving_whose_plan_is_rejected_changes_nothing(delivery: Delivery) -> None:
    delivery.project = replace(delivery.project, type="shop")
    delivery.settled("terraform-plan", plan_infrastructure)
    delivery.answer(delivery.asked("cost-optimisation", optimise_cost), Verdict.REJECT, "not now")
    assert isinstance(delivery.go_on("cost-optimisation", optimise_cost), Refusal)
