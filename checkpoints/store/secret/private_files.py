"""Files that nobody else can read, on the disk and whole before anything relies on them. All here raise OSError."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """A new file, 0600, on the disk when this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def make_once(path: Path, content: Callable[[], bytes]) -> None:
    """What must be made once and never replaced, a key: two processes that make it at once end with the same one."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        write(fresh, content())
        # A link is there whole or not at all, and only the first of two makes it.
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink(missing_ok=True)
    flush(path.parent)


def flush(folder: Path) -> None:
    """The folder's names are on the disk when this returns."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
