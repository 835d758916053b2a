"""People's rows: names, roles, and the hashes of their tokens. A token itself is never stored."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.authority import Standing
from checkpoints.core.model import Person, Role
from checkpoints.store.documents import load

BY_TOKEN = text("""
    select p.id, p.name, t.id as proof, t.way from desk.token t join desk.person p on p.id = t.person_id
    where t.hash = :hash and t.ended_at is null and t.expires_at > desk.desk_now() and p.active""")
STANDS = text("select cast(to_json(s) as text) from desk.standing(:person, :proof) s")
SINGLE_OPERATOR = text("select desk.single_operator()")
ADD = text("insert into desk.person (name, made_at) values (:name, desk.desk_now()) returning id")
SET_EMAIL = text("update desk.person set email = :email where id = :id")
GIVE = text("""
    insert into desk.role (person_id, role, given_at, given_by) values (:id, :role, desk.desk_now(), :given_by)""")
TOKEN = text("""
    insert into desk.token (person_id, hash, way, made_at, expires_at)
    values (:id, :hash, :way, desk.desk_now(), desk.desk_now() + :lasts)""")
END = text("update desk.token set ended_at = desk.desk_now() where id = :id and ended_at is null")
DEACTIVATE = (
    text("update desk.person set active = false where id = :id"),
    text("update desk.role set ended_at = desk.desk_now() where person_id = :id and ended_at is null"),
    text("update desk.token set ended_at = desk.desk_now() where person_id = :id and ended_at is null"),
)
LIST = text("""
    select p.id, p.name, p.active, p.made_at, p.email,
        array(select role from desk.role r where r.person_id = p.id and r.ended_at is null) as roles
    from desk.person p order by p.made_at""")


@dataclass(frozen=True)
class Listed:
    """A person as the list shows them."""

    id: UUID
    name: str
    active: bool
    made_at: datetime
    roles: tuple[Role, ...]
    email: str | None = None


def hashed(token: str) -> bytes:
    """SHA-256; enough for a token, which is 256 random bits and not a password."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def verified(tx: Connection, token: str) -> tuple[UUID, str, UUID, str] | None:
    """(person's id, name, the token's id, its way) of a token that holds now, else None."""
    row = tx.execute(BY_TOKEN, {"hash": hashed(token)}).one_or_none()
    return (row.id, row.name, row.proof, row.way) if row else None


def standing(tx: Connection, person: Person) -> Standing:
    """What holds of them at this moment, read in the transaction that decides."""
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


def give_role(tx: Connection, id: UUID, role: Role, given_by: str) -> None:
    """From now on they may decide as this role."""
    tx.execute(GIVE, {"id": id, "role": role, "given_by": given_by})


def add_token(tx: Connection, id: UUID, token: str, way: str, lasts: timedelta) -> None:
    """Keeps the token's hash, for `lasts`."""
    tx.execute(TOKEN, {"id": id, "hash": hashed(token), "way": way, "lasts": lasts})


def end_token(tx: Connection, id: UUID) -> bool:
    """True when it still held: a token that is used once is ended by whoever comes first."""
    return tx.execute(END, {"id": id}).rowcount == 1


def deactivate(tx: Connection, id: UUID) -> None:
    """No token of theirs holds any more, and every role has ended."""
    for change in DEACTIVATE:
        tx.execute(change, {"id": id})


def everyone(tx: Connection) -> list[Listed]:
    """All people, the first first."""
    return [
        Listed(r.id, r.name, r.active, r.made_at, tuple(Role(x) for x in r.roles), r.email) for r in tx.execute(LIST)
    ]
