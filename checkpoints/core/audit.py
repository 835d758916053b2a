"""The audit chain as the verifier sees it. The writer is `audit_append` in SQL; this shares no code with it.

The bytes of a line are `number \\n at \\n session_user \\n event \\n body \\n previous hash in hex`, UTF-8; its hash
is their SHA-256. The first line's previous hash is 64 zeros. The head names the last number and hash.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GENESIS = "0" * 64


@dataclass(frozen=True)
class Line:
    """One line as stored; `at` is the text that was hashed (UTC, microseconds), `body` JSON text."""

    number: int
    at: str
    login: str
    event: str
    body: str
    previous: str
    hash: str


@dataclass(frozen=True)
class Head:
    """What the table says its end is."""

    number: int
    hash: str


@dataclass(frozen=True)
class Anchor:
    """A head as it was at a time, `at` (UTC, seconds); it is kept outside the database, signed."""

    number: int
    hash: str
    at: str

    @property
    def statement(self) -> bytes:
        """The bytes that are signed."""
        return f"countersign audit head\n{self.number}\n{self.hash}\n{self.at}\n".encode()


def canonical(line: Line) -> bytes:
    """The bytes that a line's hash is made of."""
    parts = (str(line.number), line.at, line.login, line.event, line.body, line.previous)
    return "\n".join(parts).encode()


START = Head(0, GENESIS)


def verify(lines: Iterable[Line], head: Head | None, start: Head = START, anchors: Sequence[Anchor] = ()) -> list[str]:
    """What is wrong with the chain, in words; an empty list is a chain that holds.

    `lines` are those after `start`, which is believed. A chain that was written anew, or that ends too early, follows
    from line to line too: only `anchors` can tell.
    """
    wrong: list[str] = []
    number, previous = start.number, start.hash
    anchored = _by_number(anchors, start)
    for line in lines:
        if line.number != number + 1:
            wrong.append(f"line {number + 1}: missing or out of order; the next one found is {line.number}")
        if line.previous != previous:
            wrong.append(f"line {line.number}: does not follow the line before it")
        if hashlib.sha256(canonical(line)).hexdigest() != line.hash:
            wrong.append(f"line {line.number}: its content was changed after it was written")
        number, previous = line.number, line.hash
        wrong += [_written_anew(anchor) for anchor in anchored.pop(number, ()) if anchor.hash != line.hash]
    if head is None:
        wrong.append("the audit has no head: it was taken away")
    elif (number, previous) != (head.number, head.hash):
        wrong.append(f"the chain ends at line {number}, but its head names line {head.number}: the end was changed")
    return wrong + [_cut_off(anchor, number) for left in anchored.values() for anchor in left]


def _by_number(anchors: Sequence[Anchor], start: Head) -> dict[int, list[Anchor]]:
    found: dict[int, list[Anchor]] = defaultdict(list)
    for anchor in anchors:
        if anchor.number > start.number:
            found[anchor.number].append(anchor)
    return found


def _written_anew(anchor: Anchor) -> str:
    return f"line {anchor.number}: not the one that was signed at {anchor.at}; the audit was written anew up to there"


def _cut_off(anchor: Anchor, last: int) -> str:
    return (
        f"line {anchor.number}, signed at {anchor.at}, is not there; the audit ends at line {last}: lines were taken "
        "away, or an older database was put back"
    )
