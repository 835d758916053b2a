"""Untrusted JSON becomes typed values. Rule: junk, NaN, doubled keys, too deep or too long is `Refused`."""

import codecs

from checkpoints.core.errors import Refused
from checkpoints.core.from_outside.untrusted import object_in
from checkpoints.core.model import Json

MOST_BYTES = 20_000_000


def parsed(raw: bytes) -> dict[str, Json]:
    """The object in `raw`: UTF-8, or UTF-16 as PowerShell saves it. Fractions stay text. Raises Refused."""
    try:
        return object_in(raw, MOST_BYTES, encoding=_encoding(raw))
    except Refused as why:
        raise no(str(why)) from None


def no(reason: str) -> Refused:
    """The one way that this door says no."""
    return Refused(f"The plan can't be read: {reason}. Nothing was kept: plan again.")


def member(value: dict[str, Json], name: str) -> dict[str, Json]:
    """The object under `name`, empty when it isn't there."""
    inner = value.get(name)
    if inner is None:
        return {}
    if not isinstance(inner, dict):
        raise no(f"`{name}` isn't an object")
    return inner


def members(value: dict[str, Json], name: str) -> list[dict[str, Json]]:
    """The objects listed under `name`, none when it isn't there."""
    inner = value.get(name)
    if inner is None:
        return []
    objects = [item for item in inner if isinstance(item, dict)] if isinstance(inner, list) else None
    if objects is None or not isinstance(inner, list) or len(objects) != len(inner):
        raise no(f"`{name}` isn't a list of objects")
    return objects


def text(value: dict[str, Json], name: str) -> str:
    """The text under `name`, which must be there."""
    inner = value.get(name)
    if not isinstance(inner, str):
        raise no(f"`{name}` isn't text")
    return inner


def _encoding(raw: bytes) -> str:
    return "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
