"""What a person says in their own words, as an answer: a grammar, no guess. What isn't unmistakable is asked back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from checkpoints.core.model import Field, Verdict


@dataclass(frozen=True)
class Reply:
    """An answer: what it fills in by the fields' names, its reason or note, and what it says comes next."""

    verdict: Verdict
    fields: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    next_steps: str = ""


@dataclass(frozen=True)
class Unclear:
    """No answer; `question` says what would be one."""

    question: str


@dataclass(frozen=True)
class LooksSecret:
    """It holds what looks like a secret, whatever else it says: it is kept nowhere."""


Read: TypeAlias = Reply | Unclear | LooksSecret
WOULD_BE = (
    "I did not take that as an answer, and nothing was recorded. These I understand: “approve”, “reject because …” "
    "with your reason, “changes: …” with what should change."
)


def read(text: str, fields: tuple[Field, ...]) -> Read:
    """What `text` says to a question with these fields. Never raises."""
    said = " ".join(text.split()).strip("*_ .!").casefold()
    if said in ("approve", "yes"):
        return Reply(Verdict.APPROVE)
    if found := re.fullmatch(r"(?s)\s*reject because\s+(\S.*)", text):
        return Reply(Verdict.REJECT, note=found[1].strip())
    if found := re.fullmatch(r"(?s)\s*changes:\s+(\S.*)", text):
        return Reply(Verdict.CHANGES, note=found[1].strip())
    return Unclear(WOULD_BE)
