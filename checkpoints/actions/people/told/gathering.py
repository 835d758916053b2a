"""A flood is told in Slack: one message for all that a case asked at once, in the channel and with whoever answers.

Rule: as by mail, at most one an hour to a place; and as a card, each written before Slack is asked.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection

from checkpoints.actions.people.told import digesting, noting
from checkpoints.actions.people.told.digesting import AT_ONCE, Way
from checkpoints.actions.people.told.noting import Try
from checkpoints.actions.people.told.owing import MOST_UNSURE, SETTLED, SLACK
from checkpoints.channels.slack.cards import together
from checkpoints.core.clock import flood
from checkpoints.core.clock.ladder import OPEN
from checkpoints.core.errors import Busy
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Priority
from checkpoints.core.ports import Board
from checkpoints.core.shown.message import Pin
from checkpoints.core.view import Checkpoint
from checkpoints.store import checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.from_outside.slack import digests, turns, workspace
from checkpoints.store.from_outside.slack.digests import Hung
from checkpoints.store.work.many import floods


@dataclass(frozen=True)
class Due:
    """What the channel can be told now. `maybe`: an earlier try of it may hang."""

    id: UUID
    place: str
    points: tuple[Checkpoint, ...]
    maybe: bool


def tell(desk: Desk, board: Board, errand: Errand) -> None:
    """Carries `tell:slack` of a flood: the next digest. Raises Unavailable to be called again later."""
    with desk.transaction() as tx:
        due, waits = _next(tx, desk, board, errand)
    if due is None:
        _tell_people(desk, board, errand, waits)
        return
    try:
        noting.carry(desk, _try(desk, board, due))
    except Busy as busy:
        with desk.transaction() as tx:
            turns.hold(tx, due.place, errand.key, busy.wait)
    with desk.transaction() as tx:
        errands.add(tx, errand.kind, errand.key, errand.body)


def _tell_people(desk: Desk, board: Board, errand: Errand, channel_waits: timedelta) -> None:
    def says(due: digesting.Due) -> Pin:
        link = digesting.link(desk, due.said[0][0].case)
        return board.hang(due.to, UUID(due.digest.address), together(due.said, link), due.maybe)

    by_slack = Way(
        SLACK,
        lambda key: str(uuid5(NAMESPACE_OID, key)),
        says,
        lambda tx, to: turns.wait(tx, to, errand.key, board.pace),
        lambda tx, to, wait: turns.hold(tx, to, errand.key, wait),
    )
    try:
        digesting.carry(desk, errand, by_slack)
    except Busy as busy:
        raise Busy("", min(filter(None, (busy.wait, channel_waits)))) from busy
    if channel_waits:
        raise Busy("", channel_waits)


def _next(tx: Connection, desk: Desk, board: Board, errand: Errand) -> tuple[Due | None, timedelta]:
    """None when the channel has heard all there is, or has to wait so long."""
    case_id = UUID(errand.body["flood"])
    place = workspace.channel_of(tx, case_id) or desk.slack_channel
    points = [point for point in floods.of_case(tx, case_id, digesting.MOST) if point.state is State.OPEN]
    if not (place and points):
        return None, AT_ONCE
    before = digests.of(tx, case_id, place)
    over = [one for one in before if one.state in SETTLED or one.unsure >= MOST_UNSURE]
    heard = frozenset[str]().union(*(one.lines for one in over))
    unheard = tuple(point for point in points if digests.line(point) not in heard)
    if not unheard:
        return None, AT_ONCE
    critical = any(point.request.priority is Priority.CRITICAL for point in unheard)
    last = over[-1].made_at if over else None
    when = flood.next_digest(min(point.changed_at for point in unheard), last, critical)
    now = checkpoints.now(tx)
    wait = when - now if when > now else turns.wait(tx, place, errand.key, board.pace)
    return (None, wait) if wait > AT_ONCE else (_begun(tx, case_id, place, unheard, before), AT_ONCE)


def _begun(tx: Connection, case_id: UUID, place: str, unheard: tuple[Checkpoint, ...], before: list[Hung]) -> Due:
    """What was begun and may hang comes first, as it was; what came since is in the next one."""
    begun = [one for one in before if one.state in ("sending", "failed") and one.unsure < MOST_UNSURE]
    for one in begun:
        if points := tuple(point for point in unheard if digests.line(point) in one.lines):
            digests.end(tx, one.id, "sending")
            return Due(one.id, place, points, one.state == "sending")
    return Due(digests.begin(tx, case_id, place, unheard), place, unheard, maybe=False)


def _try(desk: Desk, board: Board, due: Due) -> Try[Pin]:
    case = due.points[0].case
    face = together([(point, OPEN) for point in due.points], digesting.link(desk, case))
    whom: dict[str, Json] = {"channel": SLACK, "place": due.place}
    return Try(
        says=partial(board.hang, due.place, due.id, face, due.maybe),
        line=digesting.line(case, list(due.points)) | whom,
        maybe=due.maybe,
        to="",
        sent=lambda tx, _: digests.end(tx, due.id, "sent"),
        ended=lambda tx, state, trouble: digests.end(tx, due.id, state, trouble),
        unsure=lambda tx, trouble: digests.unsure(tx, due.id, trouble),
    )
