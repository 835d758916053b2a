"""Credentials' rows read as their record: each with its values' numbers and every opening. Reads only."""

import json

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, text

from checkpoints.core.work.services.handing import Restrictions
from checkpoints.core.work.services.recorded import Recorded, Use, Version

READ = """
    select desk.label(k.checkpoint_id) as checkpoint, k.service,
        coalesce(left(r.request ->> 'agent', 80), '') as asked_by, p.asked_at, k.origin,
        cast(k.restrictions as text) as restrictions, k.expires_at, k.rotate_at, k.ended_at,
        k.ended_because,
        (select cast(coalesce(json_agg(v order by v.number), '[]') as text) from (
            select number, vault_path, who.name as given_by, given_at, retired_at from desk.credential_version
                join desk.person who on who.id = given_by
            where credential_id = k.id) v) as versions,
        (select cast(coalesce(json_agg(o order by o.at), '[]') as text) from (
            select at, purpose, why, version, opened_by, came_from, redeemed_at as read_at, unused_at from desk.opening
                join desk.handle h on h.id = handle_id
            where h.credential_id = k.id) o) as uses
    from desk.credential k join desk.checkpoint p on p.id = k.checkpoint_id
        join desk.revision r on r.checkpoint_id = p.id and r.number = p.revision
        join desk.case_file c on c.id = k.case_id"""
OF_CASE = text(f"{READ} where c.slug = :slug order by k.given_at, p.number")
OF_ONE = text(f"{READ} where c.slug = :slug and p.number = :number")
VERSIONS = TypeAdapter(tuple[Version, ...])
USES = TypeAdapter(tuple[Use, ...])


def of_case(tx: Connection, slug: str) -> tuple[Recorded, ...]:
    """A case's credentials, the first first."""
    return tuple(_recorded(row) for row in tx.execute(OF_CASE, {"slug": slug}))


def of_checkpoint(tx: Connection, slug: str, number: int) -> Recorded | None:
    """What this checkpoint's answer gave; None when nothing was given."""
    row = tx.execute(OF_ONE, {"slug": slug, "number": number}).one_or_none()
    return _recorded(row) if row else None


def _recorded(row: Row[tuple[object, ...]]) -> Recorded:
    known = dict(row._mapping)
    known["restrictions"] = Restrictions.kept(json.loads(known["restrictions"]))
    known |= {"versions": VERSIONS.validate_json(known["versions"]), "uses": USES.validate_json(known["uses"])}
    return Recorded(**known)
