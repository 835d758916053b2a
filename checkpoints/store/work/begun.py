"""The journal of effects that were begun: files outside the database, which know what a restored one forgot.

Rule: one file a case, one line a beginning, on disk before the effect; no line is ever changed.
"""

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from checkpoints.core.errors import Unavailable
from checkpoints.store.secret.private_files import flush

FOLDER = "begun"
STEP = "begun/"
"""Before the token, it names the step in the ledger by which the database knows a line."""
NAMES = text("select name from desk.step where name like 'begun/%' and name = any(:names)")
"""The first condition is that of its index."""


@dataclass(frozen=True)
class Begun:
    """One line. `token` is its own; `after` are those of forgotten lines that the question about this one covers.

    `branch` and `question` say what was asked: unlike ids and numbers they are the same in a restored database. Both
    are empty of a line that can't be read.
    """

    token: str
    at: str = ""
    branch: str = ""
    question: str = ""
    checkpoint: str = ""
    step: str = ""
    digest: str = ""
    after: tuple[str, ...] = ()


def read(home: Path, case: str) -> list[Begun]:
    """The lines of a case, the oldest first. Raises OSError."""
    try:
        lines = _file(home, case).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [_line(line) for line in lines if line]


def write(home: Path, case: str, begun: Begun) -> None:
    """One more line. When this returns it is on the disk. Raises Unavailable when it can't be, or may not be."""
    file = _file(home, case)
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        with os.fdopen(os.open(file, flags, 0o600), "r+b", buffering=0) as journal:
            fcntl.flock(journal, fcntl.LOCK_EX)
            # What a power cut left of a line must not swallow this one.
            parted = b"\n" if _is_torn(journal.fileno()) else b""
            line = parted + json.dumps(asdict(begun)).encode() + b"\n"
            if os.write(journal.fileno(), line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(journal.fileno())
        flush(file.parent)
    except OSError as wrong:
        said = f"What is about to be done can't be noted in {FOLDER}/ ({wrong.strerror}). Nothing was done; try again."
        raise Unavailable(said) from wrong


def forgotten(lines: Collection[Begun], known: Collection[str]) -> list[Begun]:
    """The lines that the database, which has the tokens in `known`, knows nothing of and nobody was asked about."""
    asked = {token for line in lines if line.token in known for token in line.after}
    return [line for line in lines if line.token not in known and line.token not in asked]


def known_to(tx: Connection, tokens: Collection[str]) -> set[str]:
    """Those of these tokens that the database has."""
    names = [f"{STEP}{token}" for token in tokens]
    return {name.removeprefix(STEP) for name in tx.execute(NAMES, {"names": names}).scalars()}


def cases(home: Path) -> Iterator[str]:
    """Of which there is a file."""
    yield from sorted(file.stem for file in (home / FOLDER).glob("*.jsonl"))


def _file(home: Path, case: str) -> Path:
    return home / FOLDER / f"{case}.jsonl"


def _line(line: bytes) -> Begun:
    try:
        found = json.loads(line)
        return Begun(**(found | {"after": tuple(found["after"])}))
    except (ValueError, TypeError, LookupError):
        return Begun(hashlib.sha256(line).hexdigest())


def _is_torn(journal: int) -> bool:
    size = os.fstat(journal).st_size
    return size > 0 and os.pread(journal, 1, size - 1) != b"\n"
