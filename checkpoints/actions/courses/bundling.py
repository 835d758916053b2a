"""Requests that wait together are looked at, and answered, as one card: each line in a transaction of its own.

Rule: a line's answer is an answer like any other; a bundle adds only what it forbids.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from checkpoints.actions import deciding
from checkpoints.actions.audit import recording
from checkpoints.core.errors import Countersign, IllegalMove, Refused, Unavailable
from checkpoints.core.fields import clean
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Press, Verdict
from checkpoints.core.shown import bundle as shown
from checkpoints.core.shown.bundle import Bundle
from checkpoints.core.view import Checkpoint
from checkpoints.store import cases, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.work.many import filtered, floods
from checkpoints.store.work.many.filtered import Filter

MOST = 1_000
LOOKED_AT = 200


@dataclass(frozen=True)
class Said:
    """What a person says to one line, with their reason or note."""

    verdict: Verdict
    note: str = ""


@dataclass(frozen=True)
class Result:
    """What became of one line, in words; `no` is why nothing was recorded."""

    point: Checkpoint
    words: str
    no: Countersign | None = None


def overview(desk: Desk) -> tuple[Bundle, ...]:
    """What waits together, of the 200 most urgent; floods are listed by themselves."""
    with desk.transaction() as tx:
        return shown.bundles(checkpoints.waiting(tx, LOOKED_AT), desk.kinds)


def show(desk: Desk, name: str) -> Bundle:
    """The bundle of this name as it is now, with no line when nothing of it waits. Raises Refused for no name."""
    sort, *parts = shown.named(name) or ("",)
    with desk.transaction() as tx:
        if sort == shown.KIND and (kind := desk.kinds.get(parts[0])):
            return shown.of_kind(kind, filtered.found(tx, Filter(kind=kind.name), (State.OPEN,), MOST, apart=True))
        if sort in (shown.PHASE, shown.FLOOD):
            return _of_case(tx, desk, name, sort, parts)
    raise Refused(
        f"“{clean(name)}” is no bundle. Right would be kind:spend, phase:read-later-digest:development, or "
        "flood:read-later-digest. List them with: countersign bundle list"
    )


def answer(desk: Desk, person: Person, name: str, digest: str, said: Mapping[str, Said]) -> list[Result]:
    """One result for each line that something was said to, in the card's order, whatever becomes of the others.

    `digest` names what they looked at. Raises IllegalMove when that has changed, Refused for a line that isn't in it.
    """
    found = show(desk, name)
    _check_seen(found, digest)
    if strange := set(said) - {point.label for point in found.lines}:
        raise Refused(f"{clean(min(strange))} is not in “{found.title}”. Nothing was recorded.")
    return [_answered(desk, person, point, said[point.label]) for point in found.lines if point.label in said]


def approve_all(desk: Desk, person: Person, name: str, digest: str, note: str = "") -> list[Result]:
    """As `answer`, a yes to each. Raises Refused where one line is at high risk, or has something to fill in."""
    found = show(desk, name)
    _check_seen(found, digest)
    if why := shown.one_by_one(found):
        raise Refused(f"{why} Nothing was recorded.")
    return answer(desk, person, name, digest, {point.label: Said(Verdict.APPROVE, note) for point in found.lines})


def _of_case(tx: Connection, desk: Desk, name: str, sort: str, parts: list[str]) -> Bundle:
    case = cases.by_slug(tx, parts[0])
    if case is None:
        raise Refused(f"There is no project “{clean(parts[0])}”. List them with: countersign project list")
    if sort == shown.FLOOD:
        return shown.bundle(name, f"{case.title}, asked all at once", floods.of_case(tx, case.id, MOST))
    points = filtered.found(tx, Filter(case=case.slug), (State.OPEN,), MOST, apart=True)
    of_phase = [p for p in points if p.kind in desk.kinds and desk.kinds[p.kind].phase == parts[1]]
    return shown.of_phase(case.slug, case.title, parts[1], of_phase)


def _check_seen(found: Bundle, digest: str) -> None:
    if not found.lines or digest != found.digest:
        raise IllegalMove(shown.changed(found))


def _answered(desk: Desk, person: Person, point: Checkpoint, said: Said) -> Result:
    press = Press(point.id, point.revision, point.digest, said.verdict, {}, said.note)
    try:
        if said.verdict is Verdict.APPROVE and (why := shown.own_card(point)):
            raise Refused(f"{why} Nothing was recorded.")
        after = deciding.answer(desk, person, press)
    except Countersign as no:
        # The database may be away by now: then the person still hears the first no.
        if not isinstance(no, Unavailable):
            with suppress(Unavailable):
                recording.refused(desk, person.name, said.verdict, point.label, no)
        return Result(point, str(no), no)
    return Result(after, _words(after))


def _words(after: Checkpoint) -> str:
    waits = f"; it now waits for {', then '.join(after.waits_for)}" if after.state is State.OPEN else ""
    return f"Recorded: {after.label} is {after.state}{waits}."
