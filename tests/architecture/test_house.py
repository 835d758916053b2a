"""The house rules hold in the tree, and each of them finds what is planted against it."""

from pathlib import Path

import pytest

from tests.architecture import homes, shape, text
from tests.architecture.tree import Rule, Tree

RULES: tuple[Rule, ...] = (*shape.RULES, *homes.RULES, *text.RULES)

TOP = '"""A file."""\n'
PLANTED: list[tuple[Rule, str, str]] = [
    (shape.files_are_read_whole, "flows/long.py", TOP + "x = 1\n" * 300),
    (shape.functions_fit_a_screen, "flows/long.py", TOP + "def long():\n" + "    x = 1\n" * 40),
    (shape.names_say_something, "flows/run_utils.py", TOP),
    (shape.names_say_something, "checkpoints/base/model.py", TOP),
    (shape.names_say_something, "flows/runs.py", TOP + "class RunManager: ..."),
    (shape.files_introduce_themselves, "flows/mute.py", "x = 1\n"),
    (shape.files_introduce_themselves, "flows/chatty.py", '"""One.\n\nTwo.\nThree.\nFour."""\n'),
    (shape.no_error_is_swallowed, "flows/quiet.py", TOP + "try:\n    x = 1\nexcept Exception:\n    pass\n"),
    (homes.sdks_have_one_home, "to-tools/to_tools/porter.py", TOP + "from prefect import flow\n"),
    (homes.sdks_have_one_home, "agents/delivery/apollo.py", TOP + "import anthropic\n"),
    (homes.sdks_have_one_home, "flows/stack.py", TOP + "def plan():\n    import python_terraform\n"),
    (homes.sdks_have_one_home, "checkpoints/actions/asking.py", TOP + "import fastapi.responses\n"),
    (homes.agents_and_core_import_little, "checkpoints/core/model.py", TOP + "import sqlalchemy\n"),
    (homes.agents_and_core_import_little, "checkpoints/core/model.py", TOP + "from .. import store\n"),
    (homes.agents_and_core_import_little, "agents/apollo.py", TOP + "from checkpoints import actions\n"),
    (homes.agents_and_core_import_little, "agents/apollo.py", TOP + "import httpx\n"),
    (homes.nothing_is_mocked, "tests/unit/test_x.py", TOP + "from unittest import mock\n"),
    (homes.nothing_is_mocked, "tests/unit/test_x.py", TOP + "from unittest.mock import MagicMock\n"),
    (homes.people_are_made_by_identity, "to-tools/to_tools/page/app.py", TOP + "ada = Person('ada')\n"),
    (
        homes.people_are_made_by_identity,
        "flows/gate.py",
        TOP + "from checkpoints.core.model import Person as P\n",
    ),
    (homes.actions_never_commit, "checkpoints/actions/deciding.py", TOP + "def decide(db): db.commit()\n"),
    (homes.tests_never_just_sleep, "tests/unit/test_x.py", TOP + "import time\ntime.sleep(1)\n"),
    (homes.skips_say_why, "tests/unit/test_x.py", TOP + "import pytest\npytest.skip()\n"),
    (
        homes.skips_say_why,
        "tests/unit/test_x.py",
        TOP + "import pytest\n@pytest.mark.skip\ndef test_x(): ...\n",
    ),
    (text.no_machine_is_named, "flows/where.py", TOP + "HERE = '/{}/me/desk'\n".format("home")),
    (text.no_package_host_is_named, "Makefile", "get: ; curl https://pypi.{}/simple\n".format("org")),
    (text.nothing_is_left_unfinished, "flows/half.py", TOP + "# {}: the rest\n".format("TO" + "DO")),
    (text.nothing_tells_how_it_is_made, "flows/story.py", TOP + "# see {} 7\n".format("issue")),
    (text.locks_hold_no_address, "uv.lock", ""),
    (text.locks_hold_no_address, "requirements/run.txt", "--find-links wheels\n"),
    (text.promises_are_listed_first, "tests/unit/test_x.py", TOP + "x = pytest.mark.promise('B99.1')\n"),
]


def crowd(root: Path) -> None:
    for number in range(15):
        write(root, f"flows/file{number}.py", TOP)


def write(root: Path, path: str, content: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A small tree in which every rule holds."""
    write(tmp_path, "runbooks/promises.md", "- [ ] B1.1 one decision\n")
    write(tmp_path, "flows/gate.py", TOP + "import prefect\n")
    write(tmp_path, "tests/unit/test_gate.py", TOP + "mark = pytest.mark.promise('B1.1')\n")
    return tmp_path


def named(rule: object) -> str:
    return str(getattr(rule, "__name__", rule)).split("\n")[0]


@pytest.fixture(scope="module")
def house() -> Tree:
    """Ours. Given up with this file: its syntax is millions of things that each collection of garbage would look at."""
    return Tree(Path(__file__).resolve().parents[2])


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_house_rules_hold(house: Tree, rule: Rule) -> None:
    breaches = list(rule(house))
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_finds_nothing_in_a_tidy_tree(bare: Path, rule: Rule) -> None:
    assert not list(rule(Tree(bare)))


@pytest.mark.parametrize(("rule", "path", "content"), PLANTED, ids=named)
def test_a_rule_finds_what_is_planted_against_it(bare: Path, rule: Rule, path: str, content: str) -> None:
    write(bare, path, content)
    breaches = list(rule(Tree(bare)))
    assert breaches
    assert all(path.split("/")[-1] in breach for breach in breaches)


def test_a_crowded_folder_is_found(bare: Path) -> None:
    crowd(bare)
    assert list(shape.folders_hold_about_ten_things(Tree(bare)))


def test_every_rule_has_something_planted_against_it() -> None:
    planted = {rule for rule, _, _ in PLANTED} | {shape.folders_hold_about_ten_things}
    assert planted == set(RULES)
