"""A key in a file of its own, 0600, and what is sealed with it: AES-256-GCM, bound to what it is for.

Rule: a key is made once and never replaced: without it, what it sealed is gone.
"""

import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from checkpoints.core.errors import Unavailable
from checkpoints.store.secret.private_files import make_once

KEY_BYTES = 32
NONCE_BYTES = 12


def make_key(path: Path) -> None:
    """A new key, unless there is one: whoever comes second finds the first one's. Raises Unavailable."""
    try:
        make_once(path, lambda: AESGCM.generate_key(8 * KEY_BYTES))
    except OSError as wrong:
        raise Unavailable(f"The vault's key can't be made ({_why(wrong)}). Nothing was kept.") from None


def seal(path: Path, purpose: bytes, content: bytes) -> bytes:
    """The content, readable only with the key at `path` and for this purpose. Raises Unavailable without a key."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(_key(path)).encrypt(nonce, content, purpose)


def unseal(path: Path, purpose: bytes, sealed: bytes) -> bytes:
    """What was sealed. Raises Unavailable when the key is gone or another, or the content was changed."""
    try:
        return AESGCM(_key(path)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose)
    except (InvalidTag, ValueError):
        raise Unavailable("What is sealed can't be read: it was changed, or its key is another one.") from None


def _key(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(KEY_BYTES + 1)
    except OSError as wrong:
        raise Unavailable(f"The vault's key can't be read ({_why(wrong)}). Nothing was changed.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise Unavailable(f"Others can read the vault's key. Take that from them first: chmod 600 {path}")
    if len(key) != KEY_BYTES:
        raise Unavailable("The vault's key is damaged. Put it back from where you keep it. Nothing was changed.")
    return key


def _why(wrong: OSError) -> str:
    return wrong.strerror or type(wrong).__name__
