"""What a SQL script would do to a PostgreSQL that people use: which locks it takes, and whether there is a way back.

Rule: read from the script, never run; a statement that isn't known is said to be unknown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

DOWN = "-- down:"
"""In a script, the line after which its way back begins."""
SOURCE = "PostgreSQL documentation, Explicit Locking, Table-Level Locks"

ACCESS_EXCLUSIVE, NEW = "ACCESS EXCLUSIVE", "none"
BLOCKS = {
    ACCESS_EXCLUSIVE: "reads and writes of it wait",
    "EXCLUSIVE": "writes of it wait",
    "SHARE ROW EXCLUSIVE": "writes of it wait",
    "SHARE": "writes of it wait",
    "SHARE UPDATE EXCLUSIVE": "reads and writes go on; other changes of its schema wait",
    "ROW EXCLUSIVE": "reads and writes go on; the same rows wait",
    "ACCESS SHARE": "nothing waits but a change of its schema",
    NEW: "a new object: nothing waits",
    "unknown": "not known: take it that reads and writes wait",
}

OBJECT = r'(?:if (?:not )?exists )?(?:only )?(?P<what>[\w".]+)'
LOCKS = (
    (rf"alter table {OBJECT} validate constraint", "SHARE UPDATE EXCLUSIVE"),
    (rf"alter table {OBJECT} add (?:constraint \S+ )?foreign key", "SHARE ROW EXCLUSIVE"),
    (rf"alter table {OBJECT}", ACCESS_EXCLUSIVE),
    (rf"create (?:unique )?index concurrently .*?\bon {OBJECT}", "SHARE UPDATE EXCLUSIVE"),
    (rf"create (?:unique )?index .*?\bon {OBJECT}", "SHARE"),
    (rf"drop index concurrently {OBJECT}", "SHARE UPDATE EXCLUSIVE"),
    (rf"drop (?:table|view|materialized view|index|sequence|type|schema) {OBJECT}", ACCESS_EXCLUSIVE),
    (rf"truncate (?:table )?{OBJECT}", ACCESS_EXCLUSIVE),
    (rf"create (?:or replace )?trigger .*?\bon {OBJECT}", "SHARE ROW EXCLUSIVE"),
    (rf"(?:insert into|delete from|merge into) {OBJECT}", "ROW EXCLUSIVE"),
    (rf"update {OBJECT} (?:as \S+ )?set", "ROW EXCLUSIVE"),
    (rf"refresh materialized view concurrently {OBJECT}", "EXCLUSIVE"),
    (rf"(?:refresh materialized view|cluster|vacuum full|reindex (?:table|index)) {OBJECT}", ACCESS_EXCLUSIVE),
    (rf"(?:analyze|vacuum) {OBJECT}", "SHARE UPDATE EXCLUSIVE"),
    (rf"create (?:temporary |temp |unlogged )?(?:table|view|sequence|type|schema|extension) {OBJECT}", NEW),
    (rf"select\b.*?\bfrom {OBJECT}", "ACCESS SHARE"),
)  # fmt: skip
DESTROYS = re.compile(
    r"drop (?!index\b)|delete from|truncate|update .*? set |merge into|alter table .*? (?:drop|type) "
)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
QUOTED = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)


@dataclass(frozen=True)
class Lock:
    """What one statement locks in PostgreSQL, how, and what that means for the others."""

    statement: str
    what: str
    mode: str

    @property
    def means(self) -> str:
        return BLOCKS[self.mode]


def locks(script: str) -> tuple[Lock, ...]:
    """One for each statement of the way forward, in its order. Source: SOURCE."""
    new: set[str] = set()
    found = []
    for statement in _statements(script.partition(DOWN)[0]):
        lock = _lock(statement)
        if lock.mode == NEW:
            new.add(lock.what)
        # What the script itself made nobody waits for yet.
        found.append(replace(lock, mode=NEW) if lock.what in new else lock)
    return tuple(found)


def strongest(found: tuple[Lock, ...]) -> Lock | None:
    """The one for which others wait the most; an unknown one counts as the strongest."""
    order = ("unknown", *BLOCKS)
    return min(found, key=lambda lock: order.index(lock.mode), default=None)


def destroys(script: str) -> tuple[str, ...]:
    """The statements after which something is gone that no script brings back."""
    return tuple(text for text in _statements(script.partition(DOWN)[0]) if DESTROYS.match(text))


def has_way_back(script: str) -> bool:
    """Whether it says how to undo it."""
    return bool(tuple(_statements(script.partition(DOWN)[2])))


def is_reversible(script: str) -> bool:
    """True when it says how to undo it, and doing so brings all back: nothing was dropped, deleted or overwritten."""
    return has_way_back(script) and not destroys(script)


def _lock(statement: str) -> Lock:
    for pattern, mode in LOCKS:
        if found := re.match(pattern, statement):
            return Lock(statement[:200], found["what"], mode)
    return Lock(statement[:200], "?", "unknown")


def _statements(text: str) -> Iterator[str]:
    """In small letters, on one line, without comments and with '…' for what is quoted."""
    bare = QUOTED.sub("'…'", COMMENT.sub(" ", text))
    for part in bare.split(";"):
        if statement := " ".join(part.split()).lower():
            yield statement
