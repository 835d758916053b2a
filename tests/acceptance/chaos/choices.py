"""Everything that is left to chance, drawn from one seed.

Rule: a choice depends on the seed and on what it is about, never on when it is drawn: two runs choose alike.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from checkpoints.core.model import FieldSort, Verdict
from checkpoints.core.view import Checkpoint

SEED = "COUNTERSIGN_CHAOS_SEED"
COSTS = ("30", "60", "60", "60", "60", "60", "60", "250")
"""Dollars a month: the rule passes the first, a technical operator answers most, a manager after them the last."""
WISHES = ("for $45", "for $75", "for $90", "for $260", "make it a task", "paint it blue")
"""Four that the flow understands, one that the desk refuses of it, one that it can't meet."""
UNDERSTOOD = WISHES[:4]
VERDICTS = (*(Verdict.APPROVE,) * 5, Verdict.REJECT, None)
SECONDS_OF_THOUGHT = 8.0
LAST_CHANGE = 3
LAST_RETRY = 5
"""From this revision on nobody asks for changes, from this number on for one more try: every case comes to an end."""


class Door(StrEnum):
    """Where they answer."""

    PAGE = "page"
    ACTION = "action"


class Way(StrEnum):
    """How often they press, and on what."""

    ONCE = "once"
    TWICE_AT_ONCE = "twice at once"
    TWICE_IN_A_ROW = "twice in a row"
    AGAINST_A_RIVAL = "against a rival who says something else"
    ON_A_STALE_CARD_FIRST = "on the revision before, then on this one"


@dataclass(frozen=True)
class Said:
    """What a person says; no verdict: they withdraw the question. `fields` go with a yes."""

    verdict: Verdict | None
    note: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Choice:
    """What happens to one revision of a question, `after` so many seconds. `doors`: of the first press, the second."""

    after: float
    who: int
    said: Said
    way: Way
    doors: tuple[Door, Door]
    rival: Said


@dataclass(frozen=True)
class Seed:
    """The one number that all comes from."""

    number: int

    @classmethod
    def given(cls) -> Seed:
        """The environment's, to repeat a run's choices, or a new one."""
        return cls(int(os.environ.get(SEED) or secrets.randbelow(10**9)))

    def __str__(self) -> str:
        return f"{SEED}={self.number}"

    def cost(self, slug: str) -> str:
        return self._about("cost", slug).choice(COSTS)

    def opened_at(self, slug: str, seconds: float) -> float:
        """When its project is started, within so many seconds."""
        return self._about("opened", slug).uniform(0, seconds)

    def victims(self, names: Sequence[str]) -> Iterator[str]:
        """Without an end; each once before any comes again."""
        rng = self._about("victims")
        while True:
            yield from rng.sample(names, len(names))

    def choice(self, point: Checkpoint) -> Choice:
        """For this revision, and whoever's turn it is."""
        rng = self._about("answer", point.label, point.revision, len(point.answers))
        return Choice(
            after=rng.uniform(0, SECONDS_OF_THOUGHT),
            who=rng.randrange(100),
            said=_said(rng, point),
            way=rng.choice(tuple(Way)),
            doors=(rng.choice(tuple(Door)), rng.choice(tuple(Door))),
            rival=_said(rng, point),
        )

    def _about(self, *about: object) -> random.Random:
        return random.Random(f"{self.number} {about}")


def _said(rng: random.Random, point: Checkpoint) -> Said:
    can_change = point.kind == "spend" and point.revision < LAST_CHANGE
    verdict = rng.choice((*VERDICTS, *(Verdict.CHANGES,) * 3 * can_change))
    if verdict is Verdict.CHANGES:
        return Said(verdict, rng.choice(WISHES))
    if verdict is not Verdict.APPROVE:
        return Said(verdict, f"not needed ({rng.randrange(10**6)})")
    fields = {blank.name: _value(rng, point, blank.choices) for blank in point.request.fields}
    assert all(blank.sort is FieldSort.CHOICE for blank in point.request.fields), point.request.fields
    return Said(verdict, rng.choice(UNDERSTOOD) if "instead" in fields.values() else "", tuple(fields.items()))


def _value(rng: random.Random, point: Checkpoint, choices: Sequence[tuple[str, str]]) -> str:
    values = [value for value, _ in choices]
    return "stop" if point.number >= LAST_RETRY and "stop" in values else rng.choice(values)
