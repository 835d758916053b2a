"""How many refused tries of one tryer became lines within the hour, how many were only counted; what was heard."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

HOUR = "interval '1 hour'"
HELD = text(f"""
    insert into desk.refused_try as t (by_name, since) values (:by, desk.desk_now())
    on conflict (by_name) do update set lines = t.lines
    returning since + {HOUR} <= desk.desk_now() as over, lines, more, tried, about, why""")
KEEP = text("""
    update desk.refused_try set lines = :lines, more = :more, tried = :tried, about = :about, why = :why,
        since = case when :anew then desk.desk_now() else since end
    where by_name = :by""")
OVER = text(f"select by_name from desk.refused_try where more > 0 and since + {HOUR} <= desk.desk_now() order by since")
UP_TO = text("""
    insert into desk.heard as h (door) values (:door) on conflict (door) do update set start = h.start
    returning start, upto""")
HEARD = text("update desk.heard set start = :start, upto = :upto where door = :door")


@dataclass(frozen=True)
class Try:
    """What was tried, about what, and why it was refused."""

    tried: str
    about: str
    why: str


@dataclass(frozen=True)
class Hour:
    """Of one tryer: `lines` in the audit, `more` that were counted since then, the `last` of these."""

    over: bool
    lines: int
    more: int
    last: Try


@dataclass(frozen=True)
class UpTo:
    """How far something was heard: in the file, or since the start of the process, that `start` names."""

    start: str
    number: int


def held(tx: Connection, by: str) -> Hour:
    """Of this tryer, nobody else's to count until the end of the transaction."""
    over, lines, more, *last = tx.execute(HELD, {"by": by}).one()
    return Hour(over, lines, more, Try(*last))


def keep(tx: Connection, by: str, hour: Hour, *, anew: bool) -> None:
    """`anew`: the hour begins now."""
    values = {"by": by, "lines": hour.lines, "more": hour.more, "anew": anew}
    tx.execute(KEEP, values | {"tried": hour.last.tried, "about": hour.last.about, "why": hour.last.why})


def over(tx: Connection) -> Iterator[str]:
    """Whose hour is over, with tries in it that no line tells of yet."""
    yield from tx.scalars(OVER)


def up_to(tx: Connection, door: str) -> UpTo:
    """How far this door was heard; nobody else hears it until the end of the transaction."""
    return UpTo(*tx.execute(UP_TO, {"door": door}).one())


def heard(tx: Connection, door: str, now: UpTo) -> None:
    tx.execute(HEARD, {"door": door, "start": now.start, "upto": now.number})
