"""People's rows: names, roles, and the hashes of their tokens. A token itself is never stored."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, text

from checkpoints.core.clock.hours import Hours
from checkpoints.core.model import Grant, Limits, Person, Role
from checkpoints.core.work.standing import Standing
from checkpoints.store.documents import load

BY_LINK = "link"
"""The way of whoever came by a link of theirs, without an account."""
EVERYWHERE = Limits()
BY_TOKEN = text("""
    select p.id, p.name, t.id as proof, t.way, t.scope,
        coalesce(t.last_used_at, t.made_at) < desk.desk_now() - interval '1 hour' as stale
    from desk.token t join desk.person p on p.id = t.person_id
    where t.hash = :hash and t.ended_at is null and t.expires_at > desk.desk_now() and p.active
        and (t.way <> 'page' or coalesce(t.last_used_at, t.made_at) > desk.desk_now() - interval '12 hours')""")
USED = text("""
    update desk.token set last_used_at = desk.desk_now()
    where id = :id and coalesce(last_used_at, made_at) < desk.desk_now() - interval '1 hour'""")
STANDS = text("select cast(to_json(s) as text) from desk.standing(:person, :proof) s")
SINGLE_OPERATOR = text("select desk.single_operator()")
ADD = text("""
    insert into desk.person (name, made_at, invited_by) values (:name, desk.desk_now(), :invited_by) returning id""")
SET_EMAIL = text("update desk.person set email = :email where id = :id")
SET_SECOND_EMAIL = text("update desk.person set second_email = :email where id = :id")
GIVE = text("""
    insert into desk.role (person_id, role, given_at, given_by, case_id, kind, ends_at, networks)
    values (:id, :role, desk.desk_now(), :given_by, (select id from desk.case_file where slug = :case), :kind, :until,
        cast(:networks as text[]))""")
TAKE = text("""
    update desk.role set ended_at = desk.desk_now() where person_id = :id and role = :role and ended_at is null""")
OPERATORS = text("""
    select count(distinct r.person_id) from desk.role r join desk.person p on p.id = r.person_id
    where p.active and r.role = 'to' and r.ended_at is null and r.case_id is null and r.kind is null
        and r.ends_at is null""")
TOKEN = text("""
    insert into desk.token (person_id, hash, way, scope, made_at, expires_at)
    values (:id, :hash, :way, :scope, desk.desk_now(), desk.desk_now() + :lasts) returning id""")
USED_BEFORE = text("""
    select exists (select from desk.token where person_id = :id and (way = 'page' or proved_at is not null))
        or exists (select from desk.answer where person_id = :id)
        or exists (select from desk.factor where person_id = :id and confirmed_at is not null)""")
END = text("update desk.token set ended_at = desk.desk_now() where id = :id and ended_at is null")
END_ALL = text("""
    update desk.token set ended_at = desk.desk_now()
    where person_id = :id and ended_at is null and id is distinct from :but and way like :way""")
DEACTIVATE = (
    text("update desk.person set active = false, removed_at = desk.desk_now() where id = :id"),
    text("update desk.role set ended_at = desk.desk_now() where person_id = :id and ended_at is null"),
)
LIST = text("""
    select p.id, p.name, p.active, p.made_at, p.email, p.backup, desk.desk_now() as now,
        p.most_a_day is not null and p.most_a_day <= (select count(*) from desk.answer g
            where g.person_id = p.id and g.at > desk.desk_now() - interval '1 day') as busy,
        (select cast(coalesce(json_agg(json_build_object('id', r.id, 'role', r.role, 'limits', json_build_object(
                'case', c.slug, 'kind', r.kind, 'until', r.ends_at, 'networks', coalesce(r.networks, '{}')))
                order by r.given_at), '[]') as text)
            from desk.role r left join desk.case_file c on c.id = r.case_id
            where r.person_id = p.id and r.ended_at is null and coalesce(r.ends_at > desk.desk_now(), true)) as grants,
        p.invited_by,
        w.zone, w.country, w.starts, w.ends, a.starts as away_from, a.ends as away_until, a.stand_in, p.second_email
    from desk.person p left join desk.working_time w on w.person_id = p.id
        left join desk.absence a on a.person_id = p.id and a.ends > desk.desk_now()
    order by p.made_at""")
SEEN = text("""
    select p.id, (select max(greatest(t.proved_at, case when t.way = 'page' then t.made_at end))
            from desk.token t where t.person_id = p.id) as signed_in,
        (select max(a.at) from desk.answer a where a.person_id = p.id) as decided,
        exists (select from desk.factor f
                where f.person_id = p.id and f.confirmed_at is not null and f.ended_at is null) as enrolled
    from desk.person p where p.active""")
SET_BACKUP = text("update desk.person set backup = :backup where id = :id")
SET_HOURS = text("""
    insert into desk.working_time (person_id, zone, country, starts, ends)
    values (:id, :zone, :country, :starts, :ends)
    on conflict (person_id) do update set zone = excluded.zone, country = excluded.country, starts = excluded.starts,
        ends = excluded.ends""")
NO_HOURS = text("delete from desk.working_time where person_id = :id")
SET_ABSENCE = text("""
    insert into desk.absence (person_id, starts, ends, stand_in) values (:id, :starts, :ends, :stand_in)
    on conflict (person_id) do update set starts = excluded.starts, ends = excluded.ends,
        stand_in = excluded.stand_in""")
NO_ABSENCE = text("delete from desk.absence where person_id = :id and ends > desk.desk_now()")


@dataclass(frozen=True)
class Absence:
    """From when until when somebody is away, now or soon, and who is told instead of them."""

    starts: datetime
    ends: datetime
    stand_in: UUID | None
    is_now: bool


@dataclass(frozen=True)
class Listed:
    """A person as the list shows them, with the roles that they hold now."""

    id: UUID
    name: str
    active: bool
    made_at: datetime
    grants: tuple[Grant, ...]
    email: str | None = None
    hours: Hours | None = None
    backup: bool = False
    absence: Absence | None = None
    second_email: str | None = None
    busy: bool = False
    """They have answered as much today as they should at most."""
    invited_by: UUID | None = None

    @property
    def roles(self) -> tuple[Role, ...]:
        """Each once, whatever limits it."""
        held = {grant.role for grant in self.grants}
        return tuple(role for role in Role if role in held)

    @property
    def away(self) -> bool:
        return self.absence is not None and self.absence.is_now


@dataclass(frozen=True)
class Seen:
    """When somebody last signed in on the page or proved their factor, and last answered; None: never."""

    signed_in: datetime | None
    decided: datetime | None
    enrolled: bool


def hashed(token: str) -> bytes:
    """SHA-256; enough for a token, which is 256 random bits and not a password."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True)
class Verified:
    """Whose a token is that holds now. `stale`: for over an hour nobody wrote down that it was used."""

    id: UUID
    name: str
    proof: UUID
    way: str
    scope: str
    stale: bool


def verified(tx: Connection, token: str) -> Verified | None:
    """None for a token that is unknown, ended or too old, or the page's and was not used for half a day."""
    row = tx.execute(BY_TOKEN, {"hash": hashed(token)}).one_or_none()
    return Verified(**row._mapping) if row else None


def used(tx: Connection, proof: UUID) -> None:
    """Once an hour at most: a look must stay a look."""
    tx.execute(USED, {"id": proof})


def standing(tx: Connection, person: Person) -> Standing:
    """What holds of them at this moment, read in the transaction that decides."""
    found = whole_standing(tx, person)
    # A link opens its own question, and nothing else here: `actions/people/by_link/narrowing.py` says what it gives.
    return replace(found, active=False) if person.way == BY_LINK else found


def whole_standing(tx: Connection, person: Person) -> Standing:
    """The same, whatever verified them: for whoever narrows it to what a link gives."""
    found = load(Standing, tx.execute(STANDS, {"person": person.id, "proof": person.proof}).scalar_one())
    return replace(found, address=person.address)


def single_operator(tx: Connection) -> bool:
    """True while there never was a second technical operator."""
    return bool(tx.execute(SINGLE_OPERATOR).scalar_one())


def add(tx: Connection, name: str, invited_by: UUID | None = None) -> UUID:
    """A new person. Breaks the unique index when the name is taken."""
    id: UUID = tx.execute(ADD, {"name": name, "invited_by": invited_by}).scalar_one()
    return id


def set_email(tx: Connection, id: UUID, email: str | None) -> None:
    """Where mails reach them from now on; None: nowhere."""
    tx.execute(SET_EMAIL, {"id": id, "email": email})


def set_second_email(tx: Connection, id: UUID, email: str | None) -> None:
    """Where codes for a link of theirs go from now on; None: nowhere."""
    tx.execute(SET_SECOND_EMAIL, {"id": id, "email": email})


def give_role(tx: Connection, id: UUID, role: Role, given_by: str, limits: Limits = EVERYWHERE) -> None:
    """From now on they may decide as this role, within its limits."""
    values = {"id": id, "role": role, "given_by": given_by, "case": limits.case, "kind": limits.kind}
    tx.execute(GIVE, values | {"until": limits.until, "networks": list(limits.networks) or None})


def take_role(tx: Connection, id: UUID, role: Role) -> None:
    """They hold it no more, with or without limits."""
    tx.execute(TAKE, {"id": id, "role": role})


def operators(tx: Connection) -> int:
    """How many technical operators there are who may decide everything, without an end."""
    return int(tx.execute(OPERATORS).scalar_one())


def add_token(tx: Connection, id: UUID, token: str, way: str, lasts: timedelta, scope: str = "all") -> UUID:
    """Keeps the token's hash, for `lasts`; returns the token's id."""
    named = {"id": id, "hash": hashed(token), "way": way, "lasts": lasts, "scope": scope}
    proof: UUID = tx.execute(TOKEN, named).scalar_one()
    return proof


def end_token(tx: Connection, id: UUID) -> bool:
    """True when it still held: a token that is used once is ended by whoever comes first."""
    return tx.execute(END, {"id": id}).rowcount == 1


def end_tokens(tx: Connection, id: UUID, but: UUID | None = None, way: str = "%") -> int:
    """How many of theirs ended: all but one, or all of one way."""
    return tx.execute(END_ALL, {"id": id, "but": but, "way": way}).rowcount


def end_unused_tokens(tx: Connection, id: UUID) -> bool:
    """False when they have signed in with one, as far as is recorded: then the caller lets nothing of it stand."""
    end_tokens(tx, id)
    # Looked at after that: a link that is being used right now is waited for.
    return not tx.execute(USED_BEFORE, {"id": id}).scalar_one()


def deactivate(tx: Connection, id: UUID) -> None:
    """No token of theirs holds any more, and every role has ended."""
    for change in DEACTIVATE:
        tx.execute(change, {"id": id})
    end_tokens(tx, id)


def set_backup(tx: Connection, id: UUID, backup: bool) -> None:
    """Told of a question only once nobody else answered in time; or like everybody else again."""
    tx.execute(SET_BACKUP, {"id": id, "backup": backup})


def set_hours(tx: Connection, id: UUID, hours: Hours | None) -> None:
    """When they work from now on; None: as the settings say."""
    tx.execute(SET_HOURS, {"id": id, **vars(hours)}) if hours else tx.execute(NO_HOURS, {"id": id})


def set_absence(tx: Connection, id: UUID, starts: datetime, ends: datetime, stand_in: UUID | None) -> None:
    """Their one absence, instead of another that was to come."""
    tx.execute(SET_ABSENCE, {"id": id, "starts": starts, "ends": ends, "stand_in": stand_in})


def end_absence(tx: Connection, id: UUID) -> bool:
    """They are here. False when they were, and nothing else was to come."""
    return tx.execute(NO_ABSENCE, {"id": id}).rowcount == 1


def everyone(tx: Connection) -> list[Listed]:
    """All people, the first first."""
    return [_listed(row) for row in tx.execute(LIST)]


def seen(tx: Connection) -> dict[UUID, Seen]:
    """Of everybody who is here."""
    return {row.id: Seen(row.signed_in, row.decided, row.enrolled) for row in tx.execute(SEEN)}


def named(tx: Connection, name: str) -> Listed | None:
    """Who is here under this name, however its capitals are written."""
    return next((p for p in everyone(tx) if p.active and p.name.casefold() == name.strip().casefold()), None)


@cache
def _grants() -> TypeAdapter[tuple[Grant, ...]]:
    """Made when first needed: it takes milliseconds."""
    return TypeAdapter(tuple[Grant, ...])


def _listed(row: Row[tuple[object, ...]]) -> Listed:
    hours = Hours(row.zone, row.country, row.starts, row.ends) if row.zone else None
    absence = None
    if row.away_from:
        absence = Absence(row.away_from, row.away_until, row.stand_in, row.away_from <= row.now)
    grants = load(_grants(), row.grants)
    known = row.email, hours, row.backup, absence, row.second_email, row.busy, row.invited_by
    return Listed(row.id, row.name, row.active, row.made_at, grants, *known)
