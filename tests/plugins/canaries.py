"""Looking for planted values wherever a desk could have left them: files, tables, processes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

SURELY_SAME = slice(6, -6)
"""Of a value in base64: what doesn't depend on the bytes before and after it."""


def occurs(text: str, *values: str) -> bool:
    """Whether one of the values stands in the text, plain, as in an address, or in base64 whatever stands before it."""
    forms = [*values, *(quote(value, safe="") for value in values)]
    for value in values:
        forms += [base64.b64encode(b"x" * before + value.encode()).decode()[SURELY_SAME] for before in range(3)]
    return any(form in text for form in forms)


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


def tables(connection: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Every table of a database with all its rows as text, which files can hold compressed."""
    names = connection.execute(
        "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
    ).fetchall()
    for name in names:
        rows = connection.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(*name))).fetchall()
        yield ".".join(name), repr(rows)
