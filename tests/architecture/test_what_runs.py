"""No test is forgotten by `make check`: each is in one of the runs of `make test` and `make long`, and in one only."""

import re
import shlex
import tomllib
from itertools import product
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

ROOT = Path(__file__).resolve().parents[2]
BY_DEFAULT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["addopts"]
MAKEFILE = (ROOT / "Makefile").read_text()
CHECKED = ("test", "long")
ELSEWHERE = {"soak", "chaos"}
"""What takes more than an hour has targets of its own."""


def chosen(options: str) -> Expression:
    """Which markers a run takes, by the last `-m` that it is given."""
    words = shlex.split(f"{BY_DEFAULT} {options}")[::-1]
    return Expression.compile(words[words.index("-m") - 1])


def runs(target: str) -> list[Expression]:
    """Those of a target of the Makefile."""
    recipe = MAKEFILE.partition(f"\n{target}:")[2].partition("\n\n")[0]
    return [chosen(options) for options in re.findall(r"\$\(TESTS\)(.*)", recipe)]


@pytest.mark.parametrize(("long", "alone", "soak", "chaos"), list(product([False, True], repeat=4)))
def test_a_test_of_these_markers_runs_once_or_elsewhere(long: bool, alone: bool, soak: bool, chaos: bool) -> None:
    marked = {name for name, on in {"long": long, "alone": alone, "soak": soak, "chaos": chaos}.items() if on}

    def times(*targets: str) -> int:
        return sum(run.evaluate(lambda name, /, **_: name in marked) for target in targets for run in runs(target))

    assert times(*CHECKED) == (0 if marked & ELSEWHERE else 1)
    assert times(*marked & ELSEWHERE) == len(marked & ELSEWHERE)
    assert all(f"$(MAKE) --no-print-directory {target}\n" in MAKEFILE.partition("\ncheck:")[2] for target in CHECKED)
