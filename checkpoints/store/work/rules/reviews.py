"""What passed in each band and nobody looked over yet, and the questions that put it before people."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.shown.card import cost_line
from checkpoints.core.work.rules.review import Passed
from checkpoints.store.documents import readable

PASSED = """
    from desk.decision d join desk.revision r on r.checkpoint_id = d.checkpoint_id and r.number = d.revision
        left join (
            select v.band, max(v.until_at) as until_at
            from desk.review v join desk.checkpoint p on p.id = v.checkpoint_id
            where p.state not in ('expired', 'withdrawn', 'void') group by v.band
        ) seen on seen.band = r.requirement ->> 'band'
    where d.outcome = 'approved' and d.at > coalesce(seen.until_at, '-infinity')"""
OLDEST = text(f"""
    select r.requirement ->> 'band' as band, min(d.at) as oldest {PASSED}
        and r.requirement ->> 'band' <> all(:not_bands) and not exists (
            select from desk.review v join desk.checkpoint p on p.id = v.checkpoint_id
            where v.band = r.requirement ->> 'band' and p.state in ('asked', 'open', 'changing'))
    group by 1 order by 2""")
IN_BAND = text(f"""
    select desk.label(d.checkpoint_id) as label, cast(r.request as text) as request,
        d.by_rule, d.by_name, d.amount, d.at,
        (select string_agg(distinct n.name, ', ') from desk.answer a join desk.person n on n.id = a.person_id
         where a.checkpoint_id = d.checkpoint_id and a.revision = d.revision and a.verdict = 'approve') as people
    {PASSED} and r.requirement ->> 'band' = :band and d.at <= :until order by d.at, label""")
ADD = text("insert into desk.review (checkpoint_id, band, until_at) values (:id, :band, :until)")


def oldest(tx: Connection, not_bands: tuple[str, ...]) -> list[tuple[str, datetime]]:
    """Of each band without an open review: when the oldest passed that nobody looked over. `not_bands` have none."""
    return [(str(band), at) for band, at in tx.execute(OLDEST, {"not_bands": list(not_bands)})]


def passed(tx: Connection, band: str, until: datetime) -> list[Passed]:
    """What nobody looked over in a band, up to this moment, the oldest first."""
    found = []
    for row in tx.execute(IN_BAND, {"band": band, "until": until}):
        request, by = readable(row.request), row.by_name if row.by_rule else row.people or row.by_name
        amount = row.amount if row.by_rule else None
        seen = (row.label, request.kind, request.action, by, row.at, cost_line(request.cost))
        found.append(Passed(*seen, amount))
    return found


def add(tx: Connection, checkpoint_id: UUID, band: str, until: datetime) -> None:
    """This question is about what passed in the band until then."""
    tx.execute(ADD, {"id": checkpoint_id, "band": band, "until": until})
