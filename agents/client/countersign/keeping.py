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
from tempfile import NamedTemporaryFile

from countersign.speaking import Json

STATE = "COUNTERSIGN_STATE"
SHORTEST = 8
"""Letters of a key that the desk takes."""


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
    return Kept(_kept_in(file), file)


def _kept_in(file: Path) -> str:
    """What is written there. Whole from the first moment on: two that ask the same at once ask one question."""
    with NamedTemporaryFile("w", dir=file.parent, encoding="ascii") as mine:
        mine.write(secrets.token_hex(16))
        mine.flush()
        while True:
            with suppress(FileExistsError):
                os.link(mine.name, file)
            # It is gone again where the other's question was over just then.
            with suppress(FileNotFoundError):
                if len(key := file.read_text(encoding="ascii")) >= SHORTEST:
                    return key
                # A machine that lost its power may leave an empty one.
                file.unlink()


def _default() -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state else Path.home() / ".local" / "state") / "countersign"
