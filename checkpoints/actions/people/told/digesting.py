"""People are told of a flood in one message: what waits of one case, at most once an hour while it grows.

Rule: as in telling, it goes by how things stand and by what is recorded as told; who was told of which is a row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people.told import calling, noting, owing, telling
from checkpoints.actions.people.told.noting import Try
from checkpoints.actions.people.told.owing import MAIL, MOST_UNSURE, Call
from checkpoints.core.clock import flood
from checkpoints.core.errors import Busy
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Priority
from checkpoints.core.ports import Channel
from checkpoints.core.shown.letter import together
from checkpoints.core.shown.message import Message
from checkpoints.core.view import Checkpoint
from checkpoints.store import checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.people import Listed
from checkpoints.store.work.many import digests, floods
from checkpoints.store.work.many.digests import Digest, Line

MOST = 1_000
"""Questions that a digest looks at: a limit on what is open at once was set below it, or nobody reads them anyway."""
AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Unheard:
    """One thing that one person should hear of one question. `since`: when it was to be said first."""

    call: Call
    point: Checkpoint
    since: datetime

    @property
    def person(self) -> Listed:
        return self.call.person


@dataclass(frozen=True)
class Due:
    """One digest that can go out now. `maybe`: an earlier try of it may have reached them. `at`: of the first try."""

    digest: Digest
    person: Listed
    to: str
    said: tuple[tuple[Checkpoint, str], ...]
    at: datetime
    maybe: bool


@dataclass(frozen=True)
class Way:
    """One by which digests go. `wait`: how long one to that place has to wait for its turn, which is else used up."""

    channel: str
    address: Callable[[str], str]
    says: Callable[[Due], object]
    wait: Callable[[Connection, str], timedelta]
    busy: Callable[[Connection, str, timedelta], None]


def tell(desk: Desk, errand: Errand) -> None:
    """Carries `tell:mail`, of one checkpoint or of a flood. Raises Unavailable to be called again later.

    Busy while a digest gathers, or the hour after the one before isn't over.
    """
    if "flood" not in errand.body:
        return telling.tell(desk, errand)
    speaks = desk.channels.get(MAIL)
    if speaks is not None:
        by_mail = Way(MAIL, speaks.address, partial(_post, desk, speaks), lambda tx, to: AT_ONCE, lambda *_: None)
        carry(desk, errand, by_mail)
    return None


def carry(desk: Desk, errand: Errand, way: Way) -> None:
    """The next digest of the flood's to a person. Raises as `tell` does."""
    with desk.transaction() as tx:
        due, waits = _next(tx, way, UUID(errand.body["flood"]))
    if due is None:
        if waits:
            raise Busy("", min(waits))
        return
    try:
        noting.carry(desk, _try(way, due))
    except Busy as busy:
        with desk.transaction() as tx:
            way.busy(tx, due.to, busy.wait)
    with desk.transaction() as tx:
        errands.add(tx, errand.kind, errand.key, errand.body)


def link(desk: Desk, case: str) -> str:
    """Where a flood is looked at as one."""
    return f"{desk.page_url}/bundles/flood:{case}"


def line(case: str, questions: list[Checkpoint]) -> dict[str, Json]:
    """One line a digest, not one a question: a flood fills no audit either."""
    labels = ", ".join(point.label for point in questions)
    return {"case": case, "says": "digest", "questions": len(questions), "of": labels}


def _next(tx: Connection, way: Way, case_id: UUID) -> tuple[Due | None, list[timedelta]]:
    """None when nobody can be told now; then for how long each who is to hear something waits."""
    unheard = sorted(_unheard(tx, way.channel, case_id), key=lambda one: (one.person.made_at, one.person.id))
    last, now = digests.last(tx, case_id, way.channel, MOST_UNSURE), checkpoints.now(tx)
    waits = []
    for person, theirs in ((them, list(found)) for them, found in groupby(unheard, lambda one: one.person)):
        critical = any(one.point.request.priority is Priority.CRITICAL for one in theirs)
        when = flood.next_digest(min(one.since for one in theirs), last.get(person.id), critical)
        wait = when - now if when > now else way.wait(tx, theirs[0].call.to)
        if wait > AT_ONCE:
            waits.append(wait)
        elif due := _begun(tx, way, person, theirs):
            return due, []
    return None, waits


def _unheard(tx: Connection, channel: str, case_id: UUID) -> Iterator[Unheard]:
    points = [point for point in floods.of_case(tx, case_id, MOST) if point.state is State.OPEN]
    climbed, told = digests.climbed(tx, points), digests.told(tx, points, channel)
    for point, seen in zip(points, calling.see_all(tx, points), strict=True):
        reached = owing.reached(tx, channel, seen)
        for call in owing.calls(point, seen, climbed[point.id], told[point.id], reached):
            if not owing.is_settled(told[point.id], point, call):
                yield Unheard(call, point, point.changed_at)


def _begun(tx: Connection, way: Way, person: Listed, unheard: list[Unheard]) -> Due | None:
    lines = tuple(Line(one.point.id, one.point.revision, one.call.says) for one in unheard)
    digest = Digest(way.channel, person.id, way.address(digests.key(way.channel, person.id, lines)), lines)
    before = digests.told(tx, [one.point for one in unheard], way.channel)
    maybe = any(told.address == digest.address and told.state == "sending" for of in before.values() for told in of)
    to = unheard[0].call.to
    at = digests.begin(tx, digest, to)
    said = tuple((one.point, one.call.says) for one in unheard)
    return Due(digest, person, to, said, at, maybe) if at else None


def _post(desk: Desk, speaks: Channel, due: Due) -> None:
    letter = together(due.said, link(desk, due.said[0][0].case))
    speaks.post(Message(due.digest.address, due.to, due.person.name, letter, due.at))


def _try(way: Way, due: Due) -> Try[object]:
    questions = [point for point, _ in due.said]
    whom: dict[str, Json] = {"person": str(due.person.id), "name": due.person.name, "channel": way.channel}
    return Try(
        says=lambda: way.says(due),
        line=line(questions[0].case, questions) | whom,
        maybe=due.maybe,
        to=due.to,
        sent=lambda tx, _: digests.end(tx, due.digest, "sent"),
        ended=lambda tx, state, trouble: digests.end(tx, due.digest, state, trouble),
        unsure=lambda tx, trouble: digests.unsure(tx, due.digest, trouble),
    )
