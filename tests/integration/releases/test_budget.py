"""Costs that add up: what the rule passed by itself doesn't go over the budget before a person has said so."""

from dataclasses import replace
from decimal import Decimal

import pytest

from agents.delivery.project import Project, Spend
from flows.delivery.phases.development import plan_infrastructure, spend
from flows.outcomes import Refusal, Settled
from flows.work import Work
from tests.integration.releases.conftest import Delivery
from tests.integration.releases.test_deploying import facts


def track_errors(work: Work, project: Project) -> Settled | Refusal:
    return spend(work, project, 1, Spend("error tracking", Decimal(45)))


def test_what_the_rule_passed_over_the_budget_waits_for_a_person(delivery: Delivery) -> None:
    delivery.project = replace(delivery.project, budget=Decimal(40))
    asked = delivery.asked("spend/1", track_errors)
    assert (asked.number, asked.kind) == (2, "escalation")
    assert facts(asked)["Recognised as"].value == "cost overrun"
    assert "$45.00 a month, and the budget is $40.00" in facts(asked)["What happened"].value
    done = delivery.settled("spend/1", track_errors, {"next": "retry"})
    assert (done.point.number, done.result["monthly"]) == (1, "45")


def test_what_goes_over_the_budget_can_be_left(delivery: Delivery) -> None:
    delivery.project = replace(delivery.project, budget=Decimal(40))
    delivery.answer(delivery.asked("spend/1", track_errors), given={"next": "stop"})
    assert isinstance(delivery.go_on("spend/1", track_errors), Refusal)


def test_what_keeps_to_the_budget_passes_by_itself(delivery: Delivery) -> None:
    assert delivery.settled("spend/1", track_errors).point.number == 1


@pytest.mark.parametrize(("budget", "label"), [(40, "Over budget"), (60, "80 % of the budget")])
def test_a_plan_says_how_it_stands_to_the_budget(delivery: Delivery, budget: int, label: str) -> None:
    delivery.project = replace(delivery.project, budget=Decimal(budget))
    shown = facts(delivery.asked("terraform-plan", plan_infrastructure))
    assert shown[label].dangerous == (label == "Over budget")
