"""Local accounts' rows, and the only place that hashes a password: Argon2id, as the library sets it.

Rule: a password is never stored, logged or repeated; an unknown name costs the same work as a known one.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from threading import BoundedSemaphore
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, text

from checkpoints.core.errors import Unavailable

AT_ONCE, PATIENCE = 2, 5.0
"""Each takes 64 MiB and a core for a moment. Whoever floods the door with tries takes no more than this; seconds."""

ACCOUNT = text("""
    select p.id, p.name, w.hash,
        exists (select from desk.role r where r.person_id = p.id and r.role = 'to' and r.ended_at is null) as operator
    from desk.person p join desk.password w on w.person_id = p.id
    where p.active and lower(p.name) = lower(:name)""")
TRIES = text("""
    select hash, wrong, wrong_at as last, desk.desk_now() as at from desk.password
    where person_id = :person for update""")
HAS = text("select exists (select from desk.password where person_id = :person)")
SET = text("""
    insert into desk.password (person_id, hash, set_at) values (:person, :hash, desk.desk_now())
    on conflict (person_id) do update set hash = excluded.hash, set_at = excluded.set_at, wrong = 0, wrong_at = null""")
RIGHT = text("update desk.password set hash = :hash, wrong = 0, wrong_at = null where person_id = :person")
WRONG = text("update desk.password set wrong = wrong + 1, wrong_at = desk.desk_now() where person_id = :person")
FORGET = text("delete from desk.password where person_id = :person")
COUNT = text("""
    insert into desk.refused_sign_in (day, sort, tries)
    values ((desk.desk_now() at time zone 'utc')::date, :sort, :number)
    on conflict (day, sort) do update set tries = refused_sign_in.tries + excluded.tries returning tries""")

HASHER = PasswordHasher()
"""With the library's own defaults, which rise with its releases."""
_slots = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Account:
    """A person who signs in by password. `operator`: a technical operator."""

    id: UUID
    name: str
    hash: str = field(repr=False)
    operator: bool


@dataclass(frozen=True)
class Tries:
    """What is kept of an account now: its hash, how many tries in a row were wrong, when the last was."""

    hash: str = field(repr=False)
    wrong: int
    last: datetime | None
    at: datetime


def hashed(password: str) -> str:
    """For the database. Raises Unavailable while too many others are at it."""
    with slot():
        return HASHER.hash(password)


def matches(hash: str | None, password: str) -> bool:
    """Whether it is the password of this hash; without one never, after the same work. Raises Unavailable."""
    with slot():
        try:
            right = HASHER.verify(hash or nobodys(), password)
        except (VerificationError, InvalidHashError):
            return False
    return right and hash is not None


def outdated(hash: str) -> bool:
    """Made before the library asked for more work: to be made anew by whoever knows the password."""
    return HASHER.check_needs_rehash(hash)


def account(tx: Connection, name: str) -> Account | None:
    """By the name as it is known, in whichever case."""
    row = tx.execute(ACCOUNT, {"name": " ".join(name.split())}).one_or_none()
    return Account(row.id, row.name, row.hash, row.operator) if row else None


def tries(tx: Connection, person: UUID) -> Tries | None:
    """Locked, so that of many at once each is counted; None once they have no password any more."""
    row = tx.execute(TRIES, {"person": person}).one_or_none()
    return Tries(row.hash, row.wrong, row.last, row.at) if row else None


def has(tx: Connection, person: UUID) -> bool:
    """Whether they sign in by password."""
    return bool(tx.execute(HAS, {"person": person}).scalar_one())


def keep(tx: Connection, person: UUID, hash: str) -> None:
    """From now on this one."""
    tx.execute(SET, {"person": person, "hash": hash})


def right(tx: Connection, person: UUID, hash: str) -> None:
    """They signed in: what was wrong before is forgotten. `hash` is the one that they have, or the same made anew."""
    tx.execute(RIGHT, {"person": person, "hash": hash})


def wrong(tx: Connection, person: UUID) -> None:
    """One more wrong try in a row."""
    tx.execute(WRONG, {"person": person})


def forget(tx: Connection, person: UUID) -> None:
    """They sign in by password no more."""
    tx.execute(FORGET, {"person": person})


def count(tx: Connection, sort: str, number: int = 1) -> int:
    """Tries that leave no audit line: of a name that is `unknown`, `too soon`. How many of the sort came today."""
    return int(tx.execute(COUNT, {"sort": sort, "number": number}).scalar_one())


@cache
def nobodys() -> str:
    """The hash that whoever is unknown is compared with."""
    return HASHER.hash(secrets.token_urlsafe())


@contextmanager
def slot() -> Iterator[None]:
    """A place to hash in. Raises Unavailable when none becomes free in time."""
    if not _slots.acquire(timeout=PATIENCE):
        raise Unavailable("Too many sign in at this moment. Nothing was changed; try again.")
    try:
        yield
    finally:
        _slots.release()
