"""Evidence on disk: `<home>/files/ab/<sha256>`, 0600. Rule: what is read is hashed anew; runs can write here."""

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from checkpoints.core.errors import Refused, Unavailable

MOST_BYTES = 10_000_000
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Folder:
    """The port `Files` on a folder of its own."""

    root: Path

    def put(self, content: bytes) -> str:
        """Keeps it; returns its SHA-256. Raises Refused when it is too large, Unavailable when it can't be kept."""
        if len(content) > MOST_BYTES:
            raise Refused(f"The file has {len(content):,} bytes; the most is {MOST_BYTES:,}. It was not kept.")
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            if not _is_there(path, content):
                _write(path, content)
        except OSError as wrong:
            raise Unavailable(f"The file can't be kept ({wrong.strerror}). Nothing was attached; try again.") from None
        return sha256

    def get(self, sha256: str) -> bytes:
        """The content, hashed anew. Raises Refused when it is not there or was changed."""
        if SHA256.fullmatch(sha256) is None:
            raise Refused("There is no such file: its name has 64 hex digits.")
        try:
            content = _read(self._path(sha256))
        except OSError as wrong:
            raise Refused(f"The file {sha256[:12]} is not there ({wrong.strerror}).") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Refused(f"The file {sha256[:12]} was changed after it was kept: don't rely on it. It is not shown.")
        return content

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256


def _is_there(path: Path, content: bytes) -> bool:
    try:
        return _read(path) == content
    except OSError:
        return False


def _read(path: Path) -> bytes:
    # A run may have put a link or a pipe there: the one would lead elsewhere, the other never end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is no file")
        return file.read(MOST_BYTES + 1)


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
