"""Looking for planted values wherever a desk could have left them: files, tables, processes."""

from __future__ import annotations

import base64
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

SURELY_SAME = slice(6, -6)
"""Of a value in base64: what doesn't depend on the bytes before and after it."""
GZIP, ZIP = b"\x1f\x8b\x08", b"PK\x03\x04"
ZIP_HEADER, DEFLATED, DEEPEST = 30, 8, 3
LONGEST = 64 * 1024**2
"""Of one thing that is packed."""


def occurs(content: str | bytes, *values: str) -> bool:
    """Whether one of the values stands there: plain, for a URL, in JSON or in base64, also in what is packed in it."""
    raw = content if isinstance(content, bytes) else _raw(content)
    return any(form in layer for layer in _unpacked(raw, DEEPEST) for form in forms(values))


@cache
def forms(values: tuple[str, ...]) -> tuple[bytes, ...]:
    """How each may be written down; in base64 whatever stands before it."""
    found = set()
    for value in values:
        found |= {value.encode(), quote(value, safe="").encode(), json.dumps(value)[1:-1].encode()}
        for before in range(3):
            packed = base64.b64encode(b"x" * before + value.encode())
            found |= {packed[SURELY_SAME], packed.translate(bytes.maketrans(b"+/", b"-_"))[SURELY_SAME]}
    return tuple(found)


def _raw(text: str) -> bytes:
    """A file's content as text has a byte a letter."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape")


def _unpacked(content: bytes, deep: int) -> Iterator[bytes]:
    """The content, and all that is gzipped or zipped anywhere in it."""
    yield content
    packed = [(at, 31) for at in _places(content, GZIP)] if deep else []
    for at in _places(content, ZIP) if deep else ():
        header = content[at : at + ZIP_HEADER]
        names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        if int.from_bytes(header[8:10], "little") == DEFLATED:
            packed.append((at + ZIP_HEADER + names, -15))
    for begin, window in packed:
        try:
            inside = zlib.decompressobj(window).decompress(content[begin:], LONGEST)
        except zlib.error:
            # What looks packed and isn't was looked through as it is.
            continue
        yield from _unpacked(inside, deep - 1)


def _places(content: bytes, mark: bytes) -> Iterator[int]:
    at = content.find(mark)
    while at >= 0:
        yield at
        at = content.find(mark, at + 1)


def held(error: BaseException | None) -> str:
    """All that hangs on an error, and on those that it came from, suppressed or not."""
    if error is None:
        return ""
    own = f"{error!r} {error} {error.args!r} {vars(error)!r} {getattr(error, '__notes__', '')!r}"
    return own + held(error.__cause__) + held(error.__context__)


def files(*folders: Path) -> Iterator[tuple[Path, str]]:
    """Every file below with its content, but the vault and its key."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and path.parent.name != "vault":
                yield path, path.read_bytes().decode("latin-1")


def processes() -> str:
    """Arguments and environment of every process that can be looked at."""
    told = []
    for process in psutil.Process(1).children(recursive=True):
        try:
            told.append(repr((process.cmdline(), process.environ())))
        except psutil.Error:
            continue
    return "\n".join(told)


@contextmanager
def watched(every: float = 0.25) -> Iterator[set[str]]:
    """What `processes()` says, again and again: what each process ever had is in the set at the end."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(every):
            seen.update(processes().splitlines())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def tables(connection: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Every table of a database with all its rows as text, which files can hold compressed."""
    names = connection.execute(
        "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
    ).fetchall()
    for name in names:
        rows = connection.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(*name))).fetchall()
        yield ".".join(name), repr(rows)
