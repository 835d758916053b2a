"""`countersign down`, `restart` and `reset`: ends a desk that runs, or one part of it, and forgets a home.

Rule: only what belongs to the home is ended or removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress

import psutil

from checkpoints.settings import Settings
from to_tools.up import ending, postmaster
from to_tools.up.alone import holder, lock_file
from to_tools.up.supervisor import noted

PATIENCE = 60.0
"""Seconds that a desk has to stop by itself, or a part to be back."""
STUBBORN = 10.0
"""Seconds that a part has before it is killed."""


def down(settings: Settings) -> bool:
    """Stop the desk, and whatever a killed one left. Says whether one ran."""
    supervisor = holder(settings.home)
    deadline = time.monotonic() + PATIENCE
    if supervisor is not None and supervisor.pid:
        with suppress(ProcessLookupError):
            os.kill(supervisor.pid, signal.SIGTERM)
        while holder(settings.home) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
    ending.end_all(settings.home)
    return supervisor is not None


class NoSuchPart(Exception):
    """Nothing of this name is kept running here. The message says what is."""


def restart(settings: Settings, name: str) -> int:
    """End one part of a desk that runs, also one that hangs; returns the new process's number.

    Its supervisor starts it again. Raises NoSuchPart.
    """
    known = {part.name: part for part in noted(settings.logs)} if holder(settings.home) else {}
    if name not in known:
        running = f"Here run: {', '.join(known)}." if known else "No desk runs here: countersign up"
        raise NoSuchPart(f"There is no {name} to restart. {running}")
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(known[name].pid)
        mine = process.create_time() <= known[name].since + 1 and process in ending.parts(settings.home)
        if mine and known[name].again is None:
            _end(settings, name, process)
    return _came_back(settings, name, known[name].restarts)


def _end(settings: Settings, name: str, process: psutil.Process) -> None:
    if name == "postgres":
        # Its SIGTERM waits for every client to leave, and a killed one leaves its children behind.
        postmaster.end(settings.home / "postgres")
        return
    process.terminate()
    if psutil.wait_procs([process], timeout=STUBBORN)[1]:
        process.kill()


def _came_back(settings: Settings, name: str, restarts: int) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for part in noted(settings.logs):
            if part.name == name and part.restarts > restarts and part.again is None:
                return part.pid
        time.sleep(0.1)
    raise NoSuchPart(f"{name} did not come back within {PATIENCE:.0f} s: see {settings.logs / f'{name}.log'}")


class NotOurs(Exception):
    """The folder doesn't look like a desk's home, so nothing in it is removed."""


def reset(settings: Settings) -> None:
    """Stop the desk and remove its home for good. Raises NotOurs."""
    if settings.home.exists() and not lock_file(settings.home).exists():
        raise NotOurs(
            f"{settings.home} has no {lock_file(settings.home).name}: no desk ran there. Nothing was removed."
        )
    down(settings)
    for folder in (settings.home, settings.run):
        if folder.exists():
            shutil.rmtree(folder)
