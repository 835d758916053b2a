"""Signed heads of the audit: one file each, outside the database, and the Ed25519 key that signs them.

Rule: a file is written once and never changed; whoever may change the database should not be able to change a copy.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from checkpoints.core.audit import Anchor
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.from_outside.untrusted import object_in
from checkpoints.core.model import Json
from checkpoints.store.secret.private_files import make_once

MOST_BYTES = 2000
NAMES = {"number", "hash", "at", "public_key", "signature"}
KEY = re.compile(r"[0-9a-f]{64}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class Signer:
    """A desk's signer: its key at `<home>/keys/anchor.key`, what it signed in `<home>/anchors/`."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "anchors"

    @property
    def public_key(self) -> str:
        """64 hex digits. Raises Unavailable when there is no key, or none that can be read."""
        return self._key().public_key().public_bytes_raw().hex()

    def make_key(self) -> None:
        """The first time; never a second one in place of a lost one, whose signatures it can't verify.

        Raises Unavailable.
        """
        if not self.files():
            _make(self._file, lambda: Ed25519PrivateKey.generate().private_bytes_raw())

    def keep(self, anchor: Anchor) -> Path:
        """Signs it and returns its file. Raises Unavailable: nothing was kept."""
        self.make_key()
        path = self.folder / f"audit-{anchor.number:09}.json"
        signed = {"number": anchor.number, "hash": anchor.hash, "at": anchor.at, "public_key": self.public_key}
        signed["signature"] = self._key().sign(anchor.statement).hex()
        _make(path, lambda: f"{json.dumps(signed, indent=2)}\n".encode())
        return path

    def files(self) -> list[Path]:
        """What was kept here, the oldest first."""
        return sorted(self.folder.glob("audit-*.json"))

    @property
    def _file(self) -> Path:
        return self.home / "keys" / "anchor.key"

    def _key(self) -> Ed25519PrivateKey:
        try:
            return Ed25519PrivateKey.from_private_bytes(self._file.read_bytes())
        except (OSError, ValueError):
            raise Unavailable(
                f"{self._file} is no key that can be read. Nothing was signed or verified. Put it back from the backup."
            ) from None


def _make(path: Path, content: Callable[[], bytes]) -> None:
    try:
        make_once(path, content)
    except OSError as wrong:
        raise Unavailable(f"{path} can't be written ({wrong.strerror}). Nothing was signed; try again.") from None


def checked(files: Iterable[Path], public_key: str) -> list[Anchor]:
    """The signed heads in these files. Raises Refused for the first that can't be read or this key did not sign."""
    if KEY.fullmatch(public_key) is None:
        raise Refused("A public key has 64 hex digits: countersign audit key shows the desk's. Nothing was verified.")
    return [_checked(path, public_key) for path in files]


def _checked(path: Path, public_key: str) -> Anchor:
    try:
        told = object_in(path.read_bytes()[: MOST_BYTES + 1], MOST_BYTES)
        anchor, signature = _read(told)
        if told["public_key"] != public_key:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, anchor.statement)
    except OSError as wrong:
        raise Refused(f"{path} can't be read ({wrong.strerror}). Nothing was verified.") from None
    except Refused as wrong:
        raise Refused(f"{path} is no signed head of an audit: {wrong}. Nothing was verified.") from None
    except (InvalidSignature, ValueError):
        raise Refused(
            f"{path} was not signed with the key {public_key[:16]}…, or was changed since. Nothing was verified."
        ) from None
    return anchor


def _read(told: dict[str, Json]) -> tuple[Anchor, bytes]:
    if set(told) != NAMES:
        raise Refused(f"it should have {', '.join(sorted(NAMES))}, and nothing else")
    number, sha256, at, signature = (told[name] for name in ("number", "hash", "at", "signature"))
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise Refused("its number is no line's")
    if not isinstance(sha256, str) or KEY.fullmatch(sha256) is None:
        raise Refused("its hash has not 64 hex digits")
    if not isinstance(at, str) or TIME.fullmatch(at) is None:
        raise Refused("its time is not like 2026-11-27T12:00:00Z")
    if not isinstance(signature, str) or re.fullmatch(r"[0-9a-f]{128}", signature) is None:
        raise Refused("its signature has not 128 hex digits")
    return Anchor(number, sha256, at), bytes.fromhex(signature)
