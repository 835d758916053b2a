"""Runs each guard's test in a copy of the tree: first with every guard there, then with that one taken away.

It must fail then as tests fail: an edit that breaks an import, the syntax or a name proves nothing.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from xml.etree import ElementTree

from tests import promises
from tests.bite import guards
from tests.bite.guards import Guard
from tests.plugins.promises import Outcomes

SECONDS = 120
SHORTER = {
    # Seconds after which a run that sleeps for ever is given up, with its guard there and without it.
    "COUNTERSIGN_TEST_PATIENCE": "25",
    # Chaos: an engine and a porter die, in that order.
    "COUNTERSIGN_CHAOS_SECONDS": "30",
    "COUNTERSIGN_CHAOS_SEED": "11",
}
AT_ONCE = 2
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".lock", ".countersign*", "*_cache", "__pycache__", "*.egg-info")
BROKEN_EDIT = (
    "ImportError:",
    "ModuleNotFoundError:",
    "SyntaxError:",
    "IndentationError:",
    "NameError:",
    "TypeError:",
    "psycopg.errors.SyntaxError",
    "psycopg.errors.Undefined",
)


@dataclass(frozen=True)
class Ran:
    """What pytest came to: exit code, what each failure says first, and the checks that its tests carry."""

    status: int
    failures: tuple[str, ...] = ()
    outcomes: Outcomes | None = None


def run(tree: Path, tests: Sequence[str], *options: str) -> Ran:
    report, record = tree / "bite.xml", tree / "bite.json"
    for left_over in (report, record):
        left_over.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-m", "", f"--timeout={SECONDS}", f"--junitxml={report}"]
    path = os.pathsep.join([str(tree), str(tree / "to-tools")])
    # Without byte code: two edits within a second, of one length, would look alike to Python's cache.
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"} | SHORTER
    command += [f"--promises-json={record}", *options, *tests]
    status = subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False).returncode
    if not (report.exists() and record.exists()):
        return Ran(status)
    cases = ElementTree.parse(report).iter()
    messages = [case.get("message", "") for case in cases if case.tag in {"failure", "error"}]
    first_lines = tuple(message.partition("\n")[0] for message in messages)
    return Ran(status, first_lines, json.loads(record.read_text(encoding="utf-8")))


def noticed(ran: Ran) -> str:
    """Why the removal of a guard went unnoticed, or nothing when its test failed as it should."""
    if ran.status == 0:
        return "its test passes without it"
    if ran.status != 1 or not ran.failures:
        return f"pytest ended with {ran.status}: the test could not run"
    for failure in ran.failures:
        if any(name in failure for name in BROKEN_EDIT):
            return f"the edit is broken: {failure}"
    return ""


def bite(guard: Guard, tree: Path, untouched: Ran) -> str:
    """Why this guard could be taken away unnoticed, or nothing."""
    marked = (untouched.outcomes or {}).get(guard.promise, {})
    if not any(test.split("[")[0] == guard.test.split("[")[0] for test in marked):
        return f"its test doesn't carry the number {guard.promise}"
    try:
        before = guards.take_away(guard, tree)
    except (ValueError, OSError) as error:
        return str(error)
    try:
        return noticed(run(tree, [guard.test], "--exitfirst"))
    finally:
        guards.put_back(before)


def bite_all(chosen: Sequence[Guard], trees: Sequence[Path]) -> int:
    """Prints a line for each guard, returns how many were missed. RuntimeError: a test fails untouched."""
    untouched = run(trees[0], sorted({guard.test for guard in chosen}))
    if untouched.status != 0:
        said = "\n".join(untouched.failures) or f"pytest ended with {untouched.status}"
        raise RuntimeError(f"the tests must pass before a guard is taken away:\n{said}")
    free: Queue[Path] = Queue()
    for tree in trees:
        free.put(tree)

    def bitten(guard: Guard) -> str:
        tree = free.get()
        try:
            return bite(guard, tree, untouched)
        finally:
            free.put(tree)

    missed = 0
    with ThreadPoolExecutor(len(trees)) as pool:
        for guard, unnoticed in zip(chosen, pool.map(bitten, chosen), strict=True):
            missed += bool(unnoticed)
            print(f"{guard.promise:<6}{'MISSED' if unnoticed else 'bites':<8}{guard.says}", flush=True)
            if unnoticed:
                print(f"              {unnoticed}\n              {guard.test}", flush=True)
    return missed


def main(only: Sequence[str]) -> int:
    """Bites every guard, or those whose promise begins with one of the given numbers."""
    try:
        rows = promises.read(promises.LIST.read_text(encoding="utf-8"))
        every = guards.read(guards.LIST.read_text(encoding="utf-8"))
        chosen = [guard for guard in every if not only or guard.promise.startswith(tuple(only))]
        with tempfile.TemporaryDirectory(prefix="bite-") as folder:
            trees = [Path(folder) / f"tree-{number}" for number in range(AT_ONCE)]
            for tree in trees:
                shutil.copytree(promises.ROOT, tree, ignore=NOT_COPIED)
            missed = bite_all(chosen, trees) if chosen else 0
    except (ValueError, RuntimeError) as error:
        print(f"bite: {error}", file=sys.stderr)
        return 1
    bare = [] if only else guards.unguarded(rows, every)
    if bare:
        print(f"claimed without a guard in {guards.LIST.name}: {', '.join(bare)}")
    print(f"\n{len(chosen) - missed} bite, {missed} missed, {len(bare)} checks without a guard")
    return 1 if missed or bare else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
