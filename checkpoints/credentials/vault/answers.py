"""What the answers of a vault hold, as far as all of its callers look for the same."""

from collections.abc import Mapping

from checkpoints.core.errors import Refused
from checkpoints.core.model import Json

NOTHING_LIES = "Nothing lies in the vault there: it was never given, or it was forgotten."


def meant_for(let_in: Mapping[str, Json]) -> Json:
    """The path that a login was made for."""
    auth = let_in.get("auth")
    known = auth.get("metadata") if isinstance(auth, dict) else None
    return known.get("path") if isinstance(known, dict) else None


def inner(answer: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    """KV version 2 wraps what lies there once more, under this name. Raises Refused for anything else."""
    data = answer.get("data")
    inner = data.get(name) if isinstance(data, dict) and name else data
    if not isinstance(inner, dict):
        raise Refused(NOTHING_LIES)
    return inner
