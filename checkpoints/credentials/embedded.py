"""The embedded vault: one encrypted file, its key in another folder.

Rule: a change is written beside it, flushed, and put in its place: after any kill the file is the old one or the new.
"""

import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from checkpoints.core.errors import Intercepted, Refused, Unavailable
from checkpoints.core.work.services.handing import HAS_ENDED, Door, Grant, Handed
from checkpoints.credentials.sealing import make_key, seal, unseal
from checkpoints.store.secret.private_files import flush, write

HEAD = b"countersign vault 1\n"
"""Names the format, and is sealed with the content."""

TICKET = "ticket/"
"""Before the hash of what was handed over, and is not opened yet."""
HANDED_LASTS = timedelta(minutes=1)
CLOSED = "closed"
"""In what was handed over and not opened when its credential was closed: nobody else opened it, then."""
CASES = "cases/"
"""Before each path that is a case's."""

Kept = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Embedded:
    """Secrets at `<home>/vault/embedded.vault`; the key lies at `<home>/keys/vault.key`."""

    home: Path

    @property
    def file(self) -> Path:
        return self.home / "vault" / "embedded.vault"

    @property
    def key(self) -> Path:
        return vault_key(self.home)

    @property
    def restricts(self) -> bool:
        """A file can't tell where a reader sits."""
        return False

    @property
    def origin(self) -> str:
        """See the port."""
        return ""

    def audited(self) -> tuple[str, ...]:
        """A file notes nothing."""
        return ()

    def door(self, path: str, lasts: timedelta) -> Door | None:
        """Nobody but this machine's own processes writes the file."""
        return None

    def put(self, path: str, values: Mapping[str, str]) -> None:
        """See the port."""
        with self._locked() as kept:
            if path in kept:
                raise Refused("Something lies in the vault there already. Nothing was kept.")
            self._write(kept | {path: dict(values)})

    def names(self, path: str) -> tuple[str, ...]:
        """See the port."""
        with self._locked() as kept:
            return tuple(_lies(kept, path))

    def hand(self, grant: Grant) -> Handed:
        """See the port."""
        token, now = secrets.token_urlsafe(24), time.time()
        fresh = {"id": str(grant.id), "path": grant.path, "ends": str(now + HANDED_LASTS.total_seconds())}
        with self._locked() as kept:
            _lies(kept, grant.path)
            left = {path: each for path, each in kept.items() if not _is_over(path, each, now)}
            self._write(left | {TICKET + _hashed(token): fresh})
        return Handed(grant.path, token)

    def wrap(self, path: str, values: Mapping[str, str]) -> Handed:
        """See the port: it is never handed to anybody else."""
        raise Refused("The vault on this machine hands nothing to others. Nothing was opened.")

    def take(self, handed: Handed) -> Mapping[str, str]:
        """See the port."""
        with self._locked() as kept:
            ticket = kept.pop(TICKET + _hashed(handed.token), None)
            if ticket is None or ticket["path"] != handed.path or _is_over(TICKET, ticket, time.time()):
                raise Intercepted("What was handed over opens nothing: it was opened before, or is over a minute old.")
            self._write(kept)
            if CLOSED in ticket:
                raise Refused(HAS_ENDED)
            return _lies(kept, handed.path)

    def opens(self, grant: Grant) -> None:
        """See the port: nobody but the desk's own processes opens the file."""
        self.names(grant.path)

    def close(self, id: UUID) -> None:
        """See the port. What was handed over is known until its minute is over: nobody is to take it for stolen."""
        with self._locked() as kept:
            theirs = {path: each for path, each in kept.items() if path.startswith(TICKET) and each["id"] == str(id)}
            if theirs:
                self._write(kept | {path: each | {CLOSED: "yes"} for path, each in theirs.items()})

    def forget(self, path: str) -> None:
        """See the port."""
        with self._locked() as kept:
            if kept.pop(path, None) is not None:
                self._write(kept)

    def granted(self) -> tuple[UUID, ...]:
        """See the port."""
        with self._locked() as kept:
            handed = [each for path, each in kept.items() if path.startswith(TICKET) and CLOSED not in each]
            return tuple({UUID(each["id"]) for each in handed})

    def paths(self) -> tuple[str, ...]:
        """See the port."""
        with self._locked() as kept:
            return tuple(path for path in kept if path.startswith(CASES))

    @contextmanager
    def _locked(self) -> Iterator[Kept]:
        """What lies in the vault; no other process, and no other thread, reads or writes it meanwhile."""
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as wrong:
            raise Unavailable(f"The vault can't be opened ({wrong.strerror}). Nothing was changed.") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._read()
        finally:
            os.close(lock)

    def _read(self) -> Kept:
        try:
            content = self.file.read_bytes()
        except FileNotFoundError:
            make_key(self.key)
            return {}
        except OSError as wrong:
            raise Unavailable(f"The vault can't be read ({wrong.strerror}). Nothing was changed.") from None
        if not content.startswith(HEAD):
            raise Unavailable("The vault's file is damaged, or of another release. Nothing was changed.")
        kept: Kept = json.loads(unseal(self.key, HEAD, content[len(HEAD) :]))
        return kept

    def _write(self, kept: Kept) -> None:
        content = HEAD + seal(self.key, HEAD, json.dumps(kept).encode())
        fresh = self.file.with_suffix(".new")
        try:
            # Left by whoever was killed in the midst; the lock says that nobody writes it now.
            fresh.unlink(missing_ok=True)
            write(fresh, content)
            fresh.replace(self.file)
            flush(self.file.parent)
        except OSError as wrong:
            raise Unavailable(f"The vault can't be written ({wrong.strerror}). Nothing was changed.") from None


def vault_key(home: Path) -> Path:
    """Where the key of a desk's vault lies."""
    return home / "keys" / "vault.key"


def _lies(kept: Kept, path: str) -> dict[str, str]:
    if path not in kept:
        raise Refused("Nothing lies in the vault there: it was never given, or it was forgotten.")
    return kept[path]


def _is_over(path: str, kept: Mapping[str, str], now: float) -> bool:
    """True of what was handed over and not opened in time."""
    return path.startswith(TICKET) and float(kept["ends"]) < now


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
