"""From the brief to stacks that stand: what was selected is planned, each stack alone, and a release is built early."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agents.delivery.project import Project, Sizes
from checkpoints.cloud.sandbox.deployer import Sandbox
from checkpoints.core.errors import Refused
from checkpoints.core.model import Request, Verdict
from checkpoints.fence import Fence
from checkpoints.terraform.runner import Runner
from flows.delivery.phases.development import build_custom, plan_infrastructure
from flows.delivery.phases.initialisation import approve_project, pre_provision, select_infrastructure, selected
from flows.outcomes import Refusal, Settled
from flows.work import Work
from tests.stage.desks import Office
from tests.stage.passes import Passes, passes
from tests.unit.delivery.test_agents import PROJECT

SOURCES = Path(__file__).resolve().parents[3]
CACHED = replace(PROJECT, custom="sandbox-cache", custom_why="a digest is read a thousand times")
CHOSEN = {"region": "us-west-2", "database_size": "db.t3.small", "container_size": "small", "web_tasks": "1"}
End = Settled | Refusal
Follow = Callable[[Work, Project], End]


def asking(office: Office, follow: Follow, project: Project = PROJECT) -> Passes[End]:
    desk = Fence(office.settings.home)
    sandbox = Sandbox(desk, SOURCES, "http://localhost")
    return passes(office, project.slug, lambda work: follow(work, project), deployer=sandbox, terraform=Runner(desk))


def facts(request: Request, label: str) -> list[str]:
    return [fact.value for fact in request.facts if fact.label == label]


def test_what_a_person_selects_is_what_is_planned(office: Office) -> None:
    approving = asking(office, approve_project)
    approving.go()
    assert isinstance(approving.answer(1, Verdict.APPROVE), Settled)
    selecting = asking(office, select_infrastructure)
    selecting.go()
    (firewall,) = facts(selecting.points()[-1].request, "Security groups")
    assert firewall == "443 from the internet; the database from the application only"
    assert isinstance(selecting.answer(2, Verdict.APPROVE, CHOSEN), Settled)
    planning = asking(office, plan_infrastructure)
    assert selected(planning.work, PROJECT) == Sizes("us-west-2", "db.t3.small", "small", 1)
    planning.go()
    asked = planning.points()[-1].request
    assert "+ aws_rds_instance.postgres (db.t3.small)" in facts(asked, "Resource")
    assert "+ aws_security_group.app (443 from the internet)" in facts(asked, "Resource")
    end = planning.answer(3, Verdict.APPROVE)
    assert isinstance(end, Settled)
    assert (end.result["region"], end.result["address"]) == ("us-west-2", "203.0.113.10")


def test_where_nothing_was_selected_what_was_proposed_is_planned(office: Office) -> None:
    planning = asking(office, plan_infrastructure)
    assert selected(planning.work, PROJECT) == Sizes("us-east-1", "db.t3.micro", "small", 2)


def test_a_stack_beside_the_standard_one_leaves_that_one_as_it_is(office: Office) -> None:
    standard = asking(office, plan_infrastructure)
    standard.go()
    custom = asking(office, build_custom, CACHED)
    custom.go()
    asked = custom.points()[-1].request
    assert (asked.kind, facts(asked, "Plan")) == (
        "custom-infrastructure",
        ["2 to add, 0 to change, 0 to replace, 0 to destroy"],
    )
    end = custom.answer(2, Verdict.APPROVE)
    assert isinstance(end, Settled)
    assert end.result["cache"] == f"{PROJECT.slug}-cache"
    # The plan that waited meanwhile is still the one that its question names.
    assert isinstance(standard.answer(1, Verdict.APPROVE), Settled)
    folders = {folder.name for folder in office.settings.cases.iterdir()}
    assert {PROJECT.slug, f"{PROJECT.slug}--custom"} <= folders


def test_a_brief_that_names_no_template_is_told_so(office: Office) -> None:
    with pytest.raises(Refused, match="names no template"):
        asking(office, build_custom).go()


def test_what_every_project_needs_is_passed_by_the_rule_and_its_release_kept(office: Office) -> None:
    early = asking(office, pre_provision)
    end = early.go()
    assert isinstance(end, Settled)
    assert end.point.decision is not None
    assert end.point.decision.by_rule
    assert Sandbox(Fence(office.settings.home), SOURCES, "").kept(PROJECT.slug, end.result["release"]).files
