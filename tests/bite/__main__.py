"""Runs each guard's test in a copy of the tree: first with every guard there, then with that one taken away.

It must fail then as tests fail: an edit that breaks an import, the syntax or a name proves nothing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from tests import promises
from tests.bite import guards
from tests.bite.guards import Guard

SECONDS = 120
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".lock", ".countersign*", "*_cache", "__pycache__", "*.egg-info"
)
BROKEN_EDIT = (
    "ImportError",
    "ModuleNotFoundError",
    "SyntaxError",
    "IndentationError",
    "NameError",
    "TypeError",
)


def run(tree: Path, tests: Sequence[str]) -> tuple[int, list[str]]:
    """The exit code of pytest, and what each failure says first."""
    report = tree / "bite.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--timeout={SECONDS}", f"--junitxml={report}", *tests]
    path = os.pathsep.join([str(tree), str(tree / "to-tools")])
    # Without byte code: two edits within a second, of one length, would look alike to Python's cache.
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    status = subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False).returncode
    if not report.exists():
        return status, []
    cases = ElementTree.parse(report).iter()
    messages = [case.get("message", "") for case in cases if case.tag in {"failure", "error"}]
    return status, [message.partition("\n")[0] for message in messages]


def noticed(status: int, failures: Sequence[str]) -> str:
    """Why the removal of a guard went unnoticed, or nothing when its test failed as it should."""
    if status == 0:
        return "its test passes without it"
    if status != 1:
        return f"pytest ended with {status}: the test could not run"
    for failure in failures:
        if any(f"{name}:" in failure for name in BROKEN_EDIT):
            return f"the edit is broken: {failure}"
    return ""


def bite(guard: Guard, tree: Path) -> str:
    try:
        before = guards.take_away(guard, tree)
    except (ValueError, OSError) as error:
        return str(error)
    try:
        return noticed(*run(tree, [guard.test]))
    finally:
        guards.put_back(before)


def main(only: Sequence[str]) -> int:
    """Bites every guard, or those whose promise begins with one of the given numbers."""
    rows = promises.read(promises.LIST.read_text(encoding="utf-8"))
    every = guards.read(guards.LIST.read_text(encoding="utf-8"))
    chosen = [guard for guard in every if not only or guard.promise.startswith(tuple(only))]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="bite-") as folder:
        tree = Path(shutil.copytree(promises.ROOT, Path(folder) / "tree", ignore=NOT_COPIED))
        status, failures = run(tree, sorted({guard.test for guard in chosen})) if chosen else (0, [])
        if status != 0:
            print(
                "bite: these tests must pass before a guard is taken away:",
                *failures,
                sep="\n",
                file=sys.stderr,
            )
            return 1
        for guard in chosen:
            unnoticed = bite(guard, tree)
            failed += bool(unnoticed)
            print(f"{guard.promise:<6}{'MISSED' if unnoticed else 'bites':<8}{guard.says}", flush=True)
            if unnoticed:
                print(f"              {unnoticed}\n              {guard.test}", flush=True)
    bare = [] if only else guards.unguarded(rows, every)
    if bare:
        print(f"claimed without a guard in {guards.LIST.name}: {', '.join(bare)}")
    print(f"\n{len(chosen) - failed} bite, {failed} missed, {len(bare)} rows without a guard")
    return 1 if failed or bare else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
