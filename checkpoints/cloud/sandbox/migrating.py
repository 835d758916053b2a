"""A release's SQL script, run on an environment's database: backup first, one transaction, counted before and after.

Rule: SQLite stands for PostgreSQL in the sandbox, and the report says so.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checkpoints.cloud.sandbox.releases import Kept
from checkpoints.cloud.sandbox.trying import DATABASE, PYTHON, SCRIPTS, Bench, Said, last, place
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Json, Scalar
from checkpoints.core.work.release import Environment, Report

SECONDS = 600.0
BACKUPS = "backups"
MOST_TABLES = 40
"""Of these the figures tell; the report's content has all."""
TOOL = f"SQLite {sqlite3.sqlite_version}, which stands for PostgreSQL in the sandbox"

Tables = Mapping[str, tuple[int, str]]
"""Table → number of rows, and a checksum over them."""


@dataclass(frozen=True)
class Backup:
    """A copy that was opened and found equal. `sha256` is of the whole file."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Script:
    """One script of a kept release, and the database that it is for."""

    bench: Bench
    case: str
    environment: Environment
    release: Kept
    name: str

    @property
    def before(self) -> tuple[str, ...]:
        """The release's scripts that come before it: its schema first, then what it takes over."""
        names = [name for name, _ in (*self.release.release.migrations, *self.release.release.imports)]
        return tuple(names[: names.index(self.name)])

    @property
    def sha256(self) -> str:
        return dict((*self.release.release.migrations, *self.release.release.imports))[self.name]

    def on_database(self, *words: str) -> Said:
        argv = (PYTHON, "-I", "-B", str(SCRIPTS / "on_sqlite.py"), words[0], DATABASE, *words[1:])
        return self.bench.run(self.case, self.release, words[0], argv, SECONDS, self.environment)

    def look(self, *words: str) -> Mapping[str, Json]:
        """As `on_database`, for what changes nothing. Raises Refused when it can't be told, Unavailable."""
        try:
            said = self.on_database(*words)
            result = json.loads(said.output)
        except OutcomeUnknown as error:
            raise Unavailable(f"{error} Nothing was changed: try again.") from error
        except ValueError as error:
            raise Refused(f"The database can't be read. {last(said)} Nothing was changed.") from error
        if "error" in result:
            raise Refused(f"{self.name} was refused: {result['error']}. Nothing was changed.")
        return dict(result)


def migrate(bench: Bench, case: str, environment: Environment, release: Kept, name: str, dry: bool) -> Report:
    """See the port. The release that is served meanwhile waits for the transaction, as it would in PostgreSQL."""
    if name not in dict((*release.release.migrations, *release.release.imports)):
        raise Refused(f"The release has no script {name[:80]!r}. Nothing was changed.")
    script = Script(bench, case, environment, release, name)
    found = script.look("look", name, script.sha256)
    if ran_at := found["ran"]:
        tables = _tables(found["tables"])
        return _report(script, tables, tables, None, f"{name} ran already, at {ran_at}: it was not run again")
    if dry:
        rehearsed = script.look("rehearse", str(release.folder), *script.before, name)
        before, after = _tables(rehearsed["before"]), _tables(rehearsed["after"])
        return _report(script, before, after, None, f"{name} would run: {_moved(before, after)}")
    backup = _backed_up(script)
    before, after = _ran(script, backup)
    return _report(script, before, after, backup, f"{name} ran in one transaction: {_moved(before, after)}")


def _backed_up(script: Script) -> Backup:
    """Raises Refused when no backup could be made that equals the database: then nothing is run."""
    name = f"{script.environment}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z.sqlite3"
    cases = script.bench.desk.cases
    made, to = place(cases, script.case, script.environment) / name, place(cases, script.case, BACKUPS) / name
    try:
        said = script.look("back-up", name)
        if not said["intact"] or _tables(said["tables"]) != _tables(said["restored"]):
            raise Refused("The backup is not what the database is. Nothing was changed: look at the disk.")
        # Out of the release's reach, and from then on what it is.
        made.rename(to)
        return Backup(name, _sealed(to))
    finally:
        made.unlink(missing_ok=True)


def _ran(script: Script, backup: Backup) -> tuple[Tables, Tables]:
    said = script.on_database("run", str(script.release.folder), script.name)
    try:
        result = json.loads(said.output)
    except ValueError:
        return _ended_without_a_word(script, said)
    if "error" in result:
        raise Refused(f"{script.name} was refused: {result['error']}. Nothing was changed; {backup.name} is kept.")
    return _tables(result["before"]), _tables(result["after"])


def _ended_without_a_word(script: Script, said: Said) -> tuple[Tables, Tables]:
    """The script's name is in the transaction: so whether it was committed can be seen."""
    try:
        found = script.look("look", script.name, script.sha256)
    except (Refused, Unavailable) as error:
        raise OutcomeUnknown(f"{script.name} ended without a word, and the database can't be read. {error}") from error
    if not found["ran"]:
        why = f"took more than {SECONDS:g} s" if said.timed_out else f"ended without a word ({last(said)})"
        raise Refused(f"{script.name} {why}. All of it was undone.")
    tables = _tables(found["tables"])
    return tables, tables


def _sealed(file: Path) -> str:
    """Its SHA-256; read-only from now on. Raises Refused for what is no plain file."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as content:
        os.fchmod(content.fileno(), 0o400)
        return hashlib.file_digest(content, "sha256").hexdigest()


def _tables(found: Json) -> Tables:
    if not isinstance(found, dict):
        raise Refused("The database can't be read. Nothing was changed.")
    return {name: _counted(each) for name, each in found.items()}


def _counted(each: Json) -> tuple[int, str]:
    if not isinstance(each, list) or len(each) != 2:
        raise Refused("The database can't be read. Nothing was changed.")
    return int(str(each[0])), str(each[1])


def _moved(before: Tables, after: Tables) -> str:
    rows = sum(count for count, _ in after.values()) - sum(count for count, _ in before.values())
    return f"{len(before)} → {len(after)} tables, {rows:+d} rows"


def _report(script: Script, before: Tables, after: Tables, backup: Backup | None, says: str) -> Report:
    content = {
        "script": script.name,
        "script_sha256": script.sha256,
        "database": TOOL,
        "backup": {"name": backup.name, "sha256": backup.sha256} if backup else None,
        "before": {name: list(found) for name, found in before.items()},
        "after": {name: list(found) for name, found in after.items()},
    }
    return Report(
        tool=TOOL,
        says=says,
        good=True,
        name="migration.json",
        media_type="application/json",
        content=json.dumps(content, indent=1).encode(),
        figures=_figures(before, after, backup),
    )


def _figures(before: Tables, after: Tables, backup: Backup | None) -> dict[str, Scalar]:
    figures: dict[str, Scalar] = {"tables": len(after)}
    if backup:
        figures |= {"backup": backup.name, "backup sha256": backup.sha256}
    for name in sorted({*before, *after})[:MOST_TABLES]:
        for when, tables in (("before", before), ("after", after)):
            if name in tables:
                figures[f"rows {name} {when}"], figures[f"checksum {name} {when}"] = tables[name]
    return figures
