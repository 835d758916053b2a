"""What the shell refused without the database, kept for the porter in `<home>/logs/shell.tried`.

Rule: bounded; whoever writes, reads or empties it holds it, and it is emptied only of what was kept for good.
"""

import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

IN_WORDS = 1 << 16
"""Bytes: what comes after is counted by an empty line each."""
FULL = 1 << 20
"""Bytes: a million more were counted by then, and nobody counts on."""
PATIENCE = 0.5
LOOK = 0.01
"""Seconds."""


def file_of(home: Path) -> Path:
    return home / "logs" / "shell.tried"


def write(home: Path, why: str) -> None:
    """One more, as nothing but text of our own. Where there is no desk nothing is written. Raises OSError."""
    if not home.is_dir():
        return
    file = file_of(home)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with _held(file, os.O_CREAT | os.O_APPEND) as fd:
        size = os.fstat(fd).st_size
        if size >= FULL:
            return
        # By its first line a file that was emptied and filled again is told from the one that it was.
        begin = b"" if size else secrets.token_hex(8).encode() + b"\n"
        line = json.dumps({"why": why, "besides": 0}).encode() if size < IN_WORDS else b""
        os.write(fd, begin + line + b"\n")


def read_on(home: Path, start: str, number: int) -> tuple[str, int, Sequence[str]]:
    """The whole lines that came since, and up to where that was. Raises OSError.

    `start` and `number` are what is kept for good: where that is all that there is, it is emptied, and nothing came.
    """
    try:
        with _held(file_of(home)) as fd:
            content = os.pread(fd, 2 * FULL, 0)
            head, _, _ = content.partition(b"\n")
            begun = hashlib.sha256(head).hexdigest()[:16]
            at = number if begun == start and len(head) < number <= len(content) else len(head) + 1
            if at >= len(content):
                os.ftruncate(fd, 0)
                return start, number, ()
    except FileNotFoundError:
        return start, number, ()
    whole = content[at : content.rfind(b"\n") + 1]
    return begun, at + len(whole), whole.decode("utf-8", "replace").split("\n")[:-1]


@contextmanager
def _held(file: Path, more: int = 0) -> Iterator[int]:
    """Nobody else's until it is closed. Raises OSError, also where somebody keeps it too long."""
    fd = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | more, 0o600)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise
                time.sleep(LOOK)
        yield fd
    finally:
        os.close(fd)
