"""Canonical bytes and their SHA-256: what an approval names. Equal values give equal bytes, whatever their order."""

import hashlib
import json
from collections.abc import Mapping

from checkpoints.core.model import Json, Scalar


def canonical(value: Json | Mapping[str, Json] | Mapping[str, Scalar]) -> bytes:
    """JSON with sorted keys, no white space, UTF-8. Raises TypeError for what isn't `Json` (a float, a date)."""
    _no_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Json | Mapping[str, Json] | Mapping[str, Scalar]) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def approved(subject_digest: str, fields: Mapping[str, str], revision: int) -> str:
    """What an approval names and `begin` compares: subject, filled fields and revision in one SHA-256."""
    return digest({"subject": subject_digest, "fields": dict(fields), "revision": revision})


def short(full: str) -> str:
    """The form that a person compares: the first 12 of 64 digits, in groups of four."""
    return " ".join(full[i : i + 4] for i in (0, 4, 8))


def _no_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("A float has no canonical form: give a string or a whole number.")
    if isinstance(value, Mapping):
        for inner in value.values():
            _no_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _no_floats(inner)
