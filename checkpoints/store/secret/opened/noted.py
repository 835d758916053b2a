"""Alarms as files of this machine, until they are rung: a database that is away, or a kill, makes nobody miss one.

Rule: what is noted is on the disk before anything is done about it. All here raise OSError.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from checkpoints.store.secret import private_files

FOLDER = "alarms"


def note(home: Path, ticket: UUID, why: str) -> None:
    """One for each opening: noticed again, it is the same."""
    private_files.replace(_file(home, ticket), json.dumps({"why": why}).encode())


def noted(home: Path) -> Iterator[tuple[UUID, str]]:
    """(ticket, why) of those that nobody has rung yet; a file that can't be read is an alarm all the same."""
    for file in sorted((home / FOLDER).glob("*.json")):
        try:
            ticket = UUID(file.stem)
        except ValueError:
            continue
        try:
            why = str(json.loads(file.read_bytes())["why"])
        except (ValueError, LookupError, TypeError):
            why = "it was noted, and what was noted can't be read any more"
        yield ticket, why


def forget(home: Path, ticket: UUID) -> None:
    """It was rung."""
    _file(home, ticket).unlink(missing_ok=True)


def _file(home: Path, ticket: UUID) -> Path:
    return home / FOLDER / f"{ticket}.json"
