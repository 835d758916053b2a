"""The files of an export, a folder or the zip that it came as, read line by line. What can't be read is Broken."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

from .ed25519 import is_signed

LONGEST = 4_000_000
"""Characters of one line."""
PARTS = ("number", "at", "login", "event", "body", "previous", "hash")
NAMES = {"number", "hash", "at", "public_key", "signature"}
Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
Body = dict[str, Json]


class Broken(ValueError):
    """Something can't be read, so that nothing was verified."""


@dataclass(frozen=True)
class Head:
    """The end of the chain at a time, as it was signed."""

    number: int
    sha256: str
    at: str


@dataclass(frozen=True)
class Line:
    """A line of the chain. `hashed` are the bytes that its hash should be of."""

    number: int
    at: str
    event: str
    body: str
    previous: str
    sha256: str
    hashed: bytes
    login: str = ""

    @property
    def said(self) -> Body:
        return document(self.body, f"the body of line {self.number}")


class Export:
    """Where an export lies."""

    def __init__(self, path: Path) -> None:
        self.root: Path | zipfile.Path = path
        if path.is_file():
            packed = zipfile.ZipFile(path)
            if len(set(packed.namelist())) != len(packed.namelist()):
                raise Broken(f"{path.name} holds a file twice")
            self.root = zipfile.Path(packed)

    def lines(self, name: str, encoding: str = "utf-8") -> Iterator[str]:
        """Of one of its files, each with its end."""
        with cast(Path, self.root / name).open("rb") as raw, io.TextIOWrapper(raw, encoding, newline="") as file:
            while line := file.readline(LONGEST):
                if len(line) == LONGEST:
                    raise Broken(f"{name} has a line of {LONGEST:,} characters or more")
                yield line

    def table(self, name: str) -> Iterator[list[str]]:
        """The rows of a table, its columns' names first."""
        csv.field_size_limit(LONGEST)
        return csv.reader(self.lines(name, "utf-8-sig"), strict=True)

    def chain(self) -> Iterator[Line]:
        """Every line of the chain."""
        for place, text in enumerate(self.lines("chain.jsonl"), 1):
            told = document(text, f"chain.jsonl, line {place},")
            number = told.get("number")
            if set(told) != set(PARTS) or isinstance(number, bool) or not isinstance(number, int):
                raise Broken(f"chain.jsonl, line {place}, is no line of an audit")
            words = {name: word(told, name) for name in PARTS}
            hashed = "\n".join(words[name] for name in PARTS[:-1]).encode()
            said = (words["at"], words["event"], words["body"], words["previous"], words["hash"])
            yield Line(number, *said, hashed, words["login"])

    def head(self, key: str) -> Head:
        """The chain's end, as this key signed it."""
        return head_of("".join(self.lines("head.json")), "head.json", key)


def document(text: str, what: str) -> Body:
    """The object that this text is."""
    try:
        found = json.loads(text, object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError):
        raise Broken(f"{what} can't be read") from None
    if not isinstance(found, dict):
        raise Broken(f"{what} is no object")
    return found


def _no_doubles(pairs: list[tuple[str, Json]]) -> Body:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name is there twice")
    return dict(pairs)


def word(body: Body, name: str) -> str:
    """What is told under a name, as text; nothing where it isn't told."""
    value = body.get(name)
    return "" if value is None else str(value)


def head_of(text: str, what: str, key: str) -> Head:
    """A signed head. Raises Broken when it is none, or this key did not sign it."""
    told = document(text, what)
    number, sha256, at, signature = (word(told, name) for name in ("number", "hash", "at", "signature"))
    if (
        set(told) != NAMES
        or not re.fullmatch(r"[1-9][0-9]{0,17}", number)
        or not re.fullmatch(r"[0-9a-f]{128}", signature)
    ):
        raise Broken(f"{what} is no signed head of an audit")
    statement = f"countersign audit head\n{number}\n{sha256}\n{at}\n".encode()
    if told["public_key"] != key or not is_signed(bytes.fromhex(key), statement, bytes.fromhex(signature)):
        raise Broken(f"{what} was not signed with the key {key[:16]}…, or was changed since")
    return Head(int(number), sha256, at)
