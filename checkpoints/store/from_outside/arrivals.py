"""Arrivals' rows, and what the porter probes. An arrival is kept once, by its key; a run takes it when it has acted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.from_outside.arrival import Arrival
from checkpoints.core.from_outside.probe import Thresholds
from checkpoints.core.model import Json

ADD = text("""
    insert into desk.arrival (case_id, name, key, body, at)
    values (:case_id, :name, :key, cast(:body as jsonb), desk.desk_now())""")
SAME = text("""
    select body = cast(:body as jsonb) from desk.arrival
    where case_id = :case_id and name = :name and key = :key""")
UNTAKEN = text("""
    select id, name, key, body, at from desk.arrival
    where case_id = :case_id and name = :name and taken_at is null order by id""")
TAKE = text("""
    update desk.arrival set taken_at = desk.desk_now()
    where case_id = :case_id and id = any(:ids) and taken_at is null""")
COUNT = text("""
    select count(*) from desk.arrival
    where case_id = :case_id and name = :name and at > desk.desk_now() - cast(:within as interval)""")
WATCHED = text("""
    select distinct on (c.id) c.id, c.slug, cast(d.fields ->> 'p95_ms' as numeric) as p95_ms,
        cast(d.fields ->> 'error_percent' as numeric) as error_percent,
        (select s.result ->> 'release' from desk.step s
         where s.case_id = c.id and s.state = 'done' and s.result ->> 'environment' = 'production'
         order by s.ended_at desc limit 1) as release
    from desk.case_file c join desk.checkpoint p on p.case_id = c.id join desk.decision d on d.checkpoint_id = p.id
        join desk.permit t on t.checkpoint_id = p.id
    where c.state in ('running', 'delivered') and p.kind = 'monitoring' and t.state = 'done'
        and d.fields ?& array['p95_ms', 'error_percent']
    order by c.id, p.number desc""")


@dataclass(frozen=True)
class Watched:
    """A case whose production is probed. `release` is the digest deployed last, None when no step says so."""

    case_id: UUID
    slug: str
    thresholds: Thresholds
    release: str | None


def add(tx: Connection, case_id: UUID, name: str, key: str, body: Mapping[str, Json]) -> None:
    """Keeps it. Breaks the unique index when there is one of this key."""
    tx.execute(ADD, {"case_id": case_id, "name": name, "key": key, "body": json.dumps(dict(body))})


def same(tx: Connection, case_id: UUID, name: str, key: str, body: Mapping[str, Json]) -> bool | None:
    """True when it was kept with this body before, False when with another, None when there is none of this key."""
    values = {"case_id": case_id, "name": name, "key": key, "body": json.dumps(dict(body))}
    kept: bool | None = tx.execute(SAME, values).scalar_one_or_none()
    return kept


def untaken(tx: Connection, case_id: UUID, name: str) -> list[Arrival]:
    """What nobody has acted on, the first first."""
    return [Arrival(*row) for row in tx.execute(UNTAKEN, {"case_id": case_id, "name": name})]


def take(tx: Connection, case_id: UUID, ids: Sequence[int]) -> None:
    """Acted on. What was taken before stays as it is."""
    tx.execute(TAKE, {"case_id": case_id, "ids": list(ids)})


def count(tx: Connection, case_id: UUID, name: str, within: timedelta) -> int:
    """How many came in during the time before now."""
    return int(tx.execute(COUNT, {"case_id": case_id, "name": name, "within": within}).scalar_one())


def watched(tx: Connection) -> list[Watched]:
    """Every case whose monitoring was approved and set, with the newest thresholds."""
    return [
        Watched(row.id, row.slug, Thresholds(Decimal(row.p95_ms), Decimal(row.error_percent)), row.release)
        for row in tx.execute(WATCHED)
    ]
