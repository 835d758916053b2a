"""Rows of whose turn it is at a place of Slack's, which takes about one message a second.

Rule: whoever has to wait is given a moment and keeps it, so that many waiting errands are not tried over and over.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

NOTHING = timedelta(0)
# Its row is held until the transaction ends: turns are given one after the other.
PLACE = text("""
    insert into desk.slack_place (place, free_at, rests_until) values (:place, desk.desk_now(), desk.desk_now())
    on conflict (place) do update set place = excluded.place returning free_at, rests_until, desk.desk_now()""")
MINE = text("select at from desk.slack_turn where place = :place and errand = :errand")
USED = text("delete from desk.slack_turn where place = :place and errand = :errand")
GIVE = text("insert into desk.slack_turn (place, errand, at) values (:place, :errand, :at)")
FREE = text("update desk.slack_place set free_at = :free, rests_until = :rests where place = :place")
SHIFT = text("update desk.slack_turn set at = at + :wait where place = :place")
LEAVE = text("delete from desk.slack_turn where errand = :errand")
FORGET = text("""
    delete from desk.slack_place where place in (select place from desk.slack_place p
        where greatest(free_at, rests_until) < desk.desk_now() - interval '1 minute'
            and not exists (select from desk.slack_turn t where t.place = p.place)
        for update skip locked)""")


def wait(tx: Connection, place: str, errand: str, pace: timedelta) -> timedelta:
    """Nothing: it is this errand's turn at the place, which is used up by it. Else so long, and its turn is kept.

    Who comes late to a place that rests goes to the end: many that are late at once don't try all at one moment.
    """
    named = {"place": place, "errand": errand}
    free, rests, now = _place(tx, named)
    mine: datetime | None = tx.execute(MINE, named).scalar_one_or_none()
    if mine is not None and mine > now:
        return mine - now
    tx.execute(USED, named)
    if rests <= now and (mine is not None or free <= now):
        tx.execute(FREE, {"place": place, "free": max(free, now + pace), "rests": now + pace})
        return NOTHING
    turn = max(free, rests)
    tx.execute(GIVE, named | {"at": turn})
    tx.execute(FREE, {"place": place, "free": turn + pace, "rests": rests})
    return turn - now


def _place(tx: Connection, named: dict[str, str]) -> tuple[datetime, datetime, datetime]:
    """When the first turn there is free that nobody has, until when it rests, and what time it is."""
    free, rests, now = tx.execute(PLACE, named).one()
    return free, rests, now


def hold(tx: Connection, place: str, errand: str, wait: timedelta) -> None:
    """The place takes nothing for so long: this errand is the first then, and everybody's turn is so much later."""
    named = {"place": place, "errand": errand}
    free, _, now = _place(tx, named)
    tx.execute(SHIFT, {"place": place, "wait": wait})
    tx.execute(FREE, {"place": place, "free": max(now, free) + wait, "rests": now + wait})
    tx.execute(USED, named)
    tx.execute(GIVE, named | {"at": now + wait})


def leave(tx: Connection, errand: str) -> None:
    """It has nothing to say any more, anywhere; and places where nobody waits are forgotten."""
    tx.execute(LEAVE, {"errand": errand})
    tx.execute(FORGET)
