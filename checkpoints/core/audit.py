"""The audit chain as the verifier sees it. The writer is `audit_append` in SQL; this shares no code with it.

The bytes of a line are `number \\n at \\n session_user \\n event \\n body \\n previous hash in hex`, UTF-8; its hash
is their SHA-256. The first line's previous hash is 64 zeros. The head names the last number and hash.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

GENESIS = "0" * 64
ERASED = "personal data erased"
"""The event of a line that took somebody's personal data out of earlier ones."""
OWNER = "countersign_owner"
"""The one login that can change a line, and so the only one whose erasures count."""


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


@dataclass(frozen=True)
class Erasure:
    """What a line says that took personal data out of others. `left`: the SHA-256 of what stands in each now.

    An erased line keeps its number, its hash and the one before, so that the chain's links hold.
    """

    number: int
    at: str
    pseudonym: str
    because: str
    left: Mapping[int, str]


@dataclass(frozen=True)
class Examined:
    """What is wrong with a chain, in words, nothing where it holds; and what was taken out of it, the oldest first."""

    wrong: tuple[str, ...]
    erasures: tuple[Erasure, ...] = ()

    @property
    def erased(self) -> int:
        """How many lines don't stand as they were written."""
        return len({number for erasure in self.erasures for number in erasure.left})


def canonical(line: Line) -> bytes:
    """The bytes that a line's hash is made of."""
    parts = (str(line.number), line.at, line.login, line.event, line.body, line.previous)
    return "\n".join(parts).encode()


START = Head(0, GENESIS)


def verify(lines: Iterable[Line], head: Head | None, start: Head = START, anchors: Sequence[Anchor] = ()) -> list[str]:
    """What is wrong with the chain, in words; an empty list is a chain that holds."""
    return list(examine(lines, head, start, anchors).wrong)


def examine(lines: Iterable[Line], head: Head | None, start: Head = START, anchors: Sequence[Anchor] = ()) -> Examined:
    """`lines` are those after `start`, which is believed.

    A chain that was written anew, or that ends too early, follows from line to line too: only `anchors` can tell. A
    line that isn't what was hashed counts as erased only where a later one says so and names exactly what stands there.
    """
    wrong: list[str] = []
    erasures: list[Erasure] = []
    changed: dict[int, str] = {}
    number, previous = start.number, start.hash
    anchored = _by_number(anchors, start)
    for line in lines:
        if line.number != number + 1:
            wrong.append(f"line {number + 1}: missing or out of order; the next one found is {line.number}")
        if line.previous != previous:
            wrong.append(f"line {line.number}: does not follow the line before it")
        if hashlib.sha256(canonical(line)).hexdigest() != line.hash:
            changed[line.number] = hashlib.sha256(canonical(line)).hexdigest() if line.event != ERASED else ""
        elif line.event == ERASED:
            found = erasure(line)
            erasures += [found] if found else []
            wrong += [] if found else [f"line {line.number}: no erasure that counts; see the runbook of the audit"]
        number, previous = line.number, line.hash
        wrong += [_written_anew(anchor) for anchor in anchored.pop(number, ()) if anchor.hash != line.hash]
    if head is None:
        wrong.append("the audit has no head: it was taken away")
    elif (number, previous) != (head.number, head.hash):
        wrong.append(f"the chain ends at line {number}, but its head names line {head.number}: the end was changed")
    wrong += [_cut_off(anchor, number) for left in anchored.values() for anchor in left]
    return Examined((*wrong, *_not_as_left(changed, erasures, start.number)), tuple(erasures))


def erasure(line: Line) -> Erasure | None:
    """What an erasing line says; None unless the owner's login wrote it, and it names lines before its own."""
    try:
        body = json.loads(line.body)
        named = dict(body["lines"])
        left = {int(number): str(sha256) for number, sha256 in named.items()}
        found = Erasure(line.number, line.at, str(body["pseudonym"]), str(body["because"]), left)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    earlier = all(0 < number < line.number for number in left) and set(map(str, left)) == set(named)
    right = earlier and all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in left.values())
    return found if right and line.login == OWNER else None


def _not_as_left(changed: Mapping[int, str], erasures: Sequence[Erasure], start: int) -> Iterator[str]:
    """Of two erasures of one line the later one says what is left. An erasing line itself is never erased."""
    left = {number: (sha256, it.number) for it in erasures for number, sha256 in it.left.items()}
    for number, found in changed.items():
        if number not in left:
            yield f"line {number}: its content was changed after it was written"
        elif found != left[number][0]:
            yield f"line {number}: its content is not what line {left[number][1]} left when personal data were erased"
    for number, (_, by) in left.items():
        if number > start and number not in changed:
            yield f"line {number}: stands as before line {by}, which erased personal data in it"


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
