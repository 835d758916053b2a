"""Carries errands: each is claimed for a while, done outside any transaction, and closed, or tried again later."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from checkpoints.core.errors import Busy, Unavailable
from checkpoints.seeing import moments
from checkpoints.seeing.moments import Moment, moment
from checkpoints.seeing.redacting import redacted
from checkpoints.store import checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand, Lane

Doer = Callable[[Desk, Errand], None]
HOLD = timedelta(seconds=60)
FIRST_WAIT = timedelta(milliseconds=100)
LONGEST_WAIT = timedelta(seconds=30)
FIRST_LOOK = timedelta(seconds=1)

log = logging.getLogger(__name__)


class Underway(Unavailable):
    """What was asked for is on its way: it is looked after in a second at the earliest, for looking slows it down."""


def carry_next(desk: Desk, doers: Mapping[str, Doer], *, lane: Lane = "work", newest: bool = False) -> bool:
    """Carries one errand that is due; False when none is. A doer raises Unavailable to be called again later.

    Busy, when nothing is wrong and it is too early: it is called again at that time, and the errand is in no trouble.
    `lane`: of those that tell people by Slack, or by mail, which wait for others' servers; else of all others.
    `newest`: the last come, not the first; in turns, many that came at once starve no new one, and no new ones an old
    one.
    """
    with desk.transaction() as tx:
        errand = errands.claim(tx, HOLD, lane, newest)
    if errand is None:
        return False
    try:
        doer = doers.get(errand.kind)
        if doer is None:
            raise Unavailable(f"nobody here carries “{errand.kind}”")
        with moment("told" if _tells(errand) else errand.kind) as carried:
            _say_about(carried, desk, errand)
            doer(desk, errand)
    except Busy as early:
        with desk.transaction() as tx:
            errands.later(tx, errand, early.wait, str(early))
    except Unavailable as trouble:
        _later(desk, errand, str(trouble), FIRST_LOOK if isinstance(trouble, Underway) else FIRST_WAIT)
    except Exception as wrong:
        log.exception("errand %s %s failed", errand.kind, errand.key)
        _later(desk, errand, f"{type(wrong).__name__}: {wrong}")
    else:
        with desk.transaction() as tx:
            errands.close(tx, errand)
    return True


def seconds_to_next(desk: Desk, *, lane: Lane = "work") -> float | None:
    """Seconds until one is due, None when there is none; `lane` as in `carry_next`."""
    with desk.transaction() as tx:
        return errands.seconds_to_next(tx, lane)


def _tells(errand: Errand) -> bool:
    """Whether it lets people see how a checkpoint stands."""
    return errand.kind.startswith("tell") or errand.kind == "label"


def _say_about(carried: Moment, desk: Desk, errand: Errand) -> None:
    """Only what tells is a moment of its checkpoint's trace: a run may be woken many times before it reads."""
    carried.run = UUID(errand.body["run"]) if "run" in errand.body else None
    if not (_tells(errand) and "checkpoint" in errand.body and moments.on()):
        return
    with desk.transaction() as tx:
        point = checkpoints.by_id(tx, UUID(errand.body["checkpoint"]))
    if point is not None:
        carried.of(point, state=errand.body.get("state", point.state))


def _later(desk: Desk, errand: Errand, trouble: str, least: timedelta = FIRST_WAIT) -> None:
    wait = max(least, min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(errand.tries - 1, 12)))
    with desk.transaction() as tx:
        errands.later(tx, errand, wait, redacted(trouble))
