"""Hide what Terraform's masks call sensitive. Rule: a mask that doesn't fit hides everything."""

import json
from collections.abc import Mapping

from checkpoints.core.model import Json

SENSITIVE = "(sensitive)"
KNOWN_LATER = "(known after apply)"


def masked(value: Json, mask: Json, sign: str = SENSITIVE) -> Json:
    """`value` with `sign` wherever `mask` is true; a mask is a boolean, or has the shape of its value."""
    if mask is True:
        return sign
    if mask is False or mask is None or mask == {} or mask == []:
        return value
    if isinstance(mask, dict) and isinstance(value, dict):
        return {name: masked(inner, mask.get(name), sign) for name, inner in value.items()}
    # Masks of lists may be shorter than the list: the rest is not masked.
    if isinstance(mask, list) and isinstance(value, list) and len(mask) <= len(value):
        rest: list[Json] = [False] * (len(value) - len(mask))
        return [masked(inner, one, sign) for inner, one in zip(value, mask + rest, strict=True)]
    return value if value is None else sign


def filled(value: Json, unknown: Json) -> Json:
    """`value` with "(known after apply)" where `unknown` is true; Terraform leaves such attributes out."""
    if unknown is True:
        return KNOWN_LATER
    if isinstance(unknown, dict) and isinstance(value, dict):
        return {name: filled(value.get(name), unknown.get(name)) for name in value.keys() | unknown.keys()}
    if isinstance(unknown, list) and isinstance(value, list) and len(unknown) == len(value):
        return [filled(inner, one) for inner, one in zip(value, unknown, strict=True)]
    return value


def fields_of(value: Json) -> Mapping[str, Json]:
    """The attributes of a resource, none when there is no resource."""
    return value if isinstance(value, dict) else {}


def shown(value: Json) -> str:
    """A masked value as text: a string as it is, nothing for null, JSON for the rest."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
