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
            select r.made_at as at where r.prefect_id is null and r.starts_after is null
            union all
            select least(case when p.state not in ('asked', 'open') then greatest(p.changed_at, w.written_at) end,
                         greatest(w.due_at, w.written_at))
            from desk.wait w left join desk.checkpoint p on p.id = w.checkpoint_id
            where w.run_id = r.id and w.read_at is null and desk.has_news(r.id)) news
    where r.ended_at is null and news.at < desk.desk_now() - :patience
    order by news.at""")


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


def unmoved(tx: Connection, patience: timedelta) -> list[Unmoved]:
    """Runs that were never started, or sleep on though what they wait for came longer ago than that."""
    return [Unmoved(row.slug, row.branch, float(row.seconds)) for row in tx.execute(UNMOVED, {"patience": patience})]
