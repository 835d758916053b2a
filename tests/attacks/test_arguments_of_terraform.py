"""Names, variables and files handed to Terraform try to become a path, an option, a command or a link."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkpoints.core.errors import Refused
from checkpoints.core.work.stack import Action
from checkpoints.fence import Fence
from checkpoints.terraform import engines
from checkpoints.terraform.runner import Runner

PROJECT = {"project": "read-later-digest"}
CASE = "read-later-digest"


@pytest.fixture(params=tuple(engines.available()), ids=str)
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    (tmp_path / "templates" / "given").mkdir(parents=True)
    (tmp_path / "templates" / "given" / "main.tf").touch()
    return Runner(Fence(tmp_path / "home"), engine=request.param)


def given(runner: Runner) -> Runner:
    """The same, whose one template `given` is empty."""
    return Runner(runner.desk, runner.desk.home.parent / "templates", runner.engine)


NAMES = (
    "../..",
    "..",
    ".",
    "",
    "/",
    "-chdir=/",
    "--help",
    "a;rm -rf x",
    "a b",
    "A",
    "a/b",
    "a\0b",
    "a\n",
    "ä",
    "x" * 81,
)


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[Runner]:
    """A runner for whom nothing may be started or written."""
    yield Runner(Fence(tmp_path / "home"))
    assert not (tmp_path / "home").exists()


@pytest.mark.promise("E7.3")
@pytest.mark.parametrize("name", NAMES)
def test_a_name_reaches_no_path_no_option_and_no_shell(untouched: Runner, name: str) -> None:
    with pytest.raises(Refused, match="is no name of a"):
        untouched.plan(name, "sandbox", PROJECT)


@pytest.mark.promise("E7.3")
@pytest.mark.parametrize("name", NAMES)
def test_a_template_name_reaches_no_path_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused):
        Runner(Fence(tmp_path)).plan(CASE, name, PROJECT)


@pytest.mark.promise("E7.3")
@pytest.mark.parametrize("text", ["-destroy", "; touch pwned", "$(touch pwned)", "-chdir=/", "${file('x')}", "'\"`\\"])
def test_a_variable_stays_a_value(runner: Runner, text: str) -> None:
    planned = runner.plan(CASE, "sandbox", {**PROJECT, "queue": text})
    queue = next(change for change in planned.summary.changes if change.sort == "aws_sqs_queue")
    assert queue.planned["name"] == f"{CASE}-{text}"
    assert planned.summary.count(Action.CREATE) == 12
    assert not list(runner.desk.home.rglob("pwned"))


def test_a_template_with_a_link_in_it_is_refused(runner: Runner) -> None:
    linked = given(runner)
    (linked.templates / "given" / "more.tf").symlink_to("/etc/passwd")
    with pytest.raises(Refused, match="is a link"):
        linked.plan(CASE, "given", {})


@pytest.mark.parametrize("name", ["terraform.tfstate", "terraform.tfvars.json"])
def test_a_template_that_brings_a_state_or_our_variables_is_refused(runner: Runner, name: str) -> None:
    bringing = given(runner)
    (bringing.templates / "given" / name).write_text("{}")
    with pytest.raises(Refused, match=f"brings {name}"):
        bringing.plan(CASE, "given", {})


def test_a_link_left_in_the_folder_is_not_followed(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (runner.desk.cases / CASE).mkdir(parents=True)
    ((runner.desk.cases / CASE) / "stack").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="is a link"):
        runner.plan(CASE, "sandbox", PROJECT)
    assert not list((tmp_path / "elsewhere").iterdir())
