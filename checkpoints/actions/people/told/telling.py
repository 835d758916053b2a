"""People are told by mail what waits for them and what became of it: one message each time it is carried.

Rule: it goes by how things stand now and by what is recorded as told, so a late or repeated errand says nothing false.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people.by_link import linking
from checkpoints.actions.people.told import calling, noting, owing
from checkpoints.actions.people.told.noting import Try
from checkpoints.actions.people.told.owing import MAIL, Call
from checkpoints.core.clock.ladder import Rung
from checkpoints.core.lifecycle import Event, Permit, State
from checkpoints.core.model import Json
from checkpoints.core.ports import Channel
from checkpoints.core.shown.card import card
from checkpoints.core.shown.for_client import clients_card
from checkpoints.core.shown.letter import asking, following
from checkpoints.core.shown.message import Letter, Message
from checkpoints.core.view import Checkpoint
from checkpoints.store import checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.work import messages, rungs
from checkpoints.store.work.many import floods
from checkpoints.store.work.messages import Which
from checkpoints.store.work.notices import nudge


@dataclass(frozen=True)
class Due:
    """One message that somebody should have and has not, as far as is recorded. `more`: so has somebody else."""

    which: Which
    message: Message
    label: str
    maybe: bool
    more: bool


def tell(desk: Desk, errand: Errand) -> None:
    """Carries `tell:mail` of one checkpoint: its next message. Raises Unavailable to be called again later.

    One a time, so that an errand is never held for longer than one conversation takes.
    """
    speaks = desk.channels.get(MAIL)
    if speaks is None:
        return
    with desk.transaction() as tx:
        due = _next(tx, desk, speaks, UUID(errand.body["checkpoint"]))
    if due is None:
        return
    noting.carry(desk, _try(speaks, due))
    if due.more:
        with desk.transaction() as tx:
            errands.add(tx, errand.kind, errand.key, errand.body)


def as_told(point: Checkpoint) -> Checkpoint:
    """It, as long as its state lasts: the permit's way is no part of the news, and what is told again is the same."""
    return replace(point, permit=Permit.UNUSED if point.state is State.APPROVED else point.permit)


def line(label: str, which: Which, name: str) -> dict[str, Json]:
    """The audit's, of what was said to one person of one checkpoint."""
    body: dict[str, Json] = {"checkpoint": label, "revision": which.revision, "says": which.says}
    return body | {"person": str(which.person_id), "name": name, "channel": which.channel}


def _next(tx: Connection, desk: Desk, speaks: Channel, id: UUID) -> Due | None:
    point = checkpoints.by_id(tx, id)
    if point is None or point.state is State.ASKED:
        return None
    if floods.flooded(tx, point) and not owing.is_for_everybody(point):
        if point.state is State.OPEN:
            nudge(tx, point, together=True)
        return None
    told, seen = messages.of(tx, id, MAIL), calling.see(tx, point)
    calls = owing.calls(point, seen, rungs.climbed(tx, point), told, owing.reached(tx, MAIL, seen))
    due = owing.due(told, point, calls)
    for number, call in enumerate(due):
        person = call.person
        which = Which(MAIL, id, point.revision, person.id, call.says)
        begun = messages.begin(tx, which, speaks.address(which.key), call.to)
        if begun is not None:
            address, at = begun
            maybe = any(t.state == "sending" for t in owing.tries(told, point, call))
            earlier = tuple(t.address for t in told if t.person_id == person.id and t.address != address)
            message = Message(address, call.to, person.name, _letter(tx, desk, point, call), at, earlier)
            return Due(which, message, point.label, maybe, more=number + 1 < len(due))
    return None


def _try(speaks: Channel, due: Due) -> Try[None]:
    return Try(
        says=lambda: speaks.post(due.message),
        line=line(due.label, due.which, due.message.name),
        maybe=due.maybe,
        to=due.message.to,
        sent=lambda tx, _: messages.end(tx, due.which, "sent"),
        ended=lambda tx, state, trouble: messages.end(tx, due.which, state, trouble),
        unsure=lambda tx, trouble: messages.unsure(tx, due.which, trouble),
    )


def _letter(tx: Connection, desk: Desk, point: Checkpoint, call: Call) -> Letter:
    """Whoever is asked as a client has a link of their own in it, and reads it in a client's terms."""
    seen = as_told(point)
    shown = card(seen, desk.kinds.get(point.kind))
    own = linking.for_mail(tx, desk, point, call.person) if call.says != Rung.MANAGER else None
    link = own or f"{desk.page_url}/checkpoints/{point.label}"
    if own:
        shown = clients_card(shown, seen)
    if point.state is State.OPEN:
        return asking(shown, link, call.says, bool(own))
    return following(shown, link, "EMERGENCY: " if call.says == Event.GLASS_BROKEN else "Re: ", bool(own))
