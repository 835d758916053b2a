"""How credentials live: what each is now, the values that it had and who still has which, what is over and what is due.

Rule: never a value; the newest one's path is the credential's own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Row, text

from checkpoints.core.work.services.handing import Restrictions
from checkpoints.core.work.services.made import Key
from checkpoints.core.work.services.moving import Use

READ = """
    select k.id, k.checkpoint_id, k.case_id, desk.label(k.checkpoint_id) as label, k.service, k.origin, k.vault_path,
        v.number as version, p.name as given_by, v.given_at, k.restrictions, k.expires_at, k.rotate_at, k.ended_at,
        k.ended_because
    from desk.credential k
        join desk.credential_version v on v.credential_id = k.id and v.vault_path = k.vault_path
            and v.number = (select max(number) from desk.credential_version where credential_id = k.id)
        join desk.person p on p.id = v.given_by"""
HELD = text(f"{READ} where k.checkpoint_id = :checkpoint_id for update of k")
OF_CASE = text(f"{READ} where k.case_id = :case_id order by k.given_at, k.id")
EXPIRED = text(f"""{READ} where k.ended_at is null and k.expires_at <= desk.desk_now()
    order by k.expires_at limit 1 for update of k skip locked""")
DUE = text(f"""{READ} where k.ended_at is null and k.rotate_at <= desk.desk_now()
        and :makes = exists (select from unnest(cast(:origins as text[]), cast(:services as text[])) m (origin, service)
            where m.origin = k.origin and m.service = k.service)
        and not exists (select from desk.checkpoint a join desk.case_file c on c.id = a.case_id and c.sort = 'desk'
            join desk.revision r on r.checkpoint_id = a.id and r.number = a.revision
            where a.kind = :kind and r.request #>> '{{subject,parameters,credential}}' = desk.label(k.checkpoint_id)
                and (a.state in ('asked', 'open', 'changing') or a.asked_at > desk.desk_now() - :again))
    order by k.rotate_at limit 1 for update of k skip locked""")
ASKED = text("""
    select a.id from desk.checkpoint a join desk.case_file c on c.id = a.case_id and c.sort = 'desk'
        join desk.revision r on r.checkpoint_id = a.id and r.number = a.revision
    where a.kind = :kind and a.state in ('asked', 'open', 'changing')
        and r.request #>> '{subject,parameters,credential}' = :label order by a.id""")
LATE = text(f"{READ} where k.ended_at is null and k.rotate_at <= desk.desk_now() - :grace order by k.rotate_at")
# For a run's own login, which reads less.
DUE_OF_CASE = text("""
    select service from desk.credential
    where case_id = :case_id and ended_at is null and rotate_at <= desk.desk_now() order by rotate_at, service""")
# Of a credential with two values or more: each but the newest that wasn't retired.
OLDER = text("""
    select k.id, desk.label(k.checkpoint_id) as label, k.service, v.number,
        (select min(n.given_at) from desk.credential_version n where n.credential_id = k.id and n.number > v.number)
            as since
    from desk.credential k join desk.credential_version v on v.credential_id = k.id
    where k.ended_at is null and v.retired_at is null
        and v.number < (select max(number) from desk.credential_version where credential_id = k.id)
        and (cast(:case_id as uuid) is null or k.case_id = :case_id)
    order by since, k.id, v.number""")
# A try that was begun again had failed before; what the desk opened anew itself is served, or nothing is.
USES = text("""
    select h.purpose, case when h.purpose = 'agent' then o.opened_by else o.environment end as by, o.version, o.at,
        case when h.purpose = 'agent' or o.run_id is null then 'done' else coalesce((
            select case when o.at < s.begun_at then 'failed' else s.state end
            from desk.step s join desk.checkpoint p on p.id = s.checkpoint_id
                join desk.revision r on r.checkpoint_id = p.id and r.number = p.revision
            where s.run_id = o.run_id and r.request #>> '{subject,parameters,environment}' = o.environment
                and (s.ended_at is null or o.at <= s.ended_at)
            order by s.begun_at limit 1), 'unknown') end as came_to,
        case when h.purpose = 'agent' then o.at
            + make_interval(mins => cast(k.restrictions ->> 'minutes' as integer)) end as until
    from desk.opening o join desk.handle h on h.id = o.handle_id join desk.credential k on k.id = h.credential_id
        join desk.case_file c on c.id = k.case_id
    where h.credential_id = :id and h.purpose in ('deployment', 'agent') and o.redeemed_at is not null
        and c.state <> 'cancelled'
    order by o.at, o.version""")
GIVER = text("select given_by from desk.credential_version where credential_id = :id and number = :number")
ADD_VERSION = text("""
    insert into desk.credential_version (credential_id, number, vault_path, given_by, given_at, made)
    values (:id, :number, :vault_path, :given_by, desk.desk_now(), cast(:made as jsonb))""")
RENEW = text("""
    update desk.credential set vault_path = :vault_path, rotate_at = desk.desk_now() + cast(:rotates as interval)
    where id = :id""")
RETIRE = text("""
    update desk.credential_version v set retired_at = desk.desk_now()
    where credential_id = any(:ids) and retired_at is null
        and number <= coalesce(cast(:number as integer), number)
    returning vault_path""")
MADE_AT = text("select made from desk.credential_version where vault_path = :vault_path and made is not null")
MADE_FOR = text("""
    select made ->> 'id' from desk.credential_version
    where retired_at is null and made ->> 'service' = :service and made ->> 'user' = :user
    union select body ->> 'id' from desk.errand
    where kind = 'unmake' and done_at is null and body ->> 'service' = :service and body ->> 'user' = :user
        and body ? 'id'""")
STAYS = text("""
    select exists (select from desk.credential_version where retired_at is null
        and made ->> 'service' = :service and made ->> 'user' = :user and made ->> 'id' = :id)""")
BEING_MADE = text("""
    select exists (select from desk.errand where kind = 'unmake' and done_at is null and key <> :key
        and body ->> 'service' = :service and body ->> 'user' = :user
        and body ? 'until' and not body ? 'id' and cast(body ->> 'until' as timestamptz) > desk.desk_now())""")
NARROW = text("""
    update desk.credential set restrictions = cast(:restrictions as jsonb),
        expires_at = least(expires_at, desk.desk_now() + make_interval(mins => :minutes))
    where id = :id""")
PUT_OFF = text("update desk.credential set rotate_at = desk.desk_now() + cast(:wait as interval) where id = :id")
# Where nothing newer was asked in its place.
ENDED_WITH = text("""
    select k.checkpoint_id from desk.credential k join desk.checkpoint p on p.id = k.checkpoint_id
    where k.case_id = :case_id and k.ended_because = :because and not exists (
        select from desk.checkpoint n where n.case_id = p.case_id and n.branch = p.branch and n.question = p.question
            and n.attempt > p.attempt)
    order by p.number""")
ENDED = text("select id from desk.credential where id = any(:ids) and ended_at is not null")
# What was promised to be forgotten is ours; what another desk keeps in the same vault is not known here.
LEFT = text("""
    select path from unnest(cast(:paths as text[])) path
    where exists (select from desk.errand where kind = 'forget' and key = path)
        and not exists (select from desk.errand where kind = 'forget' and key = path and done_at is null)
        and not exists (select from desk.credential_version v join desk.credential k on k.id = v.credential_id
            where v.vault_path = path and v.retired_at is null and k.ended_at is null)""")


@dataclass(frozen=True)
class Life:
    """A credential as it is: `version`, who gave it and when are the newest value's. Times are aware, UTC."""

    id: UUID
    checkpoint_id: UUID
    case_id: UUID
    label: str
    service: str
    origin: str
    vault_path: str
    version: int
    given_by: str
    given_at: datetime
    restrictions: Restrictions
    expires_at: datetime | None
    rotate_at: datetime | None
    ended_at: datetime | None
    ended_because: str


@dataclass(frozen=True)
class Older:
    """A value that lies beside a newer one, `since` that was given."""

    id: UUID
    label: str
    service: str
    number: int
    since: datetime


def held(tx: Connection, checkpoint_id: UUID) -> Life | None:
    """The credential of a checkpoint, locked until the transaction ends; None when none was given."""
    return _life(tx.execute(HELD, {"checkpoint_id": checkpoint_id}).one_or_none())


def of_case(tx: Connection, case_id: UUID) -> list[Life]:
    """A case's credentials, the first first."""
    return _lives(tx.execute(OF_CASE, {"case_id": case_id}).all())


def next_expired(tx: Connection) -> Life | None:
    """One whose time is over and that has not ended yet, locked."""
    return _life(tx.execute(EXPIRED).one_or_none())


def next_due(
    tx: Connection, kind: str, again: timedelta, makers: Sequence[tuple[str, str]], makes: bool
) -> Life | None:
    """One whose next value is due and was not asked about for so long, locked; `makes`: by one of the `makers`."""
    origins, services = [origin for origin, _ in makers], [service for _, service in makers]
    values = {"kind": kind, "again": again, "origins": origins, "services": services, "makes": makes}
    return _life(tx.execute(DUE, values).one_or_none())


def asked(tx: Connection, kind: str, label: str) -> list[UUID]:
    """What the desk asked about the rotation of this credential, and still waits for."""
    return list(tx.execute(ASKED, {"kind": kind, "label": label}).scalars())


def late(tx: Connection, grace: timedelta) -> list[Life]:
    """Those whose next value has been due for so long, the most overdue first."""
    return _lives(tx.execute(LATE, {"grace": grace}).all())


def due_of_case(tx: Connection, case_id: UUID) -> list[str]:
    """The services whose credentials' next value is due in a case, the longest first."""
    return list(tx.execute(DUE_OF_CASE, {"case_id": case_id}).scalars())


def older(tx: Connection, case_id: UUID | None = None) -> list[Older]:
    """Every value that lies beside a newer one, in one case or in all; the oldest first."""
    return [Older(*row) for row in tx.execute(OLDER, {"case_id": case_id})]


def uses(tx: Connection, id: UUID) -> list[Use]:
    """Who was handed which value of a credential and may still have it, in the order of handing."""
    return [Use(*row) for row in tx.execute(USES, {"id": id})]


def giver(tx: Connection, life: Life) -> UUID:
    """Who gave its newest value."""
    id: UUID = tx.execute(GIVER, {"id": life.id, "number": life.version}).scalar_one()
    return id


def add_version(
    tx: Connection, life: Life, vault_path: str, person: UUID, rotates: timedelta | None, made: Key | None = None
) -> None:
    """The next value; it is what is handed out from now on. `made`: which key it is at its service."""
    values = {"id": life.id, "number": life.version + 1, "vault_path": vault_path, "given_by": person}
    tx.execute(ADD_VERSION, values | {"made": json.dumps(made.document) if made else None})
    tx.execute(RENEW, {"id": life.id, "vault_path": vault_path, "rotates": rotates})


def retire(tx: Connection, ids: Sequence[UUID], number: int | None = None) -> list[str]:
    """Where the values lay that nobody is handed any more: all of these credentials, or up to a version of one."""
    return list(tx.execute(RETIRE, {"ids": list(ids), "number": number}).scalars())


def made_at(tx: Connection, vault_path: str) -> Key | None:
    """Which key lies there, where the desk had it made."""
    made = tx.execute(MADE_AT, {"vault_path": vault_path}).scalar_one_or_none()
    return Key(**made) if made else None


def made_for(tx: Connection, service: str, user: str) -> set[str]:
    """The ids of a user's keys at a service that are in use here, or that somebody is seeing to."""
    return set(tx.execute(MADE_FOR, {"service": service, "user": user}).scalars())


def stays(tx: Connection, service: str, user: str, id: str) -> bool:
    """Whether a key is a value of a credential that is in use."""
    return bool(tx.execute(STAYS, {"service": service, "user": user, "id": id}).scalar_one())


def being_made(tx: Connection, service: str, user: str, but: str) -> bool:
    """Whether another is just being made for this user: what is there unknown may be that one."""
    return bool(tx.execute(BEING_MADE, {"service": service, "user": user, "key": but}).scalar_one())


def narrow(tx: Connection, life: Life, restrictions: Restrictions, minutes: int | None) -> None:
    """What holds its users from now on; `minutes`: it ends by then, unless it ends before."""
    document = json.dumps(restrictions.document)
    tx.execute(NARROW, {"id": life.id, "restrictions": document, "minutes": minutes})


def put_off(tx: Connection, life: Life, wait: timedelta | None) -> None:
    """Another value is due after so long; None: never by itself."""
    tx.execute(PUT_OFF, {"id": life.id, "wait": wait})


def ended_with(tx: Connection, case_id: UUID, because: str) -> list[UUID]:
    """The checkpoints of a case's credentials that ended for this, by number; but for those asked anew since."""
    return list(tx.execute(ENDED_WITH, {"case_id": case_id, "because": because}).scalars())


def ended_of(tx: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Those of them that are credentials of this desk which have ended."""
    return set(tx.execute(ENDED, {"ids": list(ids)}).scalars())


def left_of(tx: Connection, paths: Sequence[str]) -> set[str]:
    """Those of them where this desk had something put, and that nothing and nobody needs any more."""
    return set(tx.execute(LEFT, {"paths": list(paths)}).scalars())


def _lives(rows: Sequence[Row[tuple[object, ...]]]) -> list[Life]:
    return [life for row in rows if (life := _life(row))]


def _life(row: Row[tuple[object, ...]] | None) -> Life | None:
    if row is None:
        return None
    values = dict(row._mapping)
    return Life(**values | {"restrictions": Restrictions.kept(values["restrictions"])})
