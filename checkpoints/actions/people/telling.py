"""People are told, through a channel, what waits for them and what became of it: one message each time it is carried.

Rule: it goes by how things stand now and by what is recorded as told, so a late or repeated errand says nothing false.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.core.authority import Standing, waits_on
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Json
from checkpoints.core.shown.card import card
from checkpoints.core.shown.letter import asking, following
from checkpoints.core.shown.message import Letter, Message
from checkpoints.core.view import Checkpoint
from checkpoints.seeing.failpoints import reach
from checkpoints.store import audit, checkpoints, errands, people
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.people import Listed
from checkpoints.store.work import messages
from checkpoints.store.work.messages import Told, Which

HAS_HEARD = frozenset({"sending", "sent"})
"""Of these one must assume that the person read them."""
SETTLED = frozenset({"sent", "refused"})
MOST_UNSURE = 3
"""Tries that may all have arrived. One more of the same mail helps nobody: a slow server is no reason to pester."""


@dataclass(frozen=True)
class Due:
    """One message that somebody should have and has not, as far as is recorded.

    `maybe`: an earlier try may have reached them. `more`: somebody else is still to be told.
    """

    which: Which
    message: Message
    label: str
    maybe: bool
    more: bool


def tell(desk: Desk, errand: Errand) -> None:
    """Carries `tell:CHANNEL`: the next message of a checkpoint. Raises Unavailable to be called again later.

    One a time, so that an errand is never held for longer than one conversation takes.
    """
    channel = errand.kind.removeprefix("tell:")
    speaks = desk.channels.get(channel)
    if speaks is None:
        return
    with desk.transaction() as tx:
        due = _next(tx, desk, channel, UUID(errand.body["checkpoint"]))
    if due is None:
        return
    try:
        speaks.post(due.message)
        reach("K2")
    except Refused as no:
        _refused(desk, due, no)
    except Unavailable as wrong:
        if not due.maybe:
            with desk.transaction() as tx:
                messages.end(tx, due.which, "failed", str(wrong))
        raise
    except OutcomeUnknown as unknown:
        _unsure(desk, due, unknown)
    else:
        _sent(desk, due)
    if due.more:
        _again(desk, errand)


def _next(tx: Connection, desk: Desk, channel: str, id: UUID) -> Due | None:
    point = checkpoints.by_id(tx, id)
    if point is None or point.state is State.ASKED:
        return None
    told = messages.of(tx, id, channel)
    due = [p for p in _hearers(tx, point, told) if not _said(told, point, p.id)]
    # Whoever was never tried comes first: one mailbox that is full holds up nobody.
    due.sort(key=lambda person: (_tries(told, point, person.id), person.made_at))
    for number, person in enumerate(due):
        which = Which(channel, id, point.revision, person.id, point.state)
        assert person.email is not None
        begun = messages.begin(tx, which, desk.channels[channel].address(which.key), person.email)
        if begun is not None:
            address, at = begun
            maybe = any(t.state == "sending" for t in _same(told, point, person.id))
            earlier = tuple(t.address for t in told if t.person_id == person.id and t.address != address)
            message = Message(address, person.email, person.name, _letter(desk, point), at, earlier)
            return Due(which, message, point.label, maybe, more=number + 1 < len(due))
    return None


def _hearers(tx: Connection, point: Checkpoint, told: list[Told]) -> list[Listed]:
    """Those whose turn it is; once it is over, those who heard that it was."""
    reachable = [person for person in people.everyone(tx) if person.active and person.email]
    if point.state is State.OPEN:
        single, at = people.single_operator(tx), checkpoints.now(tx)
        return [p for p in reachable if waits_on(point, p.id, Standing(True, frozenset(p.roles), single, at))]
    asked = {t.person_id for t in told if t.says == State.OPEN and t.state in HAS_HEARD}
    return [person for person in reachable if person.id in asked]


def _said(told: list[Told], point: Checkpoint, person: UUID) -> bool:
    return any(t.state in SETTLED or t.unsure >= MOST_UNSURE for t in _same(told, point, person))


def _tries(told: list[Told], point: Checkpoint, person: UUID) -> int:
    return len(_same(told, point, person))


def _same(told: list[Told], point: Checkpoint, person: UUID) -> list[Told]:
    named = (person, point.revision, point.state)
    return [t for t in told if (t.person_id, t.revision, t.says) == named]


def _letter(desk: Desk, point: Checkpoint) -> Letter:
    """A function of what doesn't change while this state lasts: the permit's way is no part of the news."""
    permit = Permit.UNUSED if point.state is State.APPROVED else point.permit
    shown = card(replace(point, permit=permit), desk.kinds.get(point.kind))
    link = f"{desk.page_url}/checkpoints/{point.label}"
    return asking(shown, link) if point.state is State.OPEN else following(shown, link)


def _sent(desk: Desk, due: Due) -> None:
    with desk.transaction() as tx:
        messages.end(tx, due.which, "sent")
        audit.append(tx, "told", _line(due))


def _refused(desk: Desk, due: Due, no: Refused) -> None:
    with desk.transaction() as tx:
        messages.end(tx, due.which, "refused", str(no))
        # What a server says often repeats the address, and an audit line is for ever.
        why = str(no).replace(due.message.to, "their address")
        audit.append(tx, "could not be told", _line(due) | {"why": why})


def _unsure(desk: Desk, due: Due, unknown: OutcomeUnknown) -> None:
    """The row stays `sending`, and the next try says the very same. Raises Unavailable while there is to be one."""
    with desk.transaction() as tx:
        tries = messages.unsure(tx, due.which, str(unknown))
        if tries >= MOST_UNSURE:
            audit.append(tx, "may have been told", _line(due) | {"why": str(unknown)})
    if tries < MOST_UNSURE:
        raise Unavailable(str(unknown)) from unknown


def _line(due: Due) -> dict[str, Json]:
    body: dict[str, Json] = {"checkpoint": due.label, "revision": due.which.revision, "says": due.which.says}
    return body | {"person": str(due.which.person_id), "name": due.message.name, "channel": due.which.channel}


def _again(desk: Desk, errand: Errand) -> None:
    with desk.transaction() as tx:
        errands.add(tx, errand.kind, errand.key, errand.body)
