"""Files that nobody else can read, on the disk and whole before anything relies on them. All here raise OSError."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def write(path: Path, content: bytes) -> None:
    """A new file, 0600, on the disk when this returns."""
    with _opened(path) as file:
        file.write(content)


@contextmanager
def made_whole(path: Path) -> Iterator[BinaryIO]:
    """A new file to write to: it is there, whole, once this ends without an error, and before that not at all.

    Raises FileExistsError, which no other file is overwritten by.
    """
    fresh = _beside(path)
    try:
        with _opened(fresh) as file:
            yield file
        path.hardlink_to(fresh)
    finally:
        fresh.unlink(missing_ok=True)
    flush(path.parent)


def make_once(path: Path, content: Callable[[], bytes]) -> None:
    """What must be made once and never replaced, a key: two processes that make it at once end with the same one."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = _beside(path)
    try:
        write(fresh, content())
        # A link is there whole or not at all, and only the first of two makes it.
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink(missing_ok=True)
    flush(path.parent)


def replace(path: Path, content: bytes) -> None:
    """This instead of what was there, if anything was: whole, or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = _beside(path)
    try:
        write(fresh, content)
        fresh.rename(path)
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


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.{secrets.token_hex(8)}")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
