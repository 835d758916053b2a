"""import-linter, run on a copy of the tree: the contracts are `.importlinter`, whole."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("checkpoints", "flows", "agents", "to-tools")


def copy_tree(root: Path, to: Path) -> Path:
    """The product's packages and the contracts, without anything that was built or downloaded."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
    for package in PACKAGES:
        shutil.copytree(root / package, to / package, ignore=unwanted)
    shutil.copy(root / ".importlinter", to)
    return to


def plant(tree: Path, path: str, text: str) -> None:
    """Writes a file, or adds to it, and makes each folder on its way a package."""
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    for folder in file.parents:
        if folder in (tree, tree / "to-tools"):
            break
        (folder / "__init__.py").touch()
    with file.open("a", encoding="utf-8") as end:
        end.write(f"\n{text}\n")


def complete(tree: Path) -> None:
    """Makes what the contracts name and the tree lacks (a layer may be missing) as an empty module."""
    names = re.findall(r"\b(?:checkpoints|flows|agents|to_tools)(?:\.\w+)*\b", (tree / ".importlinter").read_text())
    for name in names:
        path = name.replace("to_tools", "to-tools/to_tools").replace(".", "/")
        if not (tree / path / "__init__.py").exists() and not (tree / f"{path}.py").exists():
            plant(tree, f"{path}/__init__.py", "")


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as lint; lint()",
            "--no-cache",
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'to-tools'}", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def broken(output: str) -> set[str]:
    """The names of the contracts that import-linter found broken."""
    return set(re.findall(r"^(.+?) BROKEN\b", output, re.MULTILINE))


def contracts(root: Path) -> set[str]:
    return set(re.findall(r"^name = (.+)$", (root / ".importlinter").read_text(encoding="utf-8"), re.MULTILINE))
