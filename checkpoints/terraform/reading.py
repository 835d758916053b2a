"""Untrusted JSON becomes typed values. Rule: junk, NaN, doubled keys, too deep or too long is `Refused`."""

import codecs
import json
from collections.abc import Sequence

from checkpoints.core.errors import Refused
from checkpoints.core.model import Json

MOST_BYTES = 20_000_000
DEEPEST = 60


def parsed(raw: bytes) -> dict[str, Json]:
    """The object in `raw`: UTF-8, or UTF-16 as PowerShell saves it. Fractions stay text. Raises Refused."""
    if len(raw) > MOST_BYTES:
        raise no(f"it has {len(raw):,} bytes; the most is {MOST_BYTES:,}")
    try:
        value = json.loads(
            raw.decode(_encoding(raw)),
            parse_float=str,
            parse_constant=_no_number,
            object_pairs_hook=_no_doubles,
        )
    except RecursionError:
        raise no("it is nested too deep") from None
    except ValueError as error:
        raise no(f"it isn't JSON ({error.__class__.__name__})") from None
    if not isinstance(value, dict):
        raise no("it isn't an object")
    _not_too_deep(value)
    return value


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


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is no number")


def _no_doubles(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _not_too_deep(value: Json) -> None:
    level: list[Json] = [value]
    for _ in range(DEEPEST):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return
    raise no(f"it is nested more than {DEEPEST} deep")


def _inside(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
