"""Credentials' rows: where each lies, what it may be opened for, every opening; a consent on its way. Never a value."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.model import Json, Person
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import UNRESTRICTED, Restrictions
from checkpoints.core.work.services.made import Key

ADD = text("""
    with fresh as (
        insert into desk.credential
            (case_id, checkpoint_id, service, vault_path, given_by, given_at, origin, restrictions, expires_at,
            rotate_at)
        values (:case_id, :checkpoint_id, :service, :vault_path, :given_by, desk.desk_now(), :origin,
            cast(:restrictions as jsonb), desk.desk_now() + make_interval(mins => :minutes),
            desk.desk_now() + cast(:rotates as interval))
        returning id, given_at)
    insert into desk.credential_version (credential_id, number, vault_path, given_by, given_at, made)
    select id, 1, :vault_path, :given_by, given_at, cast(:made as jsonb) from fresh returning credential_id""")
ADD_HANDLE = text("insert into desk.handle (credential_id, purpose, lasts) values (:credential_id, :purpose, :lasts)")
HANDLES = text("""
    select h.id, k.service from desk.handle h join desk.credential k on k.id = h.credential_id
    where k.case_id = :case_id and h.purpose = :purpose and k.ended_at is null
        and (cast(:checkpoint_id as uuid) is null or k.checkpoint_id = :checkpoint_id)
    order by k.given_at, h.id""")
OPEN = text("select desk.open_handle(:run_id, :handle_id, :why)")
REDEEM = text("""
    update desk.opening o set redeemed_at = desk.desk_now(), came_from = :came_from
    from desk.handle h join desk.credential k on k.id = h.credential_id join desk.case_file c on c.id = k.case_id
        join desk.credential_version v on v.credential_id = k.id
    where o.id = :ticket and h.id = o.handle_id and o.redeemed_at is null and o.unused_at is null
        and o.at > desk.desk_now() - :lasts and v.number = o.version and v.retired_at is null
        and k.ended_at is null and (k.expires_at is null or k.expires_at > desk.desk_now())
        and c.slug = :slug and c.state in ('running', 'delivered')
    returning o.id, h.purpose, k.service, v.vault_path, k.checkpoint_id, k.id, k.restrictions""")
REOPEN = text("""
    with fresh as (
        insert into desk.opening (handle_id, run_id, why, at, redeemed_at, version, opened_by, came_from, environment)
        select h.id, null, :why, desk.desk_now(), desk.desk_now(), v.number, 'the sandbox', :came_from, :environment
        from desk.handle h join desk.credential k on k.id = h.credential_id join desk.case_file c on c.id = k.case_id
            join desk.credential_version v on v.credential_id = k.id and v.number = (
                select max(number) from desk.credential_version where credential_id = k.id and retired_at is null)
        where c.slug = :slug and c.state in ('running', 'delivered') and k.ended_at is null
            and h.purpose = 'deployment' and (k.expires_at is null or k.expires_at > desk.desk_now())
            and desk.times_opened(k.id) < coalesce(cast(k.restrictions ->> 'uses' as integer), 2147483647)
        returning id, handle_id, version)
    select f.id, h.purpose, k.service, v.vault_path, k.checkpoint_id, k.id, k.restrictions
    from fresh f join desk.handle h on h.id = f.handle_id join desk.credential k on k.id = h.credential_id
        join desk.credential_version v on v.credential_id = k.id and v.number = f.version
    order by k.given_at""")
GIVE_BACK = text("update desk.opening set unused_at = desk.desk_now() where id = :ticket and unused_at is null")
TICKET = text("""
    select desk.label(k.checkpoint_id) as checkpoint, k.service, o.redeemed_at is not null as used
    from desk.opening o join desk.handle h on h.id = o.handle_id join desk.credential k on k.id = h.credential_id
    where o.id = :ticket""")
FOR_RELEASE = text("""
    with right_one as (
        select o.id from desk.opening o join desk.step s on s.run_id = o.run_id and s.state = 'begun'
            join desk.checkpoint p on p.id = s.checkpoint_id
            join desk.revision r on r.checkpoint_id = p.id and r.number = p.revision
        where o.id = :ticket and r.request #>> '{subject,parameters,release}' = :digest
            and r.request #>> '{subject,parameters,environment}' = :environment),
    marked as (update desk.opening set environment = :environment where id in (select id from right_one) returning id)
    select exists (select from marked)""")
END = text("""
    update desk.credential set ended_at = desk.desk_now(), ended_because = left(:because, 500)
    where case_id = :case_id and ended_at is null
        and (cast(:checkpoint_id as uuid) is null or checkpoint_id = :checkpoint_id)
    returning id, service, desk.label(checkpoint_id) as checkpoint""")
LIES_AT = text("""
    select bool_or(v.retired_at is null and k.ended_at is null)
    from desk.credential_version v join desk.credential k on k.id = v.credential_id where v.vault_path = :vault_path""")
CLAIM = text("""
    update desk.errand set body = body || '{"claimed": true}'
    where kind = 'forget' and key = :vault_path and done_at is null and body ? 'until' and not body ? 'claimed'
        and not exists (select from desk.credential_version where vault_path = :vault_path)
    returning cast(body ->> 'until' as timestamptz)""")
LIST = text("""
    select desk.label(k.checkpoint_id) as checkpoint, k.service, p.name as given_by, k.given_at, k.ended_at,
        count(o.id) as openings, max(o.at) as last_opened
    from desk.credential k join desk.person p on p.id = k.given_by join desk.case_file c on c.id = k.case_id
        left join desk.handle h on h.credential_id = k.id left join desk.opening o on o.handle_id = h.id
    where c.slug = :slug group by k.id, p.name order by k.given_at""")
ADD_CONSENT = text("""
    insert into desk.consent (state_hash, checkpoint_id, revision, person_id, token_id, sealed, made_at)
    values (:state_hash, :checkpoint_id, :revision, :person_id, :token_id, :sealed, desk.desk_now())""")
USE_CONSENT = text("""
    update desk.consent set used_at = desk.desk_now()
    where state_hash = :state_hash and used_at is null and made_at > desk.desk_now() - :lasts
        and person_id = :person_id and token_id = :token_id
    returning checkpoint_id, revision, sealed""")


@dataclass(frozen=True)
class Lies:
    """One opening's credential: what for, of which service, where in the vault, and which checkpoint approved it."""

    ticket: UUID
    purpose: str
    service: str
    vault_path: str
    checkpoint_id: UUID
    credential_id: UUID
    restrictions: Restrictions


@dataclass(frozen=True)
class Listed:
    """A credential as people read of it. Times are aware, UTC."""

    checkpoint: str
    service: str
    given_by: str
    given_at: datetime
    ended_at: datetime | None
    openings: int
    last_opened: datetime | None


@dataclass(frozen=True)
class Ended:
    """A credential that nobody may open any more."""

    id: UUID
    service: str
    checkpoint: str


@dataclass(frozen=True)
class Given:
    """One that was just given: where it lies, what it may be opened for (purpose by how long that lasts), what holds
    its users, and where its value came from: `given`, `existing`, `made` or `lease`. `rotates`: when another value is
    due; None: never by itself. `made`: which key it is at its service, where the desk ends it there."""

    service: str
    vault_path: str
    opens: Mapping[str, str]
    restrictions: Restrictions = UNRESTRICTED
    origin: str = "given"
    rotates: timedelta | None = None
    made: Key | None = None


def add(tx: Connection, point: Checkpoint, person: Person, given: Given) -> None:
    """It is there to stay; its minutes count from now."""
    values = {"case_id": point.case_id, "checkpoint_id": point.id, "service": given.service, "given_by": person.id}
    values |= {"vault_path": given.vault_path, "origin": given.origin, "minutes": given.restrictions.minutes}
    values |= {"rotates": given.rotates, "made": json.dumps(given.made.document) if given.made else None}
    id = tx.execute(ADD, values | {"restrictions": json.dumps(given.restrictions.document)}).scalar_one()
    for purpose, lasts in given.opens.items():
        tx.execute(ADD_HANDLE, {"credential_id": id, "purpose": purpose, "lasts": lasts})


def handles(tx: Connection, case_id: UUID, purpose: str, checkpoint_id: UUID | None = None) -> list[tuple[UUID, str]]:
    """(handle, service) of what may be opened for this in a case, or of one checkpoint's credential."""
    values = {"case_id": case_id, "purpose": purpose, "checkpoint_id": checkpoint_id}
    return [(row.id, row.service) for row in tx.execute(HANDLES, values)]


def open_handle(tx: Connection, run_id: UUID, handle_id: UUID, why: str) -> UUID | None:
    """A ticket; None when what opens once was opened before, which is in the audit then."""
    ticket: UUID | None = tx.execute(OPEN, {"run_id": run_id, "handle_id": handle_id, "why": why}).scalar_one()
    return ticket


def redeem(tx: Connection, ticket: UUID, slug: str, lasts: timedelta, came_from: str) -> Lies | None:
    """What the ticket opens, this once; None when it opens nothing (any more) in this case."""
    values = {"ticket": ticket, "slug": slug, "lasts": lasts, "came_from": came_from}
    row = tx.execute(REDEEM, values).one_or_none()
    return _lies(*row) if row else None


def give_back(tx: Connection, ticket: UUID) -> None:
    """Nothing came of this opening: it is no use of the credential."""
    tx.execute(GIVE_BACK, {"ticket": ticket})


def is_for_release(tx: Connection, ticket: UUID, environment: str, digest: str) -> bool:
    """True while the run that opened it is at a step under the approval of exactly this release there; kept with it."""
    values = {"ticket": ticket, "environment": environment, "digest": digest}
    return bool(tx.execute(FOR_RELEASE, values).scalar_one())


def reopen(tx: Connection, slug: str, why: str, came_from: str, environment: str) -> list[Lies]:
    """Every credential of a case that a deployment may have, opened anew by the desk itself for this place."""
    values = {"slug": slug, "why": why, "came_from": came_from, "environment": environment}
    return [_lies(*row) for row in tx.execute(REOPEN, values)]


def of_ticket(tx: Connection, ticket: UUID) -> tuple[str, str, bool] | None:
    """(checkpoint, service, whether it was used) of a ticket, for the audit."""
    row = tx.execute(TICKET, {"ticket": ticket}).one_or_none()
    return (row.checkpoint, row.service, row.used) if row else None


def end(tx: Connection, case_id: UUID, because: str, checkpoint_id: UUID | None = None) -> list[Ended]:
    """Ends a case's credentials, or one checkpoint's; those that had not ended before."""
    values = {"case_id": case_id, "because": because, "checkpoint_id": checkpoint_id}
    return [Ended(*row) for row in tx.execute(END, values)]


def lies_at(tx: Connection, vault_path: str) -> bool | None:
    """True while a value is there that is still in use, None when there never was one."""
    alive: bool | None = tx.execute(LIES_AT, {"vault_path": vault_path}).scalar_one_or_none()
    return alive


def claim(tx: Connection, vault_path: str) -> datetime | None:
    """Until when what lies there waits to be decided about; None where nothing does, somebody claimed it before, or it
    is a credential's already."""
    until: datetime | None = tx.execute(CLAIM, {"vault_path": vault_path}).scalar_one_or_none()
    return until


def of_case(tx: Connection, slug: str) -> Sequence[Listed]:
    """A case's credentials, the first first."""
    return [Listed(*row) for row in tx.execute(LIST, {"slug": slug})]


def add_consent(tx: Connection, state: str, point: Checkpoint, person: Person, sealed: bytes) -> None:
    """Somebody goes to give consent; of the state only the hash is kept."""
    values: dict[str, object] = {"state_hash": _hashed(state), "checkpoint_id": point.id, "revision": point.revision}
    tx.execute(ADD_CONSENT, values | {"person_id": person.id, "token_id": person.proof, "sealed": sealed})


def use_consent(tx: Connection, state: str, person: Person, lasts: timedelta) -> tuple[UUID, int, bytes] | None:
    """(checkpoint, revision, what was sealed), this once, for who began it in this sign-in; else None."""
    values: dict[str, object] = {"state_hash": _hashed(state), "lasts": lasts}
    row = tx.execute(USE_CONSENT, values | {"person_id": person.id, "token_id": person.proof}).one_or_none()
    return (row.checkpoint_id, row.revision, bytes(row.sealed)) if row else None


def _lies(*row: *tuple[UUID, str, str, str, UUID, UUID, Mapping[str, Json]]) -> Lies:
    ticket, purpose, service, path, checkpoint, credential, kept = row
    return Lies(ticket, purpose, service, path, checkpoint, credential, Restrictions.kept(kept))


def _hashed(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()
