"""A PostgreSQL server as `postmaster.pid` tells of it: whether it lives, how it is ended, what it left.

Rule: a process is only touched when it is a postgres that serves this very data folder.
"""

from __future__ import annotations

import signal
from pathlib import Path

import psutil


def running(data: Path) -> psutil.Process | None:
    """The server of a data folder, if one runs."""
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
        mine = process.name().startswith("postgres") and str(data) in process.cmdline()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
    return process if mine and process.status() != psutil.STATUS_ZOMBIE else None


def end(data: Path, seconds: float = 20) -> None:
    """End the server of a data folder: its clients are cut off, what was committed stays."""
    process = running(data)
    for word in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process is None:
            return
        try:
            process.send_signal(word)
            process.wait(seconds)
            return
        except psutil.NoSuchProcess:
            return
        except psutil.TimeoutExpired:
            seconds = 5


def forget(data: Path, sockets: Path) -> None:
    """Remove the lock files of a killed server, whose number another process may have by now."""
    if running(data) is None:
        for leftover in (data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
            leftover.unlink(missing_ok=True)
