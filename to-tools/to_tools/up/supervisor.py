"""Keeps processes running: starts them, starts again those that die, stops all in the reverse order.

Rule: a child dies with its supervisor; each writes its own log, and what happens to it is said.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from to_tools.up.parts import Part

LONGEST_PAUSE = 30.0
"""Seconds before the next try of a part that keeps dying."""
SETTLED = 10.0
"""Seconds after which a part counts as healthy and its next death as its first; all of them start in less."""

NOTE = "parts.json"
"""In the folder of the logs: what runs, for others to read."""


class Died(Exception):
    """A part ended while it was needed. The message quotes its last words and names its log."""


@dataclass
class Child:
    """One part at work, or waiting for its next try at `again`."""

    part: Part
    process: subprocess.Popen[bytes]
    since: float
    deaths: int = 0
    again: float | None = None
    restarts: int = 0


@dataclass(frozen=True)
class Noted:
    """A part as its supervisor noted it last. `since` is Unix time; `again`: it is down, and tried again then."""

    name: str
    pid: int
    since: float
    deaths: int
    restarts: int
    again: float | None


def noted(logs: Path) -> list[Noted]:
    """What the last supervisor of these logs noted, nothing where none did; it counts only while one runs."""
    try:
        return [Noted(**part) for part in json.loads((logs / NOTE).read_text())]
    except (OSError, ValueError, TypeError):
        return []


class Supervisor:
    """The children of one desk. `say` takes one line for the person who watches."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs = logs
        self.say = say
        self.children: dict[str, Child] = {}
        self._note()

    def start(self, part: Part) -> None:
        part.prepare()
        self.children[part.name] = Child(part, self._spawn(part), time.monotonic())
        self._note()

    def run(self, part: Part, seconds: float) -> None:
        """Run a part that ends by itself. Raises Died when it fails or takes longer."""
        process = self._spawn(part)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if code:
            raise self._died(part, code)

    def wait_for(self, name: str, url: str, seconds: float) -> None:
        """Until a part answers at `url`. Raises Died when it ended or the time is over."""
        deadline = time.monotonic() + seconds
        child = self.children[name]
        while not answers(url):
            code = child.process.poll()
            if code is not None or time.monotonic() > deadline:
                raise self._died(child.part, code)
            time.sleep(0.05)

    def require_all(self) -> None:
        """Raises Died when a part has ended already."""
        for child in self.children.values():
            code = child.process.poll()
            if code is not None:
                raise self._died(child.part, code)

    def tend(self) -> None:
        """Look once after each child: say a death, and start again what is due."""
        now = time.monotonic()
        for child in self.children.values():
            if child.again is not None:
                if now >= child.again:
                    child.part.prepare()
                    child.process, child.since, child.again = self._spawn(child.part), now, None
                    child.restarts += 1
                    self._note()
                    self.say(f"{child.part.name} was started again.")
            elif (code := child.process.poll()) is not None:
                child.deaths = 1 if now - child.since > SETTLED else child.deaths + 1
                pause = min(LONGEST_PAUSE, 0.5 * 2**child.deaths)
                child.again = now + pause
                self._note()
                self.say(f"{self._died(child.part, code)}\nIt is started again in {pause:.0f} s.")

    def stop(self, seconds: float = 10) -> None:
        """Stop every child, the last started first; one that won't is killed."""
        for child in reversed(self.children.values()):
            with suppress(ProcessLookupError):
                child.process.send_signal(child.part.stop)
            try:
                child.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.say(f"{child.part.name} did not stop within {seconds:g} s and was killed.")
                child.process.kill()
                child.process.wait()
        self.children.clear()

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        with self._log(part).open("ab") as log:
            return subprocess.Popen(
                part.command,
                env=part.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Python finds modules in the current folder first, and PostgreSQL's account may not see it.
                cwd="/",
                # Ctrl-C goes to a terminal's whole group: the children are stopped by us, in order.
                start_new_session=True,
                user=part.account.uid,
                group=part.account.gid,
                extra_groups=part.account.groups,
            )

    def _note(self) -> None:
        """Best effort: a full disk must not end who keeps the others alive."""
        ahead = time.time() - time.monotonic()
        told = []
        for name, child in self.children.items():
            again = None if child.again is None else ahead + child.again
            told.append(Noted(name, child.process.pid, ahead + child.since, child.deaths, child.restarts, again))
        new = self.logs / f"{NOTE}.new"
        with suppress(OSError):
            new.write_text(json.dumps([vars(part) for part in told]))
            new.replace(self.logs / NOTE)

    def _log(self, part: Part) -> Path:
        log = self.logs / f"{part.name}.log"
        log.touch(mode=0o600)
        return log

    def _died(self, part: Part, code: int | None) -> Died:
        ended = "did not answer in time" if code is None else f"ended ({code})"
        lines = self._log(part).read_text(errors="replace").splitlines()[-5:]
        words = "".join(f"\n    {line[:300]}" for line in lines)
        return Died(f"{part.name} {ended}. The end of {self._log(part)}:{words}")


def answers(url: str) -> bool:
    """Whether a server answers at all, with whatever but a server's error."""
    try:
        # A proxy of the environment's must not see what stays on this machine.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
