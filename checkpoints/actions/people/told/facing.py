"""What a card in Slack should show now: as a short word, to compare with what it shows, and as a face.

Rule: a card of an older revision, or of a question that another number took over, says so and has no buttons.
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from checkpoints.actions.people.told import owing, telling
from checkpoints.channels.slack import cards
from checkpoints.core.clock.ladder import ASKS, OPEN, Rung
from checkpoints.core.lifecycle import Event, State
from checkpoints.core.policy import Kind
from checkpoints.core.shown import card
from checkpoints.core.shown.card import Card
from checkpoints.core.shown.message import Face
from checkpoints.core.shown.story import how_it_stands
from checkpoints.core.view import Checkpoint

WAITS = (OPEN, Rung.BACKUP, Rung.MANAGER)
"""How a card that hangs while it is open may have been hung."""
LOUD, RESPONSE = Event.GLASS_BROKEN, "response"


@dataclass(frozen=True)
class Sight:
    """A question as all of its cards see it. `replaced`: the label of the one that reopened it."""

    point: Checkpoint
    kind: Kind | None
    link: str
    replaced: str = ""

    def word(self, revision: int, shows: str = OPEN) -> str:
        """What a card of that revision should show, that `shows` something else by now."""
        if revision < self.point.revision:
            return f"revision {revision + 1}"
        if self.point.state is State.OPEN:
            says = first(shows)
            stands = sha256(how_it_stands(self.point).encode()).hexdigest()[:12]
            return f"{says if says in WAITS else OPEN} {stands}"
        return f"now {self.replaced}" if self.replaced else str(self.point.state)

    def face(self, revision: int, id: UUID, shows: str = OPEN) -> Face:
        """The same, drawn."""
        word = self.word(revision, shows)
        says, _, by = word.partition(" ")
        if says in ASKS:
            return cards.asked(self.shown, id, self.link, says)
        if says == Rung.MANAGER:
            return self.rung(says)
        return cards.ended(self.shown, self.link, word if says == "revision" else by)

    def rung(self, says: str) -> Face:
        """What is said besides: a reminder, that it is overdue, that the glass was broken."""
        return cards.rung(self.shown, self.link, says)

    def response(self) -> Face:
        """What the asker is told."""
        return cards.told_asker(self.shown, card.response(self._told, self.kind))

    def to_say(self) -> tuple[str, ...]:
        """What is said beside the channel's card, in that order."""
        if self.point.state is State.OPEN or self.replaced:
            return ()
        return (LOUD, RESPONSE) if owing.is_for_everybody(self.point) else (RESPONSE,)

    @cached_property
    def shown(self) -> Card:
        """The one rendering."""
        return card.card(self._told, self.kind)

    @cached_property
    def _told(self) -> Checkpoint:
        return telling.as_told(self.point)


def first(shows: str) -> str:
    """How it was hung."""
    return shows.partition(" ")[0]


def still(shows: str, wanted: str) -> bool:
    """Whether a card shows what it should, whatever was said beside it since."""
    return shows.partition(" +")[0] == wanted


def saying(word: str, what: str) -> str:
    """What a card shows while something is said beside it; kept before it is."""
    return f"{word} +{what}?"


def having_said(word: str, what: str) -> str:
    """The same, once it was said."""
    return f"{word} +{what}"


def next_to_say(shows: str, things: tuple[str, ...]) -> tuple[str, bool] | None:
    """What comes next beside a card, and whether it may have been said; None when all was."""
    last = shows.partition(" +")[2]
    if last.removesuffix("?") not in things:
        return (things[0], False) if things else None
    if last.endswith("?"):
        return last.removesuffix("?"), True
    after = things[things.index(last) + 1 :]
    return (after[0], False) if after else None
