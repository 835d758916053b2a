"""`make promises`: runs the tests that carry a check's number and says which promise is kept, broken or open.

The list is runbooks/promises.md; a ticked box is a claim, and a claim without a passing test is broken.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.plugins.promises import Outcomes

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "runbooks" / "promises.md"

ROW = re.compile(r"### (?P<id>[A-H]\d+) · (?P<title>.+)")
CHECK = re.compile(r"- \[(?P<tick>[x ])\] (?P<row>[A-H]\d+)\.(?P<number>\d+) (?P<says>.+)")

State = Literal["kept", "broken", "open"]


@dataclass(frozen=True)
class Check:
    id: str
    says: str
    claimed: bool


@dataclass(frozen=True)
class Row:
    id: str
    title: str
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Finding:
    """What became of one check, and why it isn't kept."""

    check: Check
    state: State
    why: str = ""


def read(text: str) -> tuple[Row, ...]:
    """The rows of promises.md. Raises ValueError, with the line, when a row or a number is out of order."""
    rows: list[Row] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if match := ROW.fullmatch(line):
            rows.append(Row(match["id"], match["title"], ()))
        elif match := CHECK.fullmatch(line):
            if not rows or (match["row"], int(match["number"])) != (rows[-1].id, len(rows[-1].checks) + 1):
                raise ValueError(f"line {number}: {line!r} is not the next check of its row")
            check = Check(f"{match['row']}.{match['number']}", match["says"], match["tick"] == "x")
            rows[-1] = Row(rows[-1].id, rows[-1].title, (*rows[-1].checks, check))
        elif line.startswith(("###", "- [")):
            raise ValueError(f"line {number}: {line!r} is neither '### B1 · title' nor '- [x] B1.1 check'")
    if twice := [row for row, times in Counter(row.id for row in rows).items() if times > 1]:
        raise ValueError(f"more than one row is called {', '.join(twice)}")
    if empty := [row.id for row in rows if not row.checks]:
        raise ValueError(f"no check is listed for {', '.join(empty)}")
    return tuple(rows)


def judge(check: Check, tests: dict[str, str]) -> Finding:
    if failed := [test for test, outcome in tests.items() if outcome == "failed"]:
        return Finding(check, "broken", f"fails: {', '.join(failed)}")
    if skipped := [test for test, outcome in tests.items() if outcome == "skipped"]:
        return Finding(check, "broken" if check.claimed else "open", f"skipped: {', '.join(skipped)}")
    if not tests:
        return Finding(check, "broken" if check.claimed else "open", "has no test")
    return Finding(check, "kept")


def state_of(findings: Sequence[Finding]) -> State:
    """A row is as good as its weakest check."""
    states = {finding.state for finding in findings}
    return "broken" if "broken" in states else "open" if "open" in states else "kept"


def report(rows: Sequence[Row], outcomes: Outcomes) -> tuple[list[str], bool]:
    """The lines to print, and whether every claim holds."""
    lines: list[str] = []
    count: Counter[State] = Counter()
    for row in rows:
        findings = [judge(check, outcomes.get(check.id, {})) for check in row.checks]
        state = state_of(findings)
        count[state] += 1
        kept = sum(finding.state == "kept" for finding in findings)
        lines.append(f"{row.id:<4}{state:<8}{kept} of {len(findings)}  {row.title}")
        lines += [f"    {f.check.id} {f.check.says}: {f.why}" for f in findings if f.state == "broken"]
        if still_open := [f.check.id for f in findings if f.state == "open"]:
            lines.append(f"    no passing test yet: {', '.join(still_open)}")
    unknown = sorted(outcomes.keys() - {check.id for row in rows for check in row.checks})
    lines += [f"{check}: no such check in promises.md; see {', '.join(outcomes[check])}" for check in unknown]
    lines.append(f"\n{count['kept']} kept, {count['broken']} broken, {count['open']} open")
    return lines, not unknown and not count["broken"]


def run(arguments: Sequence[str]) -> Outcomes:
    """Runs the marked tests. Raises RuntimeError when pytest itself could not go through."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "promises.json"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "promise", f"--promises-json={results}"]
        status = subprocess.run([*command, *arguments], cwd=ROOT, check=False).returncode
        if status not in (0, 1, 5) or not results.exists():
            raise RuntimeError(f"pytest ended with {status} before all promises were tried; see its output above.")
        outcomes: Outcomes = json.loads(results.read_text(encoding="utf-8"))
        return outcomes


def main(arguments: Sequence[str]) -> int:
    try:
        rows = read(LIST.read_text(encoding="utf-8"))
        lines, holds = report(rows, run(arguments))
    except (ValueError, RuntimeError) as error:
        print(f"promises: {error}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
