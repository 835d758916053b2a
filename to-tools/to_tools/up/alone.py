"""One supervisor a home: a lock that ends with its holder, and the holder's number and state in the file.

Rule: whoever has the lock is alive; what the file says counts only while it is locked.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class AlreadyRuns(Exception):
    """Another supervisor has this home."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"The desk already {'runs' if holder.ready else 'starts'} (process {holder.pid}).")


@dataclass(frozen=True)
class Holder:
    """Who supervises a home. `pid` is 0 in the instant between the lock and the note."""

    pid: int
    ready: bool


class Alone:
    """The lock, held."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.note("starting")

    def note(self, state: str) -> None:
        """Let others know how far we are: starting, ready."""
        os.pwrite(self.descriptor, f"{os.getpid()} {state:<8}\n".encode(), 0)


def lock_file(home: Path) -> Path:
    return home / "up.lock"


@contextmanager
def alone(home: Path) -> Iterator[Alone]:
    """Hold the home's lock. Raises AlreadyRuns."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(lock_file(home), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Alone(descriptor)
    except BlockingIOError:
        raise AlreadyRuns(holder(home) or Holder(0, False)) from None
    finally:
        os.close(descriptor)


def holder(home: Path) -> Holder | None:
    """Who supervises the home now, if anyone."""
    try:
        descriptor = os.open(lock_file(home), os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        pid, _, state = os.read(descriptor, 64).decode().strip().partition(" ")
        return Holder(int(pid or 0), state == "ready")
    finally:
        os.close(descriptor)
