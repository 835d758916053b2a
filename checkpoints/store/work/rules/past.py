"""What the desk received, in the order in which it did: each revision with its requirement and what became of it."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, text

from checkpoints.core.model import Requirement
from checkpoints.core.work.rules.simulation import Past
from checkpoints.store.documents import load, readable

RECEIVED = text("""
    select c.slug || '/' || p.number as label, p.case_id, r.received_at, cast(r.request as text) as request,
        cast(r.requirement as text) as requirement, r.rule_version,
        case when r.number < p.revision then 'revised' else p.state end as became
    from desk.revision r join desk.checkpoint p on p.id = r.checkpoint_id join desk.case_file c on c.id = p.case_id
    where r.received_at >= :since and r.received_at < :until and r.requirement is not null
    order by r.received_at, c.slug, p.number, r.number""")
AT_ONCE = 500
"""Rows that are in memory at a time."""


def received(tx: Connection, since: datetime, until: datetime) -> Iterator[Past]:
    """From the one moment on and before the other."""
    values = {"since": since, "until": until}
    for row in tx.execute(RECEIVED, values, execution_options={"yield_per": AT_ONCE}):
        wanted = load(Requirement, row.requirement)
        asked = readable(row.request)
        yield Past(row.label, row.case_id, row.received_at, asked, wanted, row.rule_version or "", row.became)
