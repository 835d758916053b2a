"""What the port `Terraform` promises, shown with every engine that this machine has."""

import dataclasses
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from checkpoints.core.errors import OutcomeUnknown, Refused
from checkpoints.core.ports import Terraform
from checkpoints.core.work.stack import Action
from checkpoints.fence import Fence, holds
from checkpoints.terraform import engines, price
from checkpoints.terraform.folder import CaseFolder
from checkpoints.terraform.runner import SHIPPED, Limits, Runner

ENGINES = tuple(engines.available())
EACH = [*ENGINES[:1], *(pytest.param(other, marks=pytest.mark.long) for other in ENGINES[1:])]
"""In `make test` the one that a desk here would take."""
PROJECT = {"project": "read-later-digest"}
CASE = "read-later-digest"


@pytest.fixture(params=EACH, ids=str)
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    return Runner(Fence(tmp_path / "home"), engine=request.param)


def stack(runner: Runner, text: str) -> Runner:
    """The same engine, with a template `given` of one file."""
    templates = runner.desk.home / "templates"
    (templates / "given").mkdir(parents=True)
    (templates / "given" / "main.tf").write_text(text)
    return Runner(runner.desk, templates, runner.engine, limits=runner.limits)


def folder(runner: Runner) -> Path:
    return runner.desk.cases / CASE


def nothing_was_applied(runner: Runner) -> bool:
    return not (folder(runner) / "stack" / "terraform.tfstate").exists()


def test_there_is_an_engine_to_test_with() -> None:
    print("engines:", *ENGINES, sep="\n  ")
    assert ENGINES


def test_the_runner_is_what_the_port_asks_for(runner: Runner) -> None:
    port: Terraform = runner
    assert port is runner


def test_the_plan_that_was_made_is_applied(runner: Runner) -> None:
    planned = runner.plan(CASE, "sandbox", PROJECT)
    assert planned.summary.sandbox
    assert planned.summary.count(Action.CREATE) == 12
    done = runner.apply(CASE, planned.binding)
    assert (done.added, done.changed, done.destroyed) == (12, 0, 0)
    where = {"address": "203.0.113.10", "region": "us-east-1"}
    assert done.outputs == {"cluster": CASE, "queue": f"{CASE}-jobs"} | where


def test_the_sample_costs_what_its_brief_says(runner: Runner) -> None:
    estimate = price.price(runner.plan(CASE, "sandbox", PROJECT).summary, "us-east-1")
    assert Decimal(45) <= estimate.low <= estimate.high <= Decimal(60)
    assert not estimate.unpriced


def test_a_change_says_only_what_it_changes(runner: Runner) -> None:
    runner.apply(CASE, runner.plan(CASE, "sandbox", PROJECT).binding)
    bigger = runner.plan(CASE, "sandbox", {**PROJECT, "database_size": "db.t3.small"}).summary
    (change,) = bigger.changes
    assert (change.what, change.action) == ("aws_rds_instance.postgres", Action.UPDATE)
    assert [(a.before, a.after) for a in change.attributes] == [("db.t3.micro", "db.t3.small")]


@pytest.mark.promise("D1.1")
def test_one_changed_byte_is_refused(runner: Runner) -> None:
    planned = runner.plan(CASE, "sandbox", PROJECT)
    file = folder(runner) / "plan.tfplan"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(Refused, match="another plan sha256"):
        runner.apply(CASE, planned.binding)
    assert nothing_was_applied(runner)


@pytest.mark.promise("D1.2")
def test_another_valid_plan_under_the_same_name_is_refused(runner: Runner) -> None:
    approved = runner.plan(CASE, "sandbox", PROJECT)
    other = runner.plan("other", "sandbox", {**PROJECT, "region": "eu-west-1"})
    swapped = (runner.desk.cases / "other" / "plan.tfplan").read_bytes()
    (folder(runner) / "plan.tfplan").write_bytes(swapped)
    assert other.binding.plan_sha256 != approved.binding.plan_sha256
    with pytest.raises(Refused, match="not what was approved"):
        runner.apply(CASE, approved.binding)
    assert nothing_was_applied(runner)


@pytest.mark.promise("D1.3")
def test_a_plan_swapped_after_the_check_does_not_run(runner: Runner, tmp_path: Path) -> None:
    other = runner.plan("other", "sandbox", {**PROJECT, "region": "eu-west-1"})
    plan = runner.desk.cases / "other" / "plan.tfplan"
    (tmp_path / "bin").mkdir()
    swapping = tmp_path / "bin" / "swapping"
    # The moment after the check is the moment in which the engine starts.
    swap = 'if [ "$1" = apply ]; then cp ../other.tfplan ../plan.tfplan; fi'
    swapping.write_text(f'#!/bin/sh\n{swap}\nexec {" ".join(runner.engine.command)} "$@"\n')
    swapping.chmod(0o755)
    engine = dataclasses.replace(runner.engine, command=(str(swapping),))
    desk = dataclasses.replace(runner.desk, readable=(tmp_path / "bin",))
    late = Runner(desk, engine=engine)
    approved = late.plan(CASE, "sandbox", PROJECT)
    (folder(late) / "other.tfplan").write_bytes(plan.read_bytes())
    assert late.apply(CASE, approved.binding).outputs["region"] == "us-east-1"
    assert (folder(late) / "plan.tfplan").read_bytes() == plan.read_bytes()
    assert other.binding.template_sha256 == approved.binding.template_sha256


@pytest.mark.promise("D1.4")
def test_another_engine_than_the_one_that_planned_is_refused(runner: Runner) -> None:
    planned = runner.plan(CASE, "sandbox", PROJECT)
    newer = dataclasses.replace(runner.engine, version="99.0.0")
    other = dataclasses.replace(runner.engine, name="another")
    for engine in (newer, other):
        with pytest.raises(Refused, match="another engine"):
            Runner(runner.desk, engine=engine).apply(CASE, planned.binding)
    assert nothing_was_applied(runner)


def test_a_changed_template_is_refused(runner: Runner) -> None:
    planned = runner.plan(CASE, "sandbox", PROJECT)
    with (folder(runner) / "stack" / "main.tf").open("a") as file:
        file.write("# a line more\n")
    with pytest.raises(Refused, match="another template sha256"):
        runner.apply(CASE, planned.binding)


@pytest.mark.promise("D2.2")
def test_a_plan_made_anew_takes_the_place_of_the_approved_one(runner: Runner) -> None:
    old = runner.plan(CASE, "sandbox", PROJECT)
    new = runner.plan(CASE, "sandbox", {**PROJECT, "region": "us-west-2"})
    with pytest.raises(Refused, match="not what was approved"):
        runner.apply(CASE, old.binding)
    assert nothing_was_applied(runner)
    assert runner.apply(CASE, new.binding).outputs["region"] == "us-west-2"


def test_a_plan_is_applied_once(runner: Runner) -> None:
    planned = runner.plan(CASE, "sandbox", PROJECT)
    runner.apply(CASE, planned.binding)
    with pytest.raises(Refused, match="state has moved"):
        runner.apply(CASE, planned.binding)


def test_only_its_owner_can_read_what_a_case_leaves(runner: Runner) -> None:
    runner.apply(CASE, runner.plan(CASE, "sandbox", PROJECT).binding)
    left = [folder(runner), *folder(runner).rglob("*")]
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in left if path.is_dir()} == {"0o700"}
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in left if path.is_file()} == {"0o600"}
    assert str(runner.engine) in (folder(runner) / "ENGINE").read_text()
    assert not list(folder(runner).glob("show-*.out"))


FAILING = 'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "%s"\n  }\n}\n'


def test_an_apply_that_fails_half_way_is_unknown(runner: Runner) -> None:
    needs_the_fence(runner)
    failing = stack(runner, FAILING % "exit 1")
    planned = failing.plan(CASE, "given", {})
    assert planned.summary.runs == ("terraform_data.a: local-exec provisioner",)
    with pytest.raises(OutcomeUnknown, match="after 1 resources were begun"):
        failing.apply(CASE, planned.binding)


def test_an_apply_that_takes_too_long_is_stopped_and_unknown(runner: Runner) -> None:
    needs_the_fence(runner)
    slow = stack(runner, FAILING % "exec sleep 60")
    planned = slow.plan(CASE, "given", {})
    slow.limits = Limits(apply=2)
    with pytest.raises(OutcomeUnknown, match="was stopped"):
        slow.apply(CASE, planned.binding)


def test_what_lies_in_the_folder_says_what_it_is_bound_to(runner: Runner) -> None:
    planned = runner.plan(CASE, "sandbox", PROJECT)
    assert runner.binding(CASE, "sandbox") == planned.binding
    (folder(runner) / "plan.tfplan").unlink()
    with pytest.raises(Refused, match="plan again"):
        runner.binding(CASE, "sandbox")


@pytest.mark.parametrize(
    ("state", "trusted"),
    [
        (None, True),
        ('{"resources": [{"provider": "provider[\\"terraform.io/builtin/terraform\\"]"}]}', True),
        ('{"resources": [{"provider": "provider[\\"registry.example/x/y\\"]"}]}', False),
        ("junk", False),
        ("{}", False),
    ],
)
def test_a_state_that_needs_others_code_is_not_trusted(runner: Runner, state: str | None, trusted: bool) -> None:
    case = CaseFolder(runner.desk.cases, CASE)
    case.prepare(SHIPPED / "sandbox", PROJECT)
    if state is not None:
        (case.stack / "terraform.tfstate").write_text(state)
    assert case.state_is_built_in() is trusted


def test_the_shipped_template_needs_no_provider() -> None:
    assert 'provider "' not in "".join(file.read_text() for file in (SHIPPED / "sandbox").glob("*.tf"))


def needs_the_fence(runner: Runner) -> None:
    report = holds(runner.desk)
    if not report.holds:
        print(report.says)
        pytest.skip(report.says)
