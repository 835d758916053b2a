"""Reads a TOML document from outside into a pydantic model, or refuses it with line, field and what is right."""

import re
import tomllib
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from checkpoints.core.errors import Unread
from checkpoints.core.fields import clean

LARGEST = 64 * 1024
DEEPEST = 32
MOST_DOTS = 200
"""On one line: the time that a dotted key takes grows with the square of its parts."""
TOO_DEEP = f"nested too deep (at most {DEEPEST})"
HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
KEY = re.compile(r"^\s*([A-Za-z0-9_\-\"']+)\s*=")

M = TypeVar("M", bound=BaseModel)


def read(document: bytes, model: type[M], name: str) -> M:
    """The model. Raises Unread in words for people; `name` is what they call the document."""
    text = _decoded(document, name)
    try:
        return model.model_validate(tomllib.loads(text, parse_float=str))
    except tomllib.TOMLDecodeError as wrong:
        raise Unread(f"{name}: {wrong}. Nothing was stored.", "not TOML") from None
    except RecursionError:
        raise _no(name, TOO_DEEP) from None
    except ValidationError as wrong:
        raise _mistaken(wrong, text, name) from None
    except ValueError:
        # What is left is Python's own limit for whole numbers, which names no line.
        raise _no(name, "a number has thousands of digits") from None


def _decoded(document: bytes, name: str) -> str:
    if len(document) > LARGEST:
        raise _no(name, f"over {LARGEST // 1024} KiB")
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = document[: wrong.start].count(b"\n") + 1
        said = f"{name}, line {line}: not UTF-8. Save it as UTF-8 text. Nothing was stored."
        raise Unread(said, f"line {line}: not UTF-8") from None
    for number, line_text in enumerate(text.splitlines(), 1):
        if line_text.count("[") + line_text.count("{") > DEEPEST or line_text.count(".") > MOST_DOTS:
            raise Unread(f"{name}, line {number}: {TOO_DEEP}. Nothing was stored.", f"line {number}: {TOO_DEEP}")
    return text


def _no(name: str, reason: str) -> Unread:
    return Unread(f"{name}: {reason}. Nothing was stored.", reason)


def _mistaken(wrong: ValidationError, text: str, name: str) -> Unread:
    """Every mistake on a line of its own: the line, the field, what is wrong. The field may be the document's word."""
    told, reasons = [], []
    for error in wrong.errors(include_url=False, include_input=True)[:20]:
        path = tuple(part for part in error["loc"] if part != "__root__")
        line = line_of(text, path)
        place = ".".join(str(part + 1) if isinstance(part, int) else part for part in path) or "the document"
        message = _message(error["type"], error["msg"])
        told.append(f"{name}, line {line}, {clean(place)}: {message}" if line else f"{name}, {clean(place)}: {message}")
        reasons.append(f"line {line}: {message}" if line else message)
    more = f" (the first of {len(reasons)} mistakes)" if len(reasons) > 1 else ""
    return Unread("\n".join([*told, "Nothing was stored."]), reasons[0] + more)


def _message(sort: str, message: str) -> str:
    if sort == "missing":
        return "is missing"
    if sort == "extra_forbidden":
        return "is not known here"
    return clean(message.removeprefix("Value error, "), 400)


def line_of(text: str, path: tuple[str | int, ...]) -> int | None:
    """The line, from 1, of a key or of the nearest table round it; None when not even that is there."""
    best: tuple[int, int] | None = None
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        here: tuple[str | int, ...]
        if header := HEADER.match(line):
            keys = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            if header[1] == "[[":
                counts[header[2]] = counts.get(header[2], -1) + 1
                table = (*keys, counts[header[2]])
            else:
                table = keys
            here = table
        elif key := KEY.match(line):
            here = (*table, key[1].strip("\"'"))
        else:
            continue
        if here == path[: len(here)] and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return best[1] if best else None
