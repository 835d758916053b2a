"""How much attention answers had: the time that they took against what there was to read. No clock.

Rule: it is a mirror, held up to the person themselves first; nothing is decided by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from checkpoints.core.model import Request

READ_A_SECOND = 30
"""Characters, by somebody who reads fast: 350 words a minute."""
QUICK = timedelta(seconds=3)
"""Nobody reads a request, and thinks, in less."""


@dataclass(frozen=True)
class Answered:
    """One answer: how long after its card was first shown to the person (None: that isn't known), and `characters`."""

    took: timedelta | None
    characters: int

    @property
    def reading(self) -> timedelta:
        """What reading the card takes at least."""
        return timedelta(seconds=self.characters / READ_A_SECOND)


@dataclass(frozen=True)
class Attention:
    """Of some answers. `measured`: those whose card was shown here. `quick`: in under three seconds; `skimmed`: in less
    time than reading takes. `took` and `reading` are the middle of those measured, None without any.
    """

    answers: int
    measured: int
    quick: int
    skimmed: int
    took: timedelta | None
    reading: timedelta | None


def attention(answers: Sequence[Answered]) -> Attention:
    """What they come to."""
    known = [(one.took, one.reading) for one in answers if one.took is not None and one.took >= timedelta(0)]
    return Attention(
        answers=len(answers),
        measured=len(known),
        quick=sum(took < QUICK for took, _ in known),
        skimmed=sum(took < reading for took, reading in known),
        took=_middle([took for took, _ in known]),
        reading=_middle([reading for _, reading in known]),
    )


def _middle(lengths: list[timedelta]) -> timedelta | None:
    return sorted(lengths)[len(lengths) // 2] if lengths else None


def to_read(request: Request) -> int:
    """The characters of a card that nobody else has read before: what is asked, its facts, the agent's words."""
    facts = sum(len(fact.label) + len(fact.value) for fact in request.facts)
    fields = sum(len(field.label) for field in request.fields)
    return len(request.action) + len(request.details) + facts + fields + sum(map(len, request.changed))
