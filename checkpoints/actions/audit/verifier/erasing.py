"""Lines from which personal data were erased: they count only as what a later line says was left of them."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .reading import Broken, Line, document, word

ERASED = "personal data erased"
OWNER = "countersign_owner"
"""The desk's own login can't change a line; this one can."""


@dataclass
class Erasures:
    """What the chain says was erased. `told`: number, time, reason and number of lines of each line that erased."""

    told: list[tuple[int, str, str, int]] = field(default_factory=list)
    left: dict[int, tuple[str, int]] = field(default_factory=dict)
    changed: dict[int, str] = field(default_factory=dict)

    def hear(self, line: Line) -> Iterator[str]:
        """One line after the other; yields what is wrong with one that erases."""
        found = hashlib.sha256(line.hashed).hexdigest()
        if found != line.sha256:
            # A line that erases is itself never erased.
            self.changed[line.number] = found if line.event != ERASED else ""
        elif line.event == ERASED:
            named = _named(line)
            if named is None:
                yield f"line {line.number} is no erasure that counts: the owner's login names lines before it, or none"
            else:
                # Of two that erased in one line, the later one says what is left.
                self.left.update({number: (sha256, line.number) for number, sha256 in named.items()})
                self.told.append((line.number, line.at, word(line.said, "because"), len(named)))

    def wrong(self) -> Iterator[str]:
        """Once all lines were heard: those that don't stand as they were written, nor as they were left."""
        for number, found in self.changed.items():
            if number not in self.left:
                yield f"line {number} was changed after it was written"
            elif found != self.left[number][0]:
                yield f"line {number} is not what line {self.left[number][1]} left when personal data were erased"
        for number, (_, by) in self.left.items():
            if number not in self.changed:
                yield f"line {number} stands as before line {by}, which erased personal data in it"

    def words(self) -> Iterator[str]:
        """What to tell of them: how many lines, then when, by which line, and why."""
        if self.left:
            yield f"{len(self.left)} lines"
        for number, at, because, many in self.told:
            yield f"by line {number}, {at}, in {many} of them: {because}"


def _named(line: Line) -> dict[int, str] | None:
    """The lines that it names, each with the SHA-256 of what was left."""
    try:
        said = document(line.body, "")
    except Broken:
        return None
    lines = said.get("lines")
    if line.login != OWNER or not isinstance(lines, dict):
        return None
    named = {int(key): str(value) for key, value in lines.items() if re.fullmatch(r"[1-9][0-9]{0,17}", key)}
    right = len(named) == len(lines) and all(number < line.number for number in named)
    return named if right and all(re.fullmatch(r"[0-9a-f]{64}", sha256) for sha256 in named.values()) else None
