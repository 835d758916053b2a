"""Cards hang in Slack, in the channel and with whoever has to answer, and show how things stand: one call a time.

Rule: it goes by how things stand now and by what is recorded of the cards, each written before Slack is asked; so a
late or repeated errand hangs nothing twice, and a card that may hang already is looked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people.told import calling, facing, gathering, noting, owing, posting
from checkpoints.actions.people.told.facing import LOUD, Sight
from checkpoints.actions.people.told.noting import Try
from checkpoints.actions.people.told.owing import MOST_UNSURE, SLACK
from checkpoints.actions.people.told.posting import Step
from checkpoints.core.errors import Busy
from checkpoints.core.lifecycle import State
from checkpoints.core.ports import Board
from checkpoints.core.shown.message import Pin
from checkpoints.store import checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.from_outside.slack import cards, turns, workspace
from checkpoints.store.from_outside.slack.cards import Hung
from checkpoints.store.work import messages, rungs
from checkpoints.store.work.many import floods
from checkpoints.store.work.notices import nudge

AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Due:
    """One call that is to be made now, in whose turn, and whether others are owed besides."""

    this: Try[Pin]
    turn: str
    more: bool


@dataclass(frozen=True)
class Wall:
    """A question's cards, and what the steps need of it besides. `place`: the channel; empty where there is none."""

    board: Board
    sight: Sight
    hung: list[Hung]
    place: str
    together: bool

    def at(self, place: str) -> Hung | None:
        """The card of the present revision there."""
        revision = self.sight.point.revision
        return next((one for one in self.hung if (one.place, one.revision) == (place, revision)), None)


def tell(desk: Desk, errand: Errand) -> None:
    """Carries `tell:slack`, of one checkpoint or of a flood. Raises Unavailable to be called again later.

    Busy until its turn comes where it has something to say.
    """
    if desk.board is None:
        return
    if "flood" in errand.body:
        gathering.tell(desk, desk.board, errand)
        return
    with desk.transaction() as tx:
        due, waits = _next(tx, desk, desk.board, errand)
    if due is None:
        if waits:
            raise Busy("", min(waits))
        return
    again = due.more
    try:
        noting.carry(desk, due.this)
    except Busy as busy:
        # That place takes nothing for a while; the others may.
        again = True
        with desk.transaction() as tx:
            turns.hold(tx, due.turn, errand.key, busy.wait)
    if again:
        with desk.transaction() as tx:
            errands.add(tx, errand.kind, errand.key, errand.body)


def _next(tx: Connection, desk: Desk, board: Board, errand: Errand) -> tuple[Due | None, list[timedelta]]:
    """None when nothing can be done now; then for how long each waits that is to be."""
    wall = _wall(tx, desk, board, UUID(errand.body["checkpoint"]))
    steps = list(_owed(tx, wall)) if wall else []
    # Whatever was never tried comes first: one place in trouble holds up no other.
    steps.sort(key=lambda step: step.tried)
    waits = []
    for number, step in enumerate(steps):
        wait = turns.wait(tx, step.turn, errand.key, board.pace if step.paced else AT_ONCE)
        if wait > AT_ONCE:
            waits.append(wait)
        elif this := step.begin(tx):
            # Those before it that wait are owed still; and once a card says how it ended, that is said beside it too.
            more = bool(waits) or number + 1 < len(steps) or not wall or wall.sight.point.state is not State.OPEN
            return Due(this, step.turn, more), []
    if not waits:
        turns.leave(tx, errand.key)
    return None, waits


def _wall(tx: Connection, desk: Desk, board: Board, id: UUID) -> Wall | None:
    """None while the desk hasn't received it."""
    point = checkpoints.by_id(tx, id)
    if point is None or point.state is State.ASKED:
        return None
    if before := cards.replaces(tx, id) if point.reopens else None:
        # The cards of the one that this one reopens say so from now on.
        errands.add(tx, "tell:slack", str(before), {"checkpoint": str(before)})
    replaced = "" if point.waiting else cards.replaced_by(tx, id)
    link = f"{desk.page_url}/checkpoints/{point.label}"
    together = floods.flooded(tx, point)
    if together and point.state is State.OPEN:
        nudge(tx, point, together=True)
    place = workspace.channel_of(tx, point.case_id) or desk.slack_channel
    sight = Sight(point, desk.kinds.get(point.kind), link, replaced)
    return Wall(board, sight, cards.of(tx, id), place, together)


def _owed(tx: Connection, wall: Wall) -> Iterator[Step]:
    """First that no card shows what isn't so any more; then the new cards, and what is said beside them."""
    yield from _put_right(wall)
    yield from _in_the_channel(wall)
    yield from _to_people(tx, wall)


def _put_right(wall: Wall) -> Iterator[Step]:
    """Those that show something else than they should, also of older revisions, and those of which nobody knows."""
    for hung in wall.hung:
        if hung.state == "hangs" and (pin := hung.pin):
            if not facing.still(hung.shows, wall.sight.word(hung.revision, hung.shows)):
                yield posting.change(wall.board, wall.sight, hung, pin)
        elif hung.state == "sending" and hung.unsure < MOST_UNSURE and not _is_to_hang(wall, hung):
            yield posting.hang(wall.board, wall.sight, hung.place, hung)


def _is_to_hang(wall: Wall, hung: Hung) -> bool:
    return wall.sight.point.state is State.OPEN and hung.revision == wall.sight.point.revision


def _in_the_channel(wall: Wall) -> Iterator[Step]:
    sight, point, here = wall.sight, wall.sight.point, wall.at(wall.place)
    is_new = here is None or (here.state in ("sending", "failed") and here.unsure < MOST_UNSURE)
    if wall.place and is_new and point.state is State.OPEN and not wall.together:
        yield posting.hang(wall.board, sight, wall.place, here)
    elif wall.place and is_new and owing.is_for_everybody(point):
        yield posting.hang(wall.board, sight, wall.place, here, LOUD)
    for hung in wall.hung:
        word = sight.word(hung.revision, hung.shows)
        if hung.person_id is None and hung.revision == point.revision and facing.still(hung.shows, word):
            said = facing.next_to_say(hung.shows, sight.to_say())
            if said and hung.state == "hangs" and (pin := hung.pin):
                yield posting.say_beside(wall.board, sight, hung, pin, *said)


def _to_people(tx: Connection, wall: Wall) -> Iterator[Step]:
    """To whoever has to hear: a card of their own, what the rungs say beside it, and that the glass was broken."""
    sight, point = wall.sight, wall.sight.point
    loud = owing.is_for_everybody(point)
    if not loud and (wall.together or point.state is not State.OPEN):
        return
    seen = calling.see(tx, point)
    if not (reached := owing.reached(tx, SLACK, seen)):
        return
    told = messages.of(tx, point.id, SLACK)
    calls = owing.calls(point, seen, rungs.climbed(tx, point), told, reached)
    for call in owing.due(told, point, calls):
        maybe = any(one.state == "sending" for one in owing.tries(told, point, call))
        theirs = wall.at(call.to)
        if loud or (theirs and theirs.state == "hangs"):
            yield posting.say_to(wall.board, sight, call, theirs.pin if theirs and not loud else None, maybe)
        else:
            yield posting.hang(wall.board, sight, call.to, theirs, call.says, call)
