"""The list of guards: what each one keeps, how it is taken away, which test must notice.

An edit is found by its text, exactly once, so that the list fails loudly instead of rotting.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.promises import Row

LIST = Path(__file__).with_name("guards.toml")
GUARDED = {"A", "B", "C", "D", "H1", "H2", "H3"}


@dataclass(frozen=True)
class Edit:
    file: str
    find: str
    replace: str


@dataclass(frozen=True)
class Guard:
    promise: str
    says: str
    test: str
    edits: tuple[Edit, ...]


def read(text: str) -> tuple[Guard, ...]:
    """The guards of guards.toml. Raises ValueError when one of them lacks something."""
    guards = []
    for number, entry in enumerate(tomllib.loads(text).get("guard", []), start=1):
        try:
            edits = tuple(Edit(**edit) for edit in entry.pop("edits"))
            guards.append(Guard(**entry, edits=edits))
        except (KeyError, TypeError) as error:
            raise ValueError(f"guard {number} of {LIST.name}: {error}") from error
    return tuple(guards)


def take_away(guard: Guard, tree: Path) -> dict[Path, str]:
    """Makes the guard's edits and returns the files as they were.

    Raises ValueError, with nothing changed, when a text is not there exactly once.
    """
    before: dict[Path, str] = {}
    after: dict[Path, str] = {}
    for edit in guard.edits:
        file = tree / edit.file
        text = after.get(file) or file.read_text(encoding="utf-8")
        if (times := text.count(edit.find)) != 1:
            raise ValueError(f"{edit.file} has the text to take away {times} times: {edit.find!r}")
        before.setdefault(file, text)
        after[file] = text.replace(edit.find, edit.replace)
    put_back(after)
    return before


def put_back(files: dict[Path, str]) -> None:
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")


def unguarded(rows: Iterable[Row], guards: Iterable[Guard]) -> list[str]:
    """The checks that are claimed, must have a guard, and have none."""
    named = {guard.promise for guard in guards}
    claimed = [check.id for row in rows if {row.id, row.id[0]} & GUARDED for check in row.checks if check.claimed]
    return [check for check in claimed if check not in named]
