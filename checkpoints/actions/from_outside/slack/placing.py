"""Which card something is about: by its own id and its own place, never by what stands on it.

Rule: a card answers where it hangs, and one that hangs with somebody answers to nobody else; anything else isn't found.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.core.errors import NotFound, Unavailable
from checkpoints.core.model import Person, Press, Verdict
from checkpoints.core.shown.message import Pin
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.slack import cards
from checkpoints.store.from_outside.slack.cards import Hung

NO_CARD = "There is no such card here. Nothing was recorded. List what waits with: /countersign inbox"
JUST_HUNG = "This card was hung a moment ago, or is being looked for. Nothing was recorded. Press again in a moment."


@dataclass(frozen=True)
class Placed:
    """A card, and its checkpoint as it is now: of the card's revision, or of a later one."""

    card: Hung
    point: Checkpoint

    def press(self, verdict: Verdict, note: str = "", fields: dict[str, str] | None = None) -> Press:
        """A verdict on exactly the revision that the card shows."""
        return Press(self.point.id, self.card.revision, self.point.digest, verdict, fields or {}, note)


def pressed(desk: Desk, id: str, pins: Collection[Pin], person: Person) -> Placed:
    """The card of a button. `pins`: where it says that it hangs. Raises NotFound, Unavailable."""
    with desk.transaction() as tx:
        card = _card(tx, id, person)
        if card.pin is None:
            raise Unavailable(JUST_HUNG)
        if set(pins) != {card.pin}:
            raise NotFound(NO_CARD)
        return Placed(card, finding.again(tx, card.checkpoint_id))


def handed_in(desk: Desk, id: str, person: Person) -> Placed:
    """The card that a modal of ours was opened from, which says no place. Raises NotFound."""
    with desk.transaction() as tx:
        card = _card(tx, id, person)
        return Placed(card, finding.again(tx, card.checkpoint_id))


def of_thread(desk: Desk, pin: Pin) -> Placed | None:
    """The card whose thread it is; None where that is about something else."""
    with desk.transaction() as tx:
        card = cards.at(tx, pin)
        return Placed(card, finding.again(tx, card.checkpoint_id)) if card else None


def shown_to(desk: Desk, point: Checkpoint, person: Person, channel: str) -> Placed | None:
    """A card of this very revision that they see: one that hangs with them, or in the channel where they are."""
    with desk.transaction() as tx:
        hung = [card for card in cards.of(tx, point.id) if card.revision == point.revision and card.state == "hangs"]
    theirs = [card for card in hung if card.person_id == person.id]
    here = [card for card in hung if card.person_id is None and card.channel == channel]
    found = next(iter([*here, *theirs]), None)
    return Placed(found, point) if found else None


def card_id(told: str) -> UUID:
    """What a button, or a modal, carries. Raises NotFound for what is no card's id."""
    try:
        return UUID(told)
    except ValueError:
        raise NotFound(NO_CARD) from None


def _card(tx: Connection, id: str, person: Person) -> Hung:
    card = cards.by_id(tx, card_id(id))
    if card is None or card.person_id not in (None, person.id):
        raise NotFound(NO_CARD)
    return card
