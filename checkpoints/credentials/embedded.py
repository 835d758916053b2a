"""The embedded vault: one encrypted file, its key in another folder.

Rule: a change is written beside it, flushed, and put in its place: after any kill the file is the old one or the new.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.credentials.sealing import make_key, seal, unseal
from checkpoints.store.secret.private_files import flush, write

HEAD = b"countersign vault 1\n"
"""Names the format, and is sealed with the content."""

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

    def put(self, path: str, values: Mapping[str, str]) -> None:
        """Keep the values under `path`, instead of what was there. Raises Unavailable: nothing was kept."""
        with self._locked() as kept:
            self._write(kept | {path: dict(values)})

    def take(self, path: str) -> Mapping[str, str]:
        """The values. Raises Refused when there are none, Unavailable when the vault can't be read."""
        with self._locked() as kept:
            if path not in kept:
                raise Refused("Nothing lies in the vault there: it was never given, or it was forgotten.")
            return kept[path]

    def forget(self, path: str) -> None:
        """Remove what lies there; nothing there is no error. Raises Unavailable."""
        with self._locked() as kept:
            if kept.pop(path, None) is not None:
                self._write(kept)

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
