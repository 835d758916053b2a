"""What an agent asked under which key, so that it finds its question again when it was started anew.

Rule: a file holds a key and a label, never a token or a value; it is gone once the question is over.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from countersign.speaking import Json

STATE = "COUNTERSIGN_STATE"


@dataclass(frozen=True)
class Kept:
    """The key of one question, and where it is kept; None: the caller keeps it."""

    key: str
    file: Path | None

    def over(self) -> None:
        """The next time it is another question."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)


def key_for(url: str, token: str, body: Mapping[str, Json], key: str = "", folder: Path | None = None) -> Kept:
    """The caller's key, or the one under which the very same was asked before and isn't over, or a new one."""
    if key:
        return Kept(key, None)
    where = folder or Path(os.environ.get(STATE, "") or _default())
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two agents of one user have tokens of their own: what one asked is not the other's.
    named = json.dumps([url, hashlib.sha256(token.encode()).hexdigest(), dict(body)], sort_keys=True)
    file = where / f"{hashlib.sha256(named.encode()).hexdigest()[:32]}.key"
    fresh = secrets.token_hex(16)
    with suppress(FileExistsError), os.fdopen(_new(file), "w", encoding="ascii") as written:
        written.write(fresh)
        return Kept(fresh, file)
    return Kept(_read(file) or fresh, file)


def _new(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _read(file: Path) -> str:
    """Written by who was first; one that died before it wrote leaves an empty one, which is written anew."""
    key = file.read_text(encoding="ascii").strip()
    if len(key) < 8:
        key = secrets.token_hex(16)
        file.write_text(key, encoding="ascii")
    return key


def _default() -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state else Path.home() / ".local" / "state") / "countersign"
