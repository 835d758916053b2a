"""`on_sqlite.py look|back-up|run|rehearse DATABASE …`: what is done to a database, its result as one JSON object.

Rule: a script runs in one transaction, which it can't end itself, and leaves its name in the same one.
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

RAN = "schema_migration"
MAKE = f"create table if not exists {RAN} (script text primary key, sha256 text not null, ran_at text not null)"
MARK = f"insert into {RAN} values (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ'))"  # nosec: a constant's name
MARKED = f"select ran_at, sha256 from {RAN} where script = ?"  # nosec: a constant's name
TABLES = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name"
WAIT_SECONDS = 20
MINE = {sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT, sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH}
MINE |= {sqlite3.SQLITE_PRAGMA}
"""What a script may not do: end the transaction, or reach another file."""
DOWN = "-- down:"

Found = dict[str, object]


def look(database: str, name: str, sha256: str) -> Found:
    """When this script ran, and the tables as they are. Makes no database. Refuses one that ran with another text."""
    if not Path(database).exists():
        return {"ran": None, "tables": {}}
    with _opened(database) as rows:
        return {"ran": _ran_at(rows, name, sha256), "tables": _tables(rows)}


def back_up(database: str, to: str) -> Found:
    """A copy by SQLite's own backup, opened and compared with the original."""
    with _opened(database) as rows, _opened(to) as copy:
        rows.backup(copy)
        intact = copy.execute("pragma integrity_check").fetchone()[0] == "ok"
        return {"intact": intact, "tables": _tables(rows), "restored": _tables(copy)}


def run(database: str, release: str, name: str) -> Found:
    """The script's way forward, and its name."""
    with _opened(database) as rows:
        return _run(rows, release, name)


def rehearse(database: str, release: str, *names: str) -> Found:
    """The last of these scripts on a copy in memory, after those of the others that didn't run yet."""
    with _opened(":memory:") as copy:
        if Path(database).exists():
            with _opened(database) as rows:
                rows.backup(copy)
        for name in names[:-1]:
            if not _ran_at(copy, name, _digest(_text(release, name))):
                _run(copy, release, name)
        return _run(copy, release, names[-1])


def _run(rows: sqlite3.Connection, release: str, name: str) -> Found:
    text = _text(release, name)
    rows.execute("begin immediate")
    before = _tables(rows)
    rows.set_authorizer(lambda action, *_: sqlite3.SQLITE_DENY if action in MINE else sqlite3.SQLITE_OK)
    for statement in _statements(text.partition(DOWN)[0]):
        rows.execute(statement).fetchall()
    rows.set_authorizer(None)
    rows.execute(MAKE)
    rows.execute(MARK, (name, _digest(text)))
    after = _tables(rows)
    rows.execute("commit")
    return {"before": before, "after": after}


def _opened(database: str) -> closing[sqlite3.Connection]:
    """Closing it undoes what isn't committed."""
    return closing(sqlite3.connect(database, timeout=WAIT_SECONDS, isolation_level=None))


def _ran_at(rows: sqlite3.Connection, name: str, sha256: str) -> str | None:
    found = rows.execute(MARKED, (name,)).fetchone() if RAN in _names(rows) else None
    if found and found[1] != sha256:
        raise ValueError(f"{name} ran at {found[0]} with another text; bring what is new as a script of its own")
    return str(found[0]) if found else None


def _text(release: str, name: str) -> str:
    return Path(release, name).read_bytes().decode()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _names(rows: sqlite3.Connection) -> list[str]:
    return [str(name) for (name,) in rows.execute(TABLES)]


def _tables(rows: sqlite3.Connection) -> dict[str, list[object]]:
    """Table → number of rows, and a checksum over all of them whatever their order."""
    return {name: _counted(rows, name) for name in _names(rows) if name != RAN}


def _counted(rows: sqlite3.Connection, name: str) -> list[object]:
    number, total = 0, 0
    quoted = name.replace('"', '""')
    for row in rows.execute(f'select * from "{quoted}"'):  # nosec: a name of the database's own, quoted
        number += 1
        total = (total + int.from_bytes(hashlib.sha256(repr(row).encode()).digest())) % 2**256
    return [number, f"{total:064x}"]


def _statements(script: str) -> Iterator[str]:
    """One after the other, as SQLite itself tells them apart."""
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if rest := statement.rstrip("; \n"):
        yield rest


VERBS: dict[str, Callable[..., Found]] = {"look": look, "back-up": back_up, "run": run, "rehearse": rehearse}


def main(verb: str, *given: str) -> None:
    try:
        result = VERBS[verb](*given)
    except (sqlite3.Error, OSError, ValueError) as error:
        result = {"error": str(error)[:500]}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
