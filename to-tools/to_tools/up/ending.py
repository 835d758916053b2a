"""Ends what belongs to a home: PostgreSQL, and every process that carries the home's mark in its environment.

Rule: one way to end things, for a stop, for what a kill -9 left, and for the guard that outlives its starter.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from checkpoints.fence import job
from to_tools.up import postmaster

MARK = job.MARK
"""In the environment of whatever the machine room starts, and so of whatever those start: the home."""


def end_all(home: Path, seconds: float = 10) -> None:
    """End every process of a home, PostgreSQL last, so that the others can still write what they must."""
    left = parts(home)
    for process in left:
        _send(process, psutil.Process.terminate)
    _, stubborn = psutil.wait_procs(left, timeout=seconds)
    for process in {*stubborn, *parts(home)}:
        _send(process, psutil.Process.kill)
    postmaster.end(home / "postgres")


def parts(home: Path) -> list[psutil.Process]:
    """The running processes that carry the home's mark, but for the one that asks."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _mark(process) == str(home)]


@contextmanager
def guard(home: Path) -> Iterator[None]:
    """Have everything of the home ended when this process ends, however it ends."""
    command = [sys.executable, "-m", "to_tools.up.ending", str(home)]
    # It carries the mark too: a guard that is still at it must not end what the next start has begun.
    # Its words go nowhere: holding our output open would keep those waiting who read it to its end.
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(
        command,
        env=os.environ | {MARK: str(home)},
        stdin=subprocess.PIPE,
        stdout=nowhere,
        stderr=nowhere,
        start_new_session=True,
        cwd="/",
    ):
        yield


def _send(process: psutil.Process, word: Callable[[psutil.Process], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        word(process)


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return None


if __name__ == "__main__":
    # Its starter never writes: the read returns when the starter is gone and the system has closed its end.
    sys.stdin.read()
    end_all(Path(sys.argv[1]))
