"""Imports point one way: the contracts hold, each of them bites, and nothing stands outside them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.linter import broken, complete, contracts, copy_tree, lint, plant

ROOT = Path(__file__).resolve().parents[2]

LAYERS = "Imports point one way"
DECIDING = "Machines can't reach what decides"
DECISIONS = "Decisions are written by four verbs"
QUICK = "Shell, page and porter start without Prefect"

PLANTED = [
    (LAYERS, "checkpoints/core/planted.py", "import checkpoints.store"),
    (LAYERS, "checkpoints/store/planted.py", "import checkpoints.terraform"),
    (LAYERS, "checkpoints/terraform/planted.py", "import checkpoints.actions"),
    (LAYERS, "checkpoints/cloud/planted.py", "import checkpoints.terraform"),
    (LAYERS, "checkpoints/channels/planted.py", "import checkpoints.credentials.vault"),
    (LAYERS, "checkpoints/actions/planted.py", "import flows"),
    (LAYERS, "agents/planted.py", "import checkpoints.actions"),
    (LAYERS, "checkpoints/wiring.py", "import checkpoints.actions"),
    (LAYERS, "flows/planted.py", "import to_tools"),
    (DECIDING, "flows/planted.py", "import checkpoints.actions.deciding"),
    (DECIDING, "agents/planted.py", "from checkpoints.actions import deciding"),
    (DECIDING, "checkpoints/actions/by_runs/acting.py", "from .. import deciding"),
    (DECISIONS, "checkpoints/actions/reading.py", "import checkpoints.store.decisions"),
    (DECISIONS, "to-tools/to_tools/cli/planted.py", "from checkpoints.store import decisions"),
    (QUICK, "to-tools/to_tools/cli/planted.py", "import prefect"),
    (QUICK, "to-tools/to_tools/page/planted.py", "def later():\n    import prefect.client"),
    (QUICK, "flows/runs.py", "import prefect"),
]
"""The contract, and the one import that breaks it."""

QUICK_STARTERS = ("cli", "page", "porter")

IMPORT_ALL = """
import importlib, pkgutil, sys
top = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(getattr(top, "__path__", ()), f"{top.__name__}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print("prefect" in sys.modules)
"""


@pytest.fixture(scope="module")
def whole_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real tree, with the imports that a planted one is reached by."""
    tree = copy_tree(ROOT, tmp_path_factory.mktemp("tree"))
    complete(tree)
    plant(tree, "flows/on_the_way.py", "import flows.runs, checkpoints.actions.by_runs.acting")
    plant(tree, "to-tools/to_tools/page/on_the_way.py", "import flows.runs")
    for module in ("flows/runs", "checkpoints/actions/by_runs/acting", "checkpoints/credentials/vault"):
        plant(tree, f"{module}.py", "")
    # Or a contract that is broken already would seem to notice everything.
    ran = lint(tree)
    assert broken(ran.stdout) == set(), ran.stdout
    return tree


@pytest.mark.promise("C6.4")
def test_the_contracts_hold() -> None:
    ran = lint(ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.promise("C6.4")
@pytest.mark.parametrize(("contract", "path", "text"), PLANTED, ids=lambda value: value.split("\n")[0])
def test_a_planted_import_breaks_its_contract(
    whole_tree: Path, tmp_path: Path, contract: str, path: str, text: str
) -> None:
    tree = copy_tree(whole_tree, tmp_path)
    plant(tree, path, text)
    ran = lint(tree)
    assert contract in broken(ran.stdout), ran.stdout + ran.stderr


def test_every_contract_has_a_planted_import() -> None:
    assert {contract for contract, _, _ in PLANTED} == contracts(ROOT)


def test_everything_at_the_desk_has_its_layer() -> None:
    rules = (ROOT / ".importlinter").read_text(encoding="utf-8")
    inside = {path.stem for path in (ROOT / "checkpoints").iterdir() if path.suffix == ".py" or path.is_dir()}
    homeless = {name for name in inside if not name.startswith("_") and f"checkpoints.{name}" not in rules}
    assert not homeless, f"give {', '.join(sorted(homeless))} a layer in .importlinter"


def test_every_door_for_machines_is_kept_from_deciding() -> None:
    doors = [door for door in ("agent_api", "mcp") if list((ROOT / "to-tools/to_tools").glob(f"{door}*"))]
    rules = (ROOT / ".importlinter").read_text(encoding="utf-8").split("[importlinter:contract:deciding]")[1]
    assert all(f"to_tools.{door}" in rules.split("forbidden_modules")[0] for door in doors)


@pytest.mark.parametrize("name", [n for n in QUICK_STARTERS if list((ROOT / "to-tools/to_tools").glob(f"{n}*"))])
def test_shell_page_and_porter_start_without_prefect(name: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, f"to_tools.{name}"],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'to-tools'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.stdout == "False\n", said.stdout + said.stderr
