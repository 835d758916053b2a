"""Carries errands: each is claimed for a while, done outside any transaction, and closed, or tried again later."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from checkpoints.core.errors import Unavailable
from checkpoints.failpoints import reach
from checkpoints.store import errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand

Doer = Callable[[Desk, Errand], None]
HOLD = timedelta(seconds=60)
FIRST_WAIT = timedelta(milliseconds=100)
LONGEST_WAIT = timedelta(seconds=30)

log = logging.getLogger(__name__)


def carry_next(desk: Desk, doers: Mapping[str, Doer]) -> bool:
    """Carries one errand that is due; False when none is. A doer raises Unavailable to be called again later."""
    with desk.transaction() as tx:
        errand = errands.claim(tx, HOLD)
    if errand is None:
        return False
    try:
        doer = doers.get(errand.kind)
        if doer is None:
            raise Unavailable(f"nobody here carries “{errand.kind}”")
        doer(desk, errand)
        if errand.kind.startswith("tell:"):
            reach("K2")
    except Unavailable as trouble:
        _later(desk, errand, str(trouble))
    except Exception as wrong:
        log.exception("errand %s %s failed", errand.kind, errand.key)
        _later(desk, errand, f"{type(wrong).__name__}: {wrong}")
    else:
        with desk.transaction() as tx:
            errands.close(tx, errand)
    return True


def seconds_to_next(desk: Desk) -> float | None:
    """Seconds until one is due, None when there is none."""
    with desk.transaction() as tx:
        return errands.seconds_to_next(tx)


def _later(desk: Desk, errand: Errand, trouble: str) -> None:
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(errand.tries - 1, 12))
    with desk.transaction() as tx:
        errands.later(tx, errand, wait, trouble)
