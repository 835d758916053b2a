"""People are told, through a channel, what waits for them and what became of it: one message each time it is carried.

Rule: it goes by how things stand now and by what is recorded as told, so a late or repeated errand says nothing false.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people.by_link import linking
from checkpoints.actions.people.told import calling
from checkpoints.actions.people.told.calling import Seen
from checkpoints.core.clock import ladder
from checkpoints.core.clock.ladder import Rung
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.lifecycle import Event, Permit, State
from checkpoints.core.model import Json
from checkpoints.core.shown.card import card
from checkpoints.core.shown.for_client import clients_card
from checkpoints.core.shown.letter import asking, following
from checkpoints.core.shown.message import Letter, Message
from checkpoints.core.view import Checkpoint
from checkpoints.seeing.failpoints import reach
from checkpoints.store import audit, checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.people import Listed
from checkpoints.store.work import messages, rungs
from checkpoints.store.work.many import floods
from checkpoints.store.work.messages import Told, Which
from checkpoints.store.work.notices import nudge

HAS_HEARD = frozenset({"sending", "sent"})
"""Of these one must assume that the person read them."""
TELLS_THAT_IT_WAITS = frozenset({*ladder.ASKS, Rung.MANAGER})
SETTLED = frozenset({"sent", "refused"})
MOST_UNSURE = 3
"""Tries that may all have arrived. One more of the same mail helps nobody: a slow server is no reason to pester."""


@dataclass(frozen=True)
class Call:
    """What one person should hear: that it is open, what a rung says, or what became of it."""

    person: Listed
    says: str


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
    if floods.flooded(tx, point) and not _is_for_everybody(point):
        if point.state is State.OPEN:
            nudge(tx, point, together=True)
        return None
    told = messages.of(tx, id, channel)
    seen, climbed = calling.see(tx, point), rungs.climbed(tx, point)
    due = [call for call in calls(point, seen, climbed, told) if not said(told, point, call)]
    # Whoever was never tried comes first: one mailbox that is full holds up nobody.
    due.sort(key=lambda call: (_tries(told, point, call), call.person.made_at))
    for number, call in enumerate(due):
        person = call.person
        which = Which(channel, id, point.revision, person.id, call.says)
        assert person.email is not None
        begun = messages.begin(tx, which, desk.channels[channel].address(which.key), person.email)
        if begun is not None:
            address, at = begun
            maybe = any(t.state == "sending" for t in _same(told, point, call))
            earlier = tuple(t.address for t in told if t.person_id == person.id and t.address != address)
            message = Message(address, person.email, person.name, _letter(tx, desk, point, call), at, earlier)
            return Due(which, message, point.label, maybe, more=number + 1 < len(due))
    return None


def calls(point: Checkpoint, seen: Seen, climbed: Mapping[Rung, datetime], told: list[Told]) -> list[Call]:
    """While it is open: whose turn it is, and what the rungs say. Then its end: those who heard that it was open.

    That the glass was broken is for everybody.
    """
    reachable = {person.id: person for person in seen.people if person.email}
    if point.state is State.OPEN:
        heard: dict[UUID, dict[str, datetime]] = {}
        for one in told:
            if one.revision == point.revision and one.state in HAS_HEARD:
                heard.setdefault(one.person_id, {})[one.says] = one.made_at
        due = ladder.calls(seen.somebodies, climbed, heard)
        return [Call(reachable[id], says) for id, says in due if id in reachable]
    if _is_for_everybody(point):
        return [Call(person, Event.GLASS_BROKEN) for person in reachable.values()]
    heard_of_it = {t.person_id for t in told if t.says in TELLS_THAT_IT_WAITS and t.state in HAS_HEARD}
    return [Call(person, point.state) for person in reachable.values() if person.id in heard_of_it]


def said(told: list[Told], point: Checkpoint, call: Call) -> bool:
    """Whether they have heard it, or nothing more can be done about it."""
    return any(t.state in SETTLED or t.unsure >= MOST_UNSURE for t in _same(told, point, call))


def _is_for_everybody(point: Checkpoint) -> bool:
    return point.state is State.APPROVED and bool(point.decision and point.decision.emergency)


def _tries(told: list[Told], point: Checkpoint, call: Call) -> int:
    return len(_same(told, point, call))


def _same(told: list[Told], point: Checkpoint, call: Call) -> list[Told]:
    named = (call.person.id, point.revision, call.says)
    return [t for t in told if (t.person_id, t.revision, t.says) == named]


def _letter(tx: Connection, desk: Desk, point: Checkpoint, call: Call) -> Letter:
    """A function of what doesn't change while this state lasts: the permit's way is no part of the news.

    Whoever is asked as a client has a link of their own in it, and reads it in a client's terms.
    """
    permit = Permit.UNUSED if point.state is State.APPROVED else point.permit
    seen = replace(point, permit=permit)
    shown = card(seen, desk.kinds.get(point.kind))
    own = linking.for_mail(tx, desk, point, call.person) if call.says != Rung.MANAGER else None
    link = own or f"{desk.page_url}/checkpoints/{point.label}"
    if own:
        shown = clients_card(shown, seen)
    if point.state is State.OPEN:
        return asking(shown, link, call.says, bool(own))
    return following(shown, link, "EMERGENCY: " if call.says == Event.GLASS_BROKEN else "Re: ", bool(own))


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
