"""Reading JSON of others: what isn't there, or is something else, is empty."""

from collections.abc import Iterator

from checkpoints.core.model import Json

Doc = dict[str, Json]


def at(value: Json, *path: str | int) -> Json:
    """What lies at the end of the path, None when nothing does."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: Json, *path: str | int) -> str:
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def doc(value: Json, *path: str | int) -> Doc:
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def docs(value: Json, *path: str | int) -> list[Doc]:
    found = at(value, *path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def flag(value: Json, *path: str | int) -> bool:
    """Forms say `true` and `1` where JSON says true."""
    return at(value, *path) in (True, "true", "True", "1")


def number(value: Json, *path: str | int, default: int) -> int:
    found = at(value, *path)
    if isinstance(found, int):
        return found
    return int(found) if isinstance(found, str) and found.isdecimal() else default


def words(value: Json) -> Iterator[str]:
    """Every text that a reader of these blocks reads."""
    if isinstance(value, list):
        for one in value:
            yield from words(one)
    elif isinstance(value, dict):
        if isinstance(said := value.get("text"), str):
            yield said
        for key, one in value.items():
            if key not in ("confirm", "metadata") and not isinstance(one, str):
                yield from words(one)
