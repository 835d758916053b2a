"""A try that was refused is recorded, in a transaction of its own, after the other was rolled back.

Rule: each is a line; of one tryer at most `MOST` an hour, and one more that says how many came besides.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from checkpoints.core.errors import Countersign
from checkpoints.core.fields import clean
from checkpoints.core.model import Json
from checkpoints.store import audit
from checkpoints.store.desk import Desk
from checkpoints.store.work.watched import refusals
from checkpoints.store.work.watched.refusals import Hour, Try

MOST = 60


def refused(desk: Desk, who: str, what: str, label: str, why: Countersign) -> None:
    """One try: who tried what, and why it was refused."""
    with desk.transaction() as tx:
        refused_in(tx, who, [Try(what, label, str(why))])


def refused_in(tx: Connection, who: str, tries: Sequence[Try], besides: int = 0) -> None:
    """Several by one, the oldest first; `besides`: how many came before them of which nothing else is known."""
    by = clean(who)
    hour = _ended(tx, by)
    room = max(0, MOST - hour.lines)
    for one in tries[:room]:
        _line(tx, by, one, 1)
    rest = [*tries[room:]]
    more = len(rest) + besides
    last = rest[-1] if rest else tries[-1] if more else hour.last
    kept = Hour(False, hour.lines + len(tries[:room]), hour.more + more, _cleaned(last))
    refusals.keep(tx, by, kept, anew=hour.over)


def end_hours(desk: Desk) -> None:
    """What was only counted becomes a line a tryer, once their hour is over."""
    with desk.transaction() as tx:
        for by in list(refusals.over(tx)):
            hour = _ended(tx, by)
            refusals.keep(tx, by, replace(hour, over=False), anew=hour.over)


def _ended(tx: Connection, by: str) -> Hour:
    """Their hour, held; one that is over is told of, and the next begins empty."""
    hour = refusals.held(tx, by)
    if not hour.over:
        return hour
    if hour.more:
        _line(tx, by, hour.last, hour.more)
    return Hour(True, 0, 0, Try("", "", ""))


def _line(tx: Connection, by: str, one: Try, times: int) -> None:
    one = _cleaned(one)
    body: dict[str, Json] = {"checkpoint": one.about, "by": by, "tried": one.tried}
    many: dict[str, Json] = {} if times == 1 else {"times": times}
    why = one.why if times == 1 else f"{times} more within the hour, counted; the last: {one.why}"
    audit.append(tx, "try refused", body | many | {"why": clean(why, 500)})


def _cleaned(one: Try) -> Try:
    return Try(clean(one.tried), clean(one.about), clean(one.why, 500))
