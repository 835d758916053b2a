"""A page of runbooks/oncall as a test follows it: doctor's lines, the commands, the lines that say it is over.

Rule: all of it is read out of the page; blocks marked `sh` are run, `console` are for other cases.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.stage.runs import eventually

ONCALL = Path(__file__).parents[3] / "runbooks/oncall"
EXECUTABLES = Path(sys.executable).parent
SECONDS = 170.0
NOTICE, ACT, OVER = "## How you notice", "## What to do", "## How you see that it is over"


@dataclass(frozen=True)
class Seen:
    """What doctor said: its exit code, and each line as it is drawn, before it is wrapped or cut."""

    code: int
    lines: tuple[str, ...]
    next: Mapping[str, tuple[str, str]]
    """By line: the command and the page."""


@dataclass(frozen=True)
class Page:
    """One page, for one desk: `environment` is that of its shell. `instead` replaces the page's examples."""

    name: str
    environment: dict[str, str]
    instead: tuple[tuple[str, str], ...] = ()

    def notice(self, seconds: float = SECONDS) -> str:
        """Until doctor says one of the page's lines and names this page; returns the line."""

        def seen() -> str | None:
            said = self.doctor()
            for line in said.lines:
                if any(_like(pattern, line) for pattern in self._blocks(NOTICE, "text")[0].splitlines()):
                    assert said.next[line][1] == f"runbooks/oncall/{self.name}.md"
                    assert said.code == 6
                    return line
            return None

        return eventually(seen, f"a line of {self.name}.md", seconds, every=1)

    def follow(self) -> None:
        """Types the page's commands, in a shell that stops at the first that fails."""
        for block in self._blocks(ACT, "sh"):
            done = self.type(block)
            assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"

    def see_it_is_over(self, seconds: float = SECONDS) -> None:
        """Until, of every subject that the page names, doctor says one of its lines and nothing else."""
        patterns = self._blocks(OVER, "text")[0].splitlines()
        subjects = {_subject(pattern) for pattern in patterns}
        left: list[str] = []

        def gone() -> bool | None:
            about = [line for line in self.doctor().lines if _subject(line) in subjects]
            left[:] = [line for line in about if not any(_like(pattern, line) for pattern in patterns)]
            return True if about and not left else None

        try:
            eventually(gone, f"the end of {self.name}", seconds, every=1)
        except AssertionError as never:
            raise AssertionError(f"{never}: {left}") from never

    def doctor(self) -> Seen:
        """What it says now."""
        done = self.type("countersign doctor --json")
        findings = json.loads(done.stdout)["findings"]
        lines = {f"{one['mark']:<6}  {one['subject']}: {one['found']}": (one["do"], one["page"]) for one in findings}
        return Seen(done.returncode, tuple(lines), lines)

    def type(self, commands: str, seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(EXECUTABLES), os.environ["PATH"]])
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", commands],
            env=os.environ | {"PATH": path} | self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def _blocks(self, part: str, language: str) -> list[str]:
        text = (ONCALL / f"{self.name}.md").read_text(encoding="utf-8").split(part)[1].split("\n## ")[0]
        for example, ours in self.instead:
            text = text.replace(example, ours)
        return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def _like(pattern: str, line: str) -> bool:
    """A page's line has … where doctor's has figures and names."""
    return re.fullmatch(".*?".join(map(re.escape, pattern.split("…"))) + ".*", line) is not None


def _subject(line: str) -> str:
    return line[8:].partition(":")[0]
