"""People are told of a flood in one message: what waits of one case, at most once an hour while it grows.

Rule: as in telling, it goes by how things stand and by what is recorded as told; who was told of which is a row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.errands import NotYet
from checkpoints.actions.people.told import calling, telling
from checkpoints.actions.people.told.telling import MOST_UNSURE
from checkpoints.core.clock import flood
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Priority
from checkpoints.core.shown.letter import together
from checkpoints.core.shown.message import Message
from checkpoints.core.view import Checkpoint
from checkpoints.seeing.failpoints import reach
from checkpoints.store import audit, checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.people import Listed
from checkpoints.store.work.many import digests, floods
from checkpoints.store.work.many.digests import Digest, Line

MOST = 1_000
"""Questions that a digest looks at: a limit on what is open at once was set below it, or nobody reads them anyway."""


@dataclass(frozen=True)
class Unheard:
    """One thing that one person should hear of one question. `since`: when it was to be said first."""

    person: Listed
    point: Checkpoint
    says: str
    since: datetime


@dataclass(frozen=True)
class Due:
    """One digest that can go out now. `maybe`: an earlier try of it may have reached them."""

    digest: Digest
    message: Message
    case: str
    labels: tuple[str, ...]
    maybe: bool


def tell(desk: Desk, errand: Errand) -> None:
    """Carries `tell:CHANNEL`, of one checkpoint or of a flood. Raises Unavailable to be called again later.

    NotYet while a digest gathers, or the hour after the one before isn't over.
    """
    if "flood" not in errand.body:
        return telling.tell(desk, errand)
    channel = errand.kind.removeprefix("tell:")
    speaks = desk.channels.get(channel)
    if speaks is None:
        return None
    with desk.transaction() as tx:
        due = _next(tx, desk, channel, UUID(errand.body["flood"]))
    if due is None:
        return None
    try:
        speaks.post(due.message)
        reach("K2")
    except Refused as no:
        # What a server says often repeats the address, and an audit line is for ever.
        why = str(no).replace(due.message.to, "their address")
        _ended(desk, due, "refused", "could not be told", str(no), {"why": why})
    except Unavailable as wrong:
        if not due.maybe:
            with desk.transaction() as tx:
                digests.end(tx, due.digest, "failed", str(wrong))
        raise
    except OutcomeUnknown as unknown:
        _unsure(desk, due, unknown)
    else:
        _ended(desk, due, "sent", "told")
    with desk.transaction() as tx:
        errands.add(tx, errand.kind, errand.key, errand.body)
    return None


def _next(tx: Connection, desk: Desk, channel: str, case_id: UUID) -> Due | None:
    """None when everybody has heard all there is. Raises NotYet."""
    unheard = sorted(_unheard(tx, channel, case_id), key=lambda one: (one.person.made_at, one.person.id))
    last, now = digests.last(tx, case_id, channel, MOST_UNSURE), checkpoints.now(tx)
    waits = []
    for person, theirs in ((them, list(found)) for them, found in groupby(unheard, lambda one: one.person)):
        critical = any(one.point.request.priority is Priority.CRITICAL for one in theirs)
        when = flood.next_digest(min(one.since for one in theirs), last.get(person.id), critical)
        if when > now:
            waits.append(when - now)
        elif due := _begun(tx, desk, channel, person, theirs):
            return due
    if waits:
        raise NotYet(min(waits))
    return None


def _unheard(tx: Connection, channel: str, case_id: UUID) -> Iterator[Unheard]:
    points = [point for point in floods.of_case(tx, case_id, MOST) if point.state is State.OPEN]
    climbed, told = digests.climbed(tx, points), digests.told(tx, points, channel)
    for point, seen in zip(points, calling.see_all(tx, points), strict=True):
        for call in telling.calls(point, seen, climbed[point.id], told[point.id]):
            if not telling.said(told[point.id], point, call):
                yield Unheard(call.person, point, call.says, point.changed_at)


def _begun(tx: Connection, desk: Desk, channel: str, person: Listed, unheard: list[Unheard]) -> Due | None:
    lines = tuple(Line(one.point.id, one.point.revision, one.says) for one in unheard)
    digest = Digest(channel, person.id, desk.channels[channel].address(digests.key(channel, person.id, lines)), lines)
    before = digests.told(tx, [one.point for one in unheard], channel)
    maybe = any(told.address == digest.address and told.state == "sending" for of in before.values() for told in of)
    assert person.email is not None
    at = digests.begin(tx, digest, person.email)
    if at is None:
        return None
    points = [(one.point, one.says) for one in unheard]
    case = points[0][0].case
    letter = together(points, f"{desk.page_url}/bundles/flood:{case}")
    message = Message(digest.address, person.email, person.name, letter, at)
    return Due(digest, message, case, tuple(one.point.label for one in unheard), maybe)


def _ended(
    desk: Desk, due: Due, state: str, event: str, trouble: str = "", more: dict[str, Json] | None = None
) -> None:
    with desk.transaction() as tx:
        digests.end(tx, due.digest, state, trouble)
        audit.append(tx, event, _line(due) | (more or {}))


def _unsure(desk: Desk, due: Due, unknown: OutcomeUnknown) -> None:
    """The rows stay `sending`, and the next try says the very same. Raises Unavailable while there is to be one."""
    with desk.transaction() as tx:
        tries = digests.unsure(tx, due.digest, str(unknown))
        if tries >= MOST_UNSURE:
            audit.append(tx, "may have been told", _line(due) | {"why": str(unknown)})
    if tries < MOST_UNSURE:
        raise Unavailable(str(unknown)) from unknown


def _line(due: Due) -> dict[str, Json]:
    """One line a digest, not one a question: a flood fills no audit either."""
    body: dict[str, Json] = {"case": due.case, "says": "digest", "questions": len(due.labels)}
    body |= {"person": str(due.digest.person_id), "name": due.message.name, "channel": due.digest.channel}
    return body | {"of": ", ".join(due.labels)}
