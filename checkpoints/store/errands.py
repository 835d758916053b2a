"""Errands' rows: promised in the same transaction as a fact, claimed for a while, closed when done."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from sqlalchemy import Connection, text

from checkpoints.core.model import Json

Lane: TypeAlias = Literal["work", "mail", "slack"]
"""Each is carried beside the others: a slow server of one holds up none of another."""
ADD = text("select desk.errands_add(cast(:errands as jsonb))")
AWAKE_AT_ONCE = 16
"""Runs that are woken and have not read their answer yet; the others sleep on, so that the engine's queue stays short
and a new answer has its turn soon. One that was woken in vain so often that it may never read counts no more."""
MAY_GO = f"""(kind <> 'wake' or tries > 0 or {AWAKE_AT_ONCE} >
    (select count(*) from desk.errand where done_at is null and kind = 'wake' and tries between 1 and 8))"""
LANE = "case when kind = 'tell:slack' then 'slack' when kind like 'tell:%' then 'mail' else 'work' end"
CLAIM = text(f"""
    update desk.errand set due_at = desk.desk_now() + :hold, tries = tries + 1, trouble = '', in_hand = true
    where id = (select id from desk.errand where done_at is null and due_at <= desk.desk_now()
                    and {LANE} = :lane and {MAY_GO}
                order by kind = 'label', kind not in ('wake', 'again'),
                    extract(epoch from due_at) * case when :newest then -1 else 1 end limit 1 for update skip locked)
    returning id, kind, key, body, version, tries""")
CLOSE = text("""
    update desk.errand set done_at = case when version = :version then desk.desk_now() end,
        due_at = desk.desk_now(), trouble = '', in_hand = false
    where id = :id""")
# What waits for its turn in Slack, and had news meanwhile, may have something else to say at once.
LATER = text("""
    update desk.errand set trouble = :trouble, in_hand = false, due_at = desk.desk_now()
        + case when kind = 'tell:slack' and version <> :version then interval '0' else :wait end
    where id = :id""")
BACKLOG = text("""
    select count(*), coalesce(extract(epoch from desk.desk_now() - min(made_at)), 0),
        coalesce(extract(epoch from desk.desk_now() - min(due_at)), 0)
    from desk.errand where done_at is null""")
TROUBLED = text("""
    select kind, tries, trouble, extract(epoch from desk.desk_now() - made_at) from desk.errand
    where done_at is null and trouble <> '' and kind like :kind order by tries desc limit :most""")
NEXT_DUE = text(f"""
    select extract(epoch from min(due_at) - desk.desk_now()) from desk.errand
    where done_at is null and {LANE} = :lane and {MAY_GO}""")


@dataclass(frozen=True)
class Errand:
    """One thing to carry. `tries` counts this one too."""

    id: int
    kind: str
    key: str
    body: dict[str, str]
    version: int
    tries: int


@dataclass(frozen=True)
class Backlog:
    """What is promised and not done. Seconds: the age of the oldest, and for how long one has been due to nobody."""

    open: int
    oldest: float
    overdue: float


@dataclass(frozen=True)
class Troubled:
    """An errand that was tried in vain, with what was wrong the last time; `age` in seconds."""

    kind: str
    tries: int
    trouble: str
    age: float


def add(tx: Connection, kind: str, key: str, body: Mapping[str, Json]) -> None:
    """Promises it; while one of the same kind and key is open, that one is carried once more instead."""
    tx.execute(ADD, {"errands": json.dumps([{"kind": kind, "key": key, "body": dict(body)}])})


def claim(tx: Connection, hold: timedelta, lane: Lane = "work", newest: bool = False) -> Errand | None:
    """The next one that is due, hidden from others for `hold`; None when nothing is due.

    Whoever sleeps or was cut off comes first, then new runs, and last how runs are named in Prefect: after an hour
    without Prefect its answers are slow, and many names to write must hold up nobody.

    `lane`: of those that tell people by Slack, or by mail, or of all others. `newest`: the last come among equals, not
    the first.
    """
    row = tx.execute(CLAIM, {"hold": hold, "lane": lane, "newest": newest}).one_or_none()
    return Errand(*row) if row else None


def close(tx: Connection, errand: Errand) -> None:
    """Done; asked for again meanwhile, it is due again at once."""
    tx.execute(CLOSE, {"id": errand.id, "version": errand.version})


def later(tx: Connection, errand: Errand, wait: timedelta, trouble: str) -> None:
    """Not done: due again after `wait`, with what was wrong."""
    tx.execute(LATER, {"id": errand.id, "version": errand.version, "wait": wait, "trouble": trouble[:500]})


def seconds_to_next(tx: Connection, lane: Lane = "work") -> float | None:
    """Seconds until the next is due (negative when overdue), None when there is none. `lane` as in `claim`."""
    seconds = tx.execute(NEXT_DUE, {"lane": lane}).scalar_one()
    return None if seconds is None else float(seconds)


def backlog(tx: Connection) -> Backlog:
    """How much is left to carry. One that is in hand, or put off, is not overdue."""
    open, oldest, overdue = tx.execute(BACKLOG).one()
    return Backlog(int(open), float(oldest), float(overdue))


def troubled(tx: Connection, most: int, kind: str = "%") -> list[Troubled]:
    """Those tried most, of all or of one kind."""
    rows = tx.execute(TROUBLED, {"most": most, "kind": kind})
    return [Troubled(kind, int(tries), trouble, float(age)) for kind, tries, trouble, age in rows]
