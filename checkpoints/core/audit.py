"""The audit chain as the verifier sees it. The writer is `audit_append` in SQL; this shares no code with it.

The bytes of a line are `number \\n at \\n session_user \\n event \\n body \\n previous hash in hex`, UTF-8; its hash
is their SHA-256. The first line's previous hash is 64 zeros. The head names the last number and hash.
"""

import hashlib
from collections.abc import Iterable
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


def canonical(line: Line) -> bytes:
    """The bytes that a line's hash is made of."""
    parts = (str(line.number), line.at, line.login, line.event, line.body, line.previous)
    return "\n".join(parts).encode()


START = Head(0, GENESIS)


def verify(lines: Iterable[Line], head: Head, start: Head = START) -> list[str]:
    """What is wrong with the chain, in words; an empty list is a chain that holds.

    `lines` are those after `start`, which is believed.
    """
    wrong: list[str] = []
    number, previous = start.number, start.hash
    for line in lines:
        if line.number != number + 1:
            wrong.append(f"line {number + 1}: missing or out of order; the next one found is {line.number}")
        if line.previous != previous:
            wrong.append(f"line {line.number}: does not follow the line before it")
        if hashlib.sha256(canonical(line)).hexdigest() != line.hash:
            wrong.append(f"line {line.number}: its content was changed after it was written")
        number, previous = line.number, line.hash
    if (number, previous) != (head.number, head.hash):
        wrong.append(f"the chain ends at line {number}, but its head names line {head.number}: the end was changed")
    return wrong
