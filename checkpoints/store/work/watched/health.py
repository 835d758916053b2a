"""What of the work is late or can't go on by itself: for `countersign doctor`. Rule: reads only."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, text

UNRECEIVED = text("""
    select count(*), coalesce(extract(epoch from desk.desk_now() - min(at)), 0) from (
        select asked_at as at from desk.checkpoint where state = 'asked'
        union all select made_at from desk.submission where received_at is null) new""")
OLDEST_WAITING = text("""
    select coalesce(extract(epoch from desk.desk_now() - min(asked_at)), 0) from desk.checkpoint
    where state in ('asked', 'open', 'changing')""")
UNKNOWN = text("""
    select desk.label(t.checkpoint_id) as label, (
        select desk.label(p.id) from desk.checkpoint p join desk.revision r
            on r.checkpoint_id = p.id and r.number = p.revision
        where p.kind = 'reconcile' and p.state in ('asked', 'open', 'changing')
            and r.request ->> 'about' = t.checkpoint_id::text limit 1) as asked
    from desk.permit t where t.state = 'unknown' order by t.changed_at""")
UNMOVED = text("""
    select c.slug, r.branch, extract(epoch from desk.desk_now() - news.at) as seconds
    from desk.run r join desk.case_file c on c.id = r.case_id,
        lateral (
            select r.made_at as at where r.prefect_id is null and r.starts_after is null and r.body ->> 'agent' is null
            union all
            select least(case when p.state not in ('asked', 'open') then greatest(p.changed_at, w.written_at) end,
                         greatest(w.due_at, w.written_at))
            from desk.wait w left join desk.checkpoint p on p.id = w.checkpoint_id
            where w.run_id = r.id and w.read_at is null and desk.has_news(r.id)) news
    where r.ended_at is null and news.at < desk.desk_now() - :patience
    order by news.at""")

BEGUN = text("""
    select desk.label(t.checkpoint_id), extract(epoch from desk.desk_now() - s.begun_at),
        exists (select from desk.lease l where l.run_id = s.run_id and l.ended_at is null
                and not desk.lease_is_lost(l.seen_at)),
        coalesce((select r.body ->> 'agent' is not null from desk.run r where r.id = s.run_id), false)
    from desk.permit t join desk.step s on s.id = t.step_id
    where t.state = 'begun' and s.begun_at < desk.desk_now() - :patience order by s.begun_at""")
GIVEN_UP = text("""
    select c.slug, r.branch, l.lost, (
        select desk.label(p.id) from desk.checkpoint p where p.run_id = r.id order by p.number desc limit 1)
    from desk.lease l join desk.run r on r.id = l.run_id join desk.case_file c on c.id = r.case_id
    where r.ended_at is null and l.lost >= :most and (l.ended_at is not null or desk.lease_is_lost(l.seen_at))
    order by l.seen_at""")


@dataclass(frozen=True)
class Backlog:
    """What runs handed in and the desk has not received; `oldest` in seconds."""

    open: int
    oldest: float


@dataclass(frozen=True)
class Unknown:
    """An approval whose effect may have happened or not; `asked`: the open question about it."""

    label: str
    asked: str | None


@dataclass(frozen=True)
class Begun:
    """An approval whose effect was begun so many seconds ago and whose end isn't recorded. `alive`: a pass is at it.

    `from_outside`: it is an agent's from outside, and no pass ever is.
    """

    label: str
    seconds: float
    alive: bool
    from_outside: bool


@dataclass(frozen=True)
class GivenUp:
    """A run that died so many times in a row that nobody begins it again; `label`: the last question it asked."""

    case: str
    branch: str
    times: int
    label: str | None


@dataclass(frozen=True)
class Unmoved:
    """A run that could have gone on for so many seconds and hasn't."""

    case: str
    branch: str
    seconds: float


def unreceived(tx: Connection) -> Backlog:
    """What waits for the desk itself."""
    open, oldest = tx.execute(UNRECEIVED).one()
    return Backlog(int(open), float(oldest))


def oldest_waiting(tx: Connection) -> float:
    """Seconds since the oldest open question was asked, 0 when there is none."""
    return float(tx.execute(OLDEST_WAITING).scalar_one())


def unknown_permits(tx: Connection) -> list[Unknown]:
    """The oldest first."""
    return [Unknown(row.label, row.asked) for row in tx.execute(UNKNOWN)]


def begun_permits(tx: Connection, patience: timedelta) -> list[Begun]:
    """Begun longer ago than that, and neither done nor failed nor known to be unknown; the oldest first."""
    rows = tx.execute(BEGUN, {"patience": patience})
    return [Begun(label, float(seconds), alive, outside) for label, seconds, alive, outside in rows]


def given_up(tx: Connection, most: int) -> list[GivenUp]:
    """Runs that were lost at least so often since a person looked, and that nobody works for."""
    return [GivenUp(*row) for row in tx.execute(GIVEN_UP, {"most": most})]


def unmoved(tx: Connection, patience: timedelta) -> list[Unmoved]:
    """Runs that were never started, or sleep on though what they wait for came longer ago than that."""
    return [Unmoved(row.slug, row.branch, float(row.seconds)) for row in tx.execute(UNMOVED, {"patience": patience})]
