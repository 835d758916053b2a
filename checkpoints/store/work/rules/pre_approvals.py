"""Pre-approvals and their uses. Rule: a use is counted under the row's lock, by whoever writes the decision with it."""

import json
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, Row, text

from checkpoints.core.digest import digest
from checkpoints.core.errors import Refused
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.rules.pre_approval import Adopted, read
from checkpoints.store.documents import load

COLUMNS = """
    select a.id, desk.label(a.checkpoint_id) as label, cast(a.terms as text) as terms, a.adopted_by, a.used,
        a.revoked_at is not null as revoked, r.subject_digest
    from desk.pre_approval a join desk.revision r on r.checkpoint_id = a.checkpoint_id and r.number = a.revision"""
HOLDS = "a.revoked_at is null and a.ends_at > desk.desk_now() and a.used < a.uses"
FOR = text(f"""{COLUMNS} where {HOLDS} and a.terms ->> 'kind' = :kind and a.terms ->> 'agent' = :agent
        and (a.terms ->> 'case' = :case
            or (a.terms ->> 'case' = '' and a.terms ->> 'client' = :client and a.terms ->> 'client' <> '')
            or cast(coalesce(a.terms ->> 'cases', '[]') as jsonb) @> to_jsonb(cast(:case as text)))
    order by a.made_at""")
TAKE = text(f"{COLUMNS} where a.id = :id and {HOLDS} for update of a")
HELD = text(f"{COLUMNS} where a.checkpoint_id = :checkpoint_id for update of a")
EVERY = text(f"{COLUMNS} order by a.made_at")
ADD = text("""
    insert into desk.pre_approval (checkpoint_id, revision, terms, adopted_by, uses, ends_at, made_at)
    values (:id, :revision, cast(:terms as jsonb), :adopted_by, :uses, :ends_at, desk.desk_now())""")
USE = text("""with used as (update desk.pre_approval set used = used + 1 where id = :id returning id, used)
    insert into desk.pre_approval_use (checkpoint_id, pre_approval_id, number, at)
    select :checkpoint_id, id, used, desk.desk_now() from used""")
REVOKE = text("""update desk.pre_approval set revoked_at = desk.desk_now(), revoked_by = :by, revoked_because = :because
    where id = :id and revoked_at is null""")
UNUSED = text("""select t.checkpoint_id from desk.permit t join desk.pre_approval_use u using (checkpoint_id)
    where u.pre_approval_id = :id and t.state in ('unused', 'failed') order by t.checkpoint_id""")


def fitting(tx: Connection, point: Checkpoint) -> list[Adopted]:
    """Those that hold for what this kind and agent ask in this case, the oldest first; unreadable ones lack."""
    values = {"kind": point.kind, "agent": point.request.agent, "case": point.case, "client": point.client}
    return [found for row in tx.execute(FOR, values) if (found := _adopted(row)) is not None]


def take(tx: Connection, found: Adopted) -> Adopted | None:
    """It as it is now, locked; None when it holds no more."""
    row = tx.execute(TAKE, {"id": found.id}).one_or_none()
    return _adopted(row) if row else None


def held(tx: Connection, checkpoint_id: UUID) -> Adopted | None:
    """The one that was approved at this checkpoint, locked."""
    row = tx.execute(HELD, {"checkpoint_id": checkpoint_id}).one_or_none()
    return _adopted(row) if row else None


def every(tx: Connection) -> list[Adopted]:
    """The oldest first."""
    return [found for row in tx.execute(EVERY) if (found := _adopted(row)) is not None]


def add(tx: Connection, point: Checkpoint, adopted_by: str) -> Adopted:
    """It holds from now on, as its question says. A second one of a checkpoint breaks the unique index."""
    parameters = point.request.subject.parameters
    terms = read(parameters)
    values = {"id": point.id, "revision": point.revision, "terms": json.dumps(dict(parameters))}
    tx.execute(ADD, values | {"adopted_by": adopted_by, "uses": terms.uses, "ends_at": terms.until})
    found = held(tx, point.id)
    if found is None:
        raise Refused(f"{point.label} is not the pre-approval that was shown. Nothing passes by it.")
    return found


def use(tx: Connection, found: Adopted, checkpoint_id: UUID) -> None:
    """One use more, by this checkpoint; for whoever has it locked."""
    tx.execute(USE, {"id": found.id, "checkpoint_id": checkpoint_id})


def revoke(tx: Connection, found: Adopted, by: str, because: str) -> Adopted:
    """Nothing passes by it any more."""
    tx.execute(REVOKE, {"id": found.id, "by": by, "because": because})
    return replace(found, revoked=True)


def not_acted_on(tx: Connection, found: Adopted) -> list[UUID]:
    """What passed by it, and was not begun."""
    return list(tx.execute(UNUSED, {"id": found.id}).scalars())


def _adopted(row: Row[tuple[object, ...]]) -> Adopted | None:
    """None for terms that nobody can read, or that are not those that were approved."""
    try:
        parameters = load(dict[str, bool | int | str | None], row.terms)
        if digest(parameters) != row.subject_digest:
            return None
        return Adopted(row.id, row.label, read(parameters), row.adopted_by, row.used, row.revoked)
    except Refused:
        return None
