"""The desk's figures: everything that can be measured at it, computed from its tables by one statement.

Rule: nobody keeps a counter. Any process can answer, and none loses anything when it ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from checkpoints.store.documents import load

LOOKS_BACK = "1 hour"
"""What the time to wake is computed over: the answers that were read within it."""
READ = text(f"""
    with clock as (select desk.desk_now() as moment),
    woken as (select extract(epoch from w.read_at - d.at) as took
        from desk.wait w,
            -- One look a wait: without the limit all decisions that ever were are read.
            lateral (select at from desk.decision where checkpoint_id = w.checkpoint_id limit 1) d
        where w.read_at > (select moment from clock) - interval '{LOOKS_BACK}' and w.read_at >= d.at)
    select json_build_object(
    'waiting', (select coalesce(json_object_agg(state, json_build_object('number', number, 'oldest', age)), '{{}}')
        from (select state, count(*) as number, extract(epoch from moment - min(asked_at)) as age
            from desk.checkpoint where state in ('asked', 'open', 'changing') group by state) w),
    'answers', (select coalesce(json_agg(json_build_array(verdict, way, number)), '[]') from (
        select verdict, way, count(*) as number from desk.answer group by verdict, way) a),
    'by_rule', (select count(*) from desk.decision where by_rule),
    'errands', (select coalesce(json_object_agg(kind, json_build_object(
            'number', number, 'overdue', due, 'oldest', age)), '{{}}')
        from (select kind, count(*) as number, greatest(extract(epoch from moment - min(due_at)), 0) as due,
                extract(epoch from moment - min(made_at)) as age
            from desk.errand where done_at is null group by kind) e),
    'wakes', (select count(*) from woken),
    'wake_seconds', (select coalesce(json_object_agg(quantile, took), '{{}}') from (
        select unnest(array['0.5', '0.95', '0.99', '1']) as quantile,
            unnest(percentile_cont(array[0.5, 0.95, 0.99, 1]) within group (order by took)) as took from woken) q
        where took is not null),
    'unknown_permits', (select count(*) from desk.permit where state = 'unknown'),
    'refusals', (select coalesce(json_object_agg(event, number), '{{}}') from (
        select event, count(*) as number from desk.audit_line
        where event in ('try refused', 'refused by the desk', 'submission refused') group by event) r),
    'sign_ins', (select coalesce(json_object_agg(sort, number), '{{}}') from (
        select sort, sum(tries) as number from desk.refused_sign_in group by sort) s),
    'processes', (select coalesce(json_object_agg(name, age), '{{}}') from (
        select name, extract(epoch from moment - max(seen_at)) as age from desk.process group by name) p),
    'lost_leases', (select coalesce(sum(lost), 0) from desk.lease)
    )::text from clock""")


@dataclass(frozen=True)
class Waiting:
    """Checkpoints in one state that waits. `oldest` is in seconds."""

    number: int
    oldest: float


@dataclass(frozen=True)
class Open:
    """Errands of one kind that are not done: the longest that one is overdue, and has been open, in seconds."""

    number: int
    overdue: float
    oldest: float


@dataclass(frozen=True)
class Figures:
    """`answers`: verdict, way, number; `wakes`: how many, and the seconds by quantile; `processes`: seconds silent.

    `sign_ins`: those that were refused and left no audit line, by what they were.
    """

    waiting: Mapping[str, Waiting]
    answers: tuple[tuple[str, str, int], ...]
    by_rule: int
    errands: Mapping[str, Open]
    wakes: int
    wake_seconds: Mapping[str, float]
    unknown_permits: int
    refusals: Mapping[str, int]
    sign_ins: Mapping[str, int]
    processes: Mapping[str, float]
    lost_leases: int


def read(tx: Connection) -> Figures:
    """All of them, of one moment."""
    return load(Figures, tx.execute(READ).scalar_one())
