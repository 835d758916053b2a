"""People's rows: names, roles, and the hashes of their tokens. A token itself is never stored."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Row, text

from checkpoints.core.authority import Standing
from checkpoints.core.clock.hours import Hours
from checkpoints.core.model import Person, Role
from checkpoints.store.documents import load

BY_LINK = "link"
"""The way of whoever came by a link of theirs, without an account."""
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
ADD = text("insert into desk.person (name, made_at) values (:name, desk.desk_now()) returning id")
SET_EMAIL = text("update desk.person set email = :email where id = :id")
SET_SECOND_EMAIL = text("update desk.person set second_email = :email where id = :id")
GIVE = text("""
    insert into desk.role (person_id, role, given_at, given_by) values (:id, :role, desk.desk_now(), :given_by)""")
TOKEN = text("""
    insert into desk.token (person_id, hash, way, scope, made_at, expires_at)
    values (:id, :hash, :way, :scope, desk.desk_now(), desk.desk_now() + :lasts) returning id""")
END = text("update desk.token set ended_at = desk.desk_now() where id = :id and ended_at is null")
END_ALL = text("""
    update desk.token set ended_at = desk.desk_now()
    where person_id = :id and ended_at is null and id is distinct from :but and way like :way""")
DEACTIVATE = (
    text("update desk.person set active = false where id = :id"),
    text("update desk.role set ended_at = desk.desk_now() where person_id = :id and ended_at is null"),
    text("update desk.token set ended_at = desk.desk_now() where person_id = :id and ended_at is null"),
)
LIST = text("""
    select p.id, p.name, p.active, p.made_at, p.email, p.backup, desk.desk_now() as now,
        p.most_a_day is not null and p.most_a_day <= (select count(*) from desk.answer g
            where g.person_id = p.id and g.at > desk.desk_now() - interval '1 day') as busy,
        array(select role from desk.role r where r.person_id = p.id and r.ended_at is null) as roles,
        w.zone, w.country, w.starts, w.ends, a.starts as away_from, a.ends as away_until, a.stand_in, p.second_email
    from desk.person p left join desk.working_time w on w.person_id = p.id
        left join desk.absence a on a.person_id = p.id and a.ends > desk.desk_now()
    order by p.made_at""")
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
    """A person as the list shows them."""

    id: UUID
    name: str
    active: bool
    made_at: datetime
    roles: tuple[Role, ...]
    email: str | None = None
    hours: Hours | None = None
    backup: bool = False
    absence: Absence | None = None
    second_email: str | None = None
    busy: bool = False
    """They have answered as much today as they should at most."""

    @property
    def away(self) -> bool:
        return self.absence is not None and self.absence.is_now


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
    return load(Standing, tx.execute(STANDS, {"person": person.id, "proof": person.proof}).scalar_one())


def single_operator(tx: Connection) -> bool:
    """True while there never was a second technical operator."""
    return bool(tx.execute(SINGLE_OPERATOR).scalar_one())


def add(tx: Connection, name: str) -> UUID:
    """A new person. Breaks the unique index when the name is taken."""
    id: UUID = tx.execute(ADD, {"name": name}).scalar_one()
    return id


def set_email(tx: Connection, id: UUID, email: str | None) -> None:
    """Where mails reach them from now on; None: nowhere."""
    tx.execute(SET_EMAIL, {"id": id, "email": email})


def set_second_email(tx: Connection, id: UUID, email: str | None) -> None:
    """Where codes for a link of theirs go from now on; None: nowhere."""
    tx.execute(SET_SECOND_EMAIL, {"id": id, "email": email})


def give_role(tx: Connection, id: UUID, role: Role, given_by: str) -> None:
    """From now on they may decide as this role."""
    tx.execute(GIVE, {"id": id, "role": role, "given_by": given_by})


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


def deactivate(tx: Connection, id: UUID) -> None:
    """No token of theirs holds any more, and every role has ended."""
    for change in DEACTIVATE:
        tx.execute(change, {"id": id})


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


def _listed(row: Row[tuple[object, ...]]) -> Listed:
    hours = Hours(row.zone, row.country, row.starts, row.ends) if row.zone else None
    absence = None
    if row.away_from:
        absence = Absence(row.away_from, row.away_until, row.stand_in, row.away_from <= row.now)
    roles = tuple(Role(role) for role in row.roles)
    known = (row.email, hours, row.backup, absence, row.second_email, row.busy)
    return Listed(row.id, row.name, row.active, row.made_at, roles, *known)
