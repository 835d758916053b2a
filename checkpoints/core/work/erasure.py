"""What is left of a line of the audit, and of people's words, once one person's data are taken out of it.

Rule: only where names and people's own words stand; a number, an event, a verdict or a digest is never touched.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from checkpoints.core.audit import ERASED

WORDS = frozenset(
    {
        *("by", "name", "of", "instead", "to", "adopted_by", "asked_by", "left", "kept"),
        *("because", "why", "note", "outcome", "slack"),
    }
)
"""Where a line names people, or says what they wrote. Not the fields of an answer: the approval's digest binds them."""
OF_THEIRS = {
    "working time set": frozenset({"hours"}),
    "away": frozenset({"from", "until"}),
    "Slack account linked": frozenset({"slack"}),
    "Slack account unlinked": frozenset({"slack"}),
}
"""What a line about somebody says of when they work and are away, and of an account that may be another's now."""
GONE = "erased"
NOT_A_NAME = ("the desk", "the rule", "the clock", "the set-up", "the upgrade")
LABEL = r"[a-z0-9-]+/[0-9]+"
PLACE = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}\[\]]', re.DOTALL)
"""A string of a JSON text, with its colon if it names something; or where something begins or ends."""


def pseudonym(id: UUID, taken: Iterable[str] = ()) -> str:
    """What an erased person is called from then on; with more of their id where somebody is called so already."""
    short = f"erased person {id.hex[:8]}"
    return short if short not in {name.casefold() for name in taken} else f"erased person {id.hex}"


def named_in(text: str, names: Iterable[str]) -> str | None:
    """The first of these names that stands whole in the text."""
    return next((name for name in names if re.search(_whole(name), text, re.IGNORECASE)), None)


@dataclass(frozen=True)
class Redaction:
    """Whose data are taken out: all that they are called, name and addresses. `others` is what others are called."""

    person: UUID
    theirs: tuple[str, ...]
    pseudonym: str
    others: tuple[str, ...] = ()

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(map(str.casefold, self.theirs))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """The longest first: a name in another's name is another's."""
        known = sorted({*self.theirs, *self.others, *NOT_A_NAME}, key=len, reverse=True)
        return re.compile("|".join([rf"(?<!\w){LABEL}(?!\w)", *map(_whole, known)]), re.IGNORECASE)

    @cached_property
    def _hints(self) -> tuple[str, ...]:
        """One of them stands in every body that may have to change."""
        return (str(self.person), *(json.dumps(name, ensure_ascii=False)[1:-1].casefold() for name in self.theirs))

    def text(self, said: str) -> str:
        """The text with the pseudonym wherever what they are called stands whole, however its capitals are."""
        return self._pattern.sub(lambda it: self.pseudonym if it[0].casefold() in self._folded else it[0], said)

    def document(self, document: str) -> str:
        """The same in every string of a JSON text that is no name of something."""

        def left(it: re.Match[str]) -> str:
            if it[1] is None or it[2] is not None:
                return it[0]
            value = str(json.loads(it[1]))
            now = self.text(value)
            return it[0] if now == value else json.dumps(now, ensure_ascii=False)

        return PLACE.sub(left, document)

    def body(self, event: str, body: str) -> str:
        """The body of a line, JSON; every byte that need not change is the same."""
        folded = body.casefold()
        if event == ERASED or not any(hint in folded for hint in self._hints):
            return body
        about = f'"person": "{self.person}"' in body
        private = OF_THEIRS.get(event, frozenset()) if about else frozenset()
        depth, key = 0, ""

        def left(it: re.Match[str]) -> str:
            nonlocal depth, key
            if it[1] is None:
                depth += 1 if it[0] in "{[" else -1
                return it[0]
            if it[2] is not None:
                key = it[1][1:-1] if depth == 1 else key
                return it[0]
            return self._value(event, key, it[1], key in private)

        return PLACE.sub(left, body)

    def _value(self, event: str, key: str, token: str, private: bool) -> str:
        """`token` is a string as JSON writes it."""
        try:
            value = str(json.loads(token))
        except ValueError:
            return token
        now = value
        if private:
            now = GONE
        elif key in WORDS:
            now = self.text(value)
        elif (event, key) == ("try refused", "checkpoint") and value.strip().casefold() in self._folded:
            # What was typed for a name where a verb is about a person.
            now = self.pseudonym
        return token if now == value else json.dumps(now, ensure_ascii=False)


def _whole(name: str) -> str:
    """A name as no part of a word, an address as no part of another."""
    before, after = (r"[\w.+-]", r"[\w-]|\.\w") if "@" in name else (r"\w", r"\w")
    return rf"(?<!{before}){re.escape(name)}(?!{after})"
