"""The promises' list, its record and its guards can be trusted: a claim is never kept by nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import promises
from tests.bite import guards
from tests.bite.__main__ import Ran, noticed
from tests.bite.guards import Edit, Guard

ROWS = promises.read(promises.LIST.read_text(encoding="utf-8"))
GUARDS = guards.read(guards.LIST.read_text(encoding="utf-8"))

CLAIMED = "### B1 · One decision\n- [x] B1.1 one decision\n"
OPEN = "### B1 · One decision\n- [ ] B1.1 one decision\n"

MARKED = """
import pytest

@pytest.mark.promise("B1.1")
def test_kept(): pass

@pytest.mark.promise("B1.2", "B1.3")
def test_not_kept(): assert False

@pytest.mark.promise("B1.4")
@pytest.mark.xfail(reason="expected")
def test_expected_to_fail(): assert False

@pytest.fixture
def gone(): raise OSError

@pytest.mark.promise("B1.5")
def test_that_cannot_start(gone): pass
"""


@pytest.mark.parametrize(
    ("text", "tests", "state"),
    [
        (CLAIMED, {"test_a": "passed"}, "kept"),
        (CLAIMED, {"test_a": "passed", "test_b": "failed"}, "broken"),
        (CLAIMED, {"test_a": "passed", "test_b": "skipped"}, "broken"),
        (CLAIMED, {}, "broken"),
        (OPEN, {}, "open"),
        (OPEN, {"test_a": "skipped"}, "open"),
        (OPEN, {"test_a": "failed"}, "broken"),
        (OPEN, {"test_a": "passed"}, "kept"),
    ],
)
def test_a_claim_needs_tests_that_ran_and_passed(text: str, tests: dict[str, str], state: str) -> None:
    lines, holds = promises.report(promises.read(text), {"B1.1": tests} if tests else {})
    assert state in lines[0]
    assert holds == (state != "broken")


def test_a_test_for_a_check_that_is_not_listed_is_said() -> None:
    lines, holds = promises.report(promises.read(OPEN), {"B9.9": {"test_a": "passed"}})
    assert not holds
    assert any("B9.9" in line and "test_a" in line for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "- [x] B1.1 a check without a row\n",
        "### B1 · A row\n- [x] B1.2 not the first\n",
        "### B1 · A row\n- [x] B2.1 another row's\n",
        "### B1 · A row\n- [X] B1.1 a box that is neither\n",
        "### B1 · A row\n### B2 · Another\n- [x] B2.1 a check\n",
        CLAIMED + CLAIMED,
    ],
)
def test_a_list_that_is_out_of_order_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"line \d|more than one row|no check"):
        promises.read(text)


def test_the_list_has_every_promise() -> None:
    count = dict.fromkeys("ABCDEFGH", 0)
    for row in ROWS:
        count[row.id[0]] += 1
    assert count == {"A": 9, "B": 9, "C": 9, "D": 10, "E": 8, "F": 5, "G": 9, "H": 6}


def test_the_record_keeps_what_passed_only(tmp_path: Path) -> None:
    (tmp_path / "test_marked.py").write_text(MARKED, encoding="utf-8")
    record = tmp_path / "promises.json"
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(promises.ROOT / "pyproject.toml"), "--rootdir"]
    command += [str(tmp_path), f"--promises-json={record}", str(tmp_path)]
    subprocess.run(command, cwd=promises.ROOT, capture_output=True, timeout=60, check=False)
    outcomes = {check: set(tests.values()) for check, tests in json.loads(record.read_text()).items()}
    assert outcomes == {
        "B1.1": {"passed"},
        "B1.2": {"failed"},
        "B1.3": {"failed"},
        "B1.4": {"skipped"},
        "B1.5": {"failed"},
    }


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.says)
def test_a_guard_can_still_be_taken_away(guard: Guard) -> None:
    assert guard.promise in {check.id for row in ROWS for check in row.checks}
    assert (promises.ROOT / guard.test.split("::")[0]).exists()
    for edit in guard.edits:
        assert (promises.ROOT / edit.file).read_text(encoding="utf-8").count(edit.find) == 1, edit


def test_a_guard_whose_text_is_gone_is_said_and_nothing_is_changed(tmp_path: Path) -> None:
    (tmp_path / "gate.py").write_text("a = 1\nb = 1\n", encoding="utf-8")
    edits = (Edit("gate.py", "a = 1", "a = 2"), Edit("gate.py", "= 1", "= 2"))
    with pytest.raises(ValueError, match="has the text to take away 0 times"):
        guards.take_away(Guard("B1.1", "says", "test", (*edits, Edit("gate.py", "c", "d"))), tmp_path)
    assert (tmp_path / "gate.py").read_text(encoding="utf-8") == "a = 1\nb = 1\n"


@pytest.mark.parametrize(
    ("status", "failures", "bites"),
    [
        (1, ["AssertionError: assert 2 == 1"], True),
        (1, ["Failed: DID NOT RAISE <class 'IllegalMove'>"], True),
        (0, [], False),
        (2, ["collection failure"], False),
        (4, [], False),
        (1, [], False),
        (1, ["ImportError: cannot import name 'lock'"], False),
        (1, ["NameError: name 'row' is not defined"], False),
        (1, ["sqlalchemy.exc.ProgrammingError: (psycopg.errors.SyntaxError) syntax error"], False),
    ],
)
def test_only_a_test_that_fails_as_tests_fail_has_noticed(status: int, failures: list[str], bites: bool) -> None:
    assert (noticed(Ran(status, tuple(failures))) == "") == bites


def test_a_claimed_check_without_a_guard_is_found() -> None:
    second = "- [x] B1.2 the others are told\n- [ ] B1.3 one effect\n"
    rows = promises.read(CLAIMED + second + "### E1 · Text stays text\n- [x] E1.1 inert\n")
    assert guards.unguarded(rows, [Guard("B1.1", "says", "test", ())]) == ["B1.2"]
