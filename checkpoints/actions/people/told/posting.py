"""One call of Slack that is owed, with what is kept before it and after it: a card is hung, changed, spoken beside."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection

from checkpoints.actions.people.told import facing, telling
from checkpoints.actions.people.told.facing import LOUD, Sight
from checkpoints.actions.people.told.noting import Try
from checkpoints.actions.people.told.owing import MOST_UNSURE, SLACK, Call
from checkpoints.core.clock.ladder import OPEN
from checkpoints.core.errors import OutcomeUnknown, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.ports import Board
from checkpoints.core.shown.message import Face, Pin
from checkpoints.store.from_outside.slack import cards
from checkpoints.store.from_outside.slack.cards import Hung
from checkpoints.store.work import messages
from checkpoints.store.work.messages import Which

EDITS = "edits"
"""Where changes take their turns: Slack counts them for itself, and not by the channel."""
Begin = Callable[[Connection], Try[Pin] | None]


@dataclass(frozen=True)
class Step:
    """`begin` keeps it before it is said; None when that is no more to be done. `turn`: where it waits for its turn.

    `paced`: the place takes one a second. `tried`: it was tried before.
    """

    turn: str
    begin: Begin
    paced: bool = True
    tried: bool = False


@dataclass(frozen=True)
class Kept:
    """A card's row, what the card shows once it hangs, and where it is one person's what they were told by it."""

    id: UUID
    shows: str
    which: Which | None

    def sent(self, tx: Connection, pin: Pin) -> None:
        cards.hangs(tx, self.id, pin, self.shows)
        if self.which:
            messages.end(tx, self.which, "sent")

    def ended(self, tx: Connection, state: str, trouble: str) -> None:
        cards.end(tx, self.id, state, trouble)
        if self.which:
            messages.end(tx, self.which, state, trouble)

    def unsure(self, tx: Connection, trouble: str) -> int:
        tries = cards.unsure(tx, self.id, trouble)
        return max(tries, messages.unsure(tx, self.which, trouble)) if self.which else tries


def change(board: Board, sight: Sight, hung: Hung, pin: Pin) -> Step:
    """The card shows from now on what it should. No line in the audit: nobody is told anew."""
    word = sight.word(hung.revision, hung.shows)

    def does() -> Pin:
        try:
            board.change(pin, sight.face(hung.revision, hung.id, hung.shows))
        except OutcomeUnknown as unknown:
            # The same change once more does no harm, however often.
            raise Unavailable(str(unknown)) from unknown
        return pin

    def ended(tx: Connection, state: str, trouble: str) -> None:
        if state == "refused":
            cards.end(tx, hung.id, state, trouble)

    this = Try(does, None, False, hung.place, lambda tx, _: cards.shows(tx, hung.id, word), ended, _never)
    return Step(EDITS, lambda _: this, paced=False)


def hang(
    board: Board, sight: Sight, place: str, before: Hung | None = None, says: str = OPEN, call: Call | None = None
) -> Step:
    """A card of the present revision, or the one that may hang from an earlier try; `call`: with that person."""
    revision = before.revision if before else sight.point.revision
    word = sight.word(revision, says)
    shows = facing.having_said(word, says) if says == LOUD else word
    which = _which(sight, call) if call else None

    def begin(tx: Connection) -> Try[Pin] | None:
        row = cards.begin(tx, sight.point.id, revision, place, call.person.id if call else None)
        if row is None:
            return None
        if which and call and messages.begin(tx, which, str(_key(which.key)), call.to) is None:
            cards.end(tx, row.id, "failed", "they have heard it otherwise")
            return None
        face = sight.rung(says) if says == LOUD else sight.face(revision, row.id, says)
        maybe = before is not None and before.state == "sending"
        line = _line(sight, call) if call else None if row.person_id else _of_channel(sight, place, says)
        kept = Kept(row.id, shows, which)
        return Try(
            lambda: board.hang(place, row.id, face, maybe), line, maybe, place, kept.sent, kept.ended, kept.unsure
        )

    return Step(at_once(place) if says == LOUD else place, begin, says != LOUD, before is not None)


def say_to(board: Board, sight: Sight, call: Call, pin: Pin | None, maybe: bool) -> Step:
    """To one person: in the thread of their card, or where there is none (or nobody looks) as a message of its own."""
    which = _which(sight, call)
    key = _key(which.key)

    def does(face: Face) -> Pin:
        return board.say(pin, key, face, maybe) if pin else board.hang(call.to, key, face, maybe)

    def begin(tx: Connection) -> Try[Pin] | None:
        if messages.begin(tx, which, str(key), call.to) is None:
            return None
        return Try(
            lambda: does(sight.rung(call.says)),
            _line(sight, call),
            maybe,
            call.to,
            lambda tx, _: messages.end(tx, which, "sent"),
            lambda tx, state, trouble: messages.end(tx, which, state, trouble),
            lambda tx, trouble: messages.unsure(tx, which, trouble),
        )

    loud = call.says == LOUD
    return Step(at_once(call.to) if loud else call.to, begin, not loud, maybe)


def say_beside(board: Board, sight: Sight, hung: Hung, pin: Pin, what: str, maybe: bool) -> Step:
    """Beside the channel's card: the response in its thread; that the glass was broken, for all to see."""
    word = sight.word(hung.revision, hung.shows)
    key = uuid5(hung.id, f"{word} {what}")
    done = facing.having_said(word, what)

    def does() -> Pin:
        if what == LOUD:
            return board.hang(pin.channel, key, sight.rung(LOUD), maybe)
        return board.say(pin, key, sight.response(), maybe)

    def ended(tx: Connection, state: str, _: str) -> None:
        cards.shows(tx, hung.id, done if state == "refused" else hung.shows)

    def unsure(tx: Connection, trouble: str) -> int:
        tries = cards.unsure(tx, hung.id, trouble)
        if tries >= MOST_UNSURE:
            cards.shows(tx, hung.id, done)
        return tries

    def begin(tx: Connection) -> Try[Pin] | None:
        cards.say(tx, hung.id, facing.saying(word, what))
        line = _of_channel(sight, hung.place, what)
        return Try(does, line, maybe, "", lambda tx, _: cards.shows(tx, hung.id, done), ended, unsure)

    return Step(at_once(hung.place) if what == LOUD else hung.place, begin, what != LOUD, maybe)


def at_once(place: str) -> str:
    """An emergency waits for nobody's turn; only for the patience that Slack asks of it."""
    return f"{place} at once"


def _never(_: Connection, __: str) -> int:
    return 0


def _which(sight: Sight, call: Call) -> Which:
    return Which(SLACK, sight.point.id, sight.point.revision, call.person.id, call.says)


def _key(name: str) -> UUID:
    """One key, one message."""
    return uuid5(NAMESPACE_OID, name)


def _line(sight: Sight, call: Call) -> dict[str, Json]:
    return telling.line(sight.point.label, _which(sight, call), call.person.name)


def _of_channel(sight: Sight, place: str, says: str) -> dict[str, Json]:
    body: dict[str, Json] = {"checkpoint": sight.point.label, "revision": sight.point.revision, "says": says}
    return body | {"channel": SLACK, "place": place}
