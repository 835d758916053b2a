"""Ends the desk's processes by SIGKILL, one after another: its parts, PostgreSQL among them, and who keeps them.

Rule: what the supervisor keeps is left to it; only where it was killed itself a person starts the desk again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import psutil

from tests.acceptance.chaos.choices import Seed
from tests.acceptance.conftest import WholeDesk
from to_tools.up.alone import holder
from to_tools.up.supervisor import noted

EVERY = 15.0
"""Seconds."""
SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class Killer:
    """Kills until its time is over; `kills` counts them by name."""

    desk: WholeDesk
    seed: Seed
    kills: Counter[str] = field(default_factory=Counter)

    def keep_killing(self, seconds: float, stop: threading.Event) -> None:
        """One every 15 s, for so many seconds or until told to stop."""
        begun = time.monotonic()
        names = sorted(part.name for part in noted(self.desk.settings.logs))
        victims = self.seed.victims([*names, SUPERVISOR])
        due = begun + EVERY
        while due <= begun + seconds and not stop.wait(max(0.0, due - time.monotonic())):
            name = next(name for name in victims if self._kill(name))
            self.kills[name] += 1
            print(f"{time.monotonic() - begun:6.1f} s  killed: {name}")
            if name == SUPERVISOR:
                self.desk.up()
            due = max(due + EVERY, time.monotonic())

    def _kill(self, name: str) -> bool:
        """False where it is down already, and waits to be started again."""
        try:
            process = psutil.Process(self._number_of(name))
            process.kill()
            psutil.wait_procs([process], timeout=5)
        except psutil.NoSuchProcess:
            return False
        return True

    def _number_of(self, name: str) -> int:
        """Raises NoSuchProcess."""
        if name == SUPERVISOR:
            running = holder(self.desk.settings.home)
            assert running is not None, "nobody supervises the desk"
            return running.pid
        (part,) = (part for part in noted(self.desk.settings.logs) if part.name == name)
        if part.again is not None:
            raise psutil.NoSuchProcess(part.pid)
        return part.pid
