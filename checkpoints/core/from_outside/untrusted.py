"""Untrusted JSON becomes values. Rule: junk, NaN, doubled keys, too deep or too long is `Refused`, in bare reasons."""

import json
from collections.abc import Callable, Sequence

from checkpoints.core.errors import Refused
from checkpoints.core.model import Json

DEEPEST = 60


def object_in(raw: bytes, most: int, fraction: Callable[[str], Json] = str, encoding: str = "utf-8") -> dict[str, Json]:
    """The object in at most so many bytes. `fraction` reads what has a point or an exponent. Raises Refused."""
    if len(raw) > most:
        raise Refused(f"it has {len(raw):,} bytes; the most is {most:,}")
    try:
        value = json.loads(
            raw.decode(encoding),
            parse_float=fraction,
            parse_constant=_no_number,
            object_pairs_hook=_no_doubles,
        )
    except RecursionError:
        raise Refused("it is nested too deep") from None
    except ValueError as error:
        raise Refused(f"it isn't JSON ({error.__class__.__name__})") from None
    if not isinstance(value, dict):
        raise Refused("it isn't an object")
    _not_too_deep(value)
    return value


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
    raise Refused(f"it is nested more than {DEEPEST} deep")


def _inside(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
