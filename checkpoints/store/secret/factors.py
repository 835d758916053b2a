"""Second factors' rows, their seeds sealed with a key that lies beside the database, and the tries that failed.

Rule: a seed leaves this file only for the person whose it is; nothing here checks a code.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, text

from checkpoints.core.errors import Unavailable
from checkpoints.store.secret.private_files import make_once

LOCK_PERSON = text("select id from desk.person where id = :person for no key update")
TRIES = text("""
    select coalesce(sum(wrong_codes), 0) as wrong, max(wrong_at) as last, desk.desk_now() as at
    from desk.token where person_id = :person""")
HELD = text("""
    select id, sealed from desk.factor
    where person_id = :person and confirmed_at is not null and ended_at is null""")
WAITING = text("""
    select id, sealed from desk.factor
    where person_id = :person and confirmed_at is null and ended_at is null and made_at > desk.desk_now() - :lasts
    order by made_at desc limit 1""")
ADD = text("insert into desk.factor (person_id, sealed, made_at) values (:person, :sealed, desk.desk_now())")
CONFIRM = text("update desk.factor set confirmed_at = desk.desk_now() where id = :id")
USE_STEP = text("update desk.factor set last_step = :step where id = :id and last_step < :step")
END_WAITING = text("""
    update desk.factor set ended_at = desk.desk_now()
    where person_id = :person and confirmed_at is null and ended_at is null""")
END_HELD = text("""
    update desk.factor set ended_at = desk.desk_now()
    where person_id = :person and confirmed_at is not null and ended_at is null""")
UNPROVE = text("update desk.token set proved_at = null where person_id = :person and proved_at is not null")
PROVED = text("update desk.token set proved_at = desk.desk_now() where id = :proof")
FORGIVE = text("update desk.token set wrong_codes = 0 where person_id = :person and wrong_codes > 0")
WRONG = text("update desk.token set wrong_codes = wrong_codes + 1, wrong_at = desk.desk_now() where id = :proof")

OPERATORS_WITHOUT = text("""
    select distinct p.name from desk.person p join desk.role r on r.person_id = p.id and r.role = 'to'
        and r.ended_at is null and coalesce(r.ends_at > desk.desk_now(), true)
    where p.active and not exists (select from desk.factor f
        where f.person_id = p.id and f.confirmed_at is not null and f.ended_at is null)
    order by p.name""")


@dataclass(frozen=True)
class Factor:
    """A second factor as it is stored; `sealed` is its seed, which only the key of this desk opens."""

    id: UUID
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class Tries:
    """How many codes of a person were wrong in a row, on all their tokens, and when the last was; `at` is now."""

    wrong: int
    last: datetime | None
    at: datetime


def tries(tx: Connection, person: UUID) -> Tries:
    """Locks the person first: two tries at once would count as one."""
    tx.execute(LOCK_PERSON, {"person": person})
    row = tx.execute(TRIES, {"person": person}).one()
    return Tries(int(row.wrong), row.last, row.at)


def held(tx: Connection, person: UUID) -> Factor | None:
    """The factor that they prove."""
    row = tx.execute(HELD, {"person": person}).one_or_none()
    return Factor(row.id, row.sealed) if row else None


def waiting(tx: Connection, person: UUID, lasts: timedelta) -> Factor | None:
    """The factor that they are enrolling, for `lasts` after it was made."""
    row = tx.execute(WAITING, {"person": person, "lasts": lasts}).one_or_none()
    return Factor(row.id, row.sealed) if row else None


def add(tx: Connection, person: UUID, sealed: bytes) -> None:
    """A factor to be confirmed; an earlier one that wasn't is ended."""
    tx.execute(END_WAITING, {"person": person})
    tx.execute(ADD, {"person": person, "sealed": sealed})


def confirm(tx: Connection, person: UUID, id: UUID) -> None:
    """From now on it is the one that holds, instead of any before it."""
    end(tx, person)
    tx.execute(CONFIRM, {"id": id})


def end(tx: Connection, person: UUID) -> None:
    """They have none any more, and what was proven with it counts no longer."""
    tx.execute(END_HELD, {"person": person})
    tx.execute(UNPROVE, {"person": person})


def use_step(tx: Connection, id: UUID, step: int) -> bool:
    """False when the code of this or of a later step was used before: no code counts twice."""
    return tx.execute(USE_STEP, {"id": id, "step": step}).rowcount == 1


def proved(tx: Connection, person: UUID, proof: UUID) -> None:
    """The token counts as proven from now on, and what was wrong before is forgotten."""
    tx.execute(PROVED, {"proof": proof})
    tx.execute(FORGIVE, {"person": person})


def wrong(tx: Connection, proof: UUID) -> None:
    """One more wrong code in a row."""
    tx.execute(WRONG, {"proof": proof})


def seal(home: Path, seed: str) -> bytes:
    """The seed for the database; the key is made when there is none yet."""
    make_once(_key_file(home), Fernet.generate_key)
    return _key(home).encrypt(seed.encode())


def unseal(home: Path, factor: Factor) -> str:
    """The seed. Raises Unavailable when the key is gone or another."""
    try:
        return _key(home).decrypt(factor.sealed).decode()
    except InvalidToken:
        raise Unavailable(
            f"Your second factor can't be checked: {_key_file(home)} is not the key that it was sealed with. "
            "Nothing was recorded. Put the key back from the backup."
        ) from None


def _key_file(home: Path) -> Path:
    return home / "keys" / "factor.key"


def _key(home: Path) -> Fernet:
    try:
        return Fernet(_key_file(home).read_bytes())
    except (OSError, ValueError):
        raise Unavailable(
            f"Your second factor can't be checked: {_key_file(home)} can't be read. Nothing was recorded. "
            "Put the key back from the backup."
        ) from None


def operators_without(tx: Connection) -> list[str]:
    """The technical operators who could not prove a second factor now, by name."""
    return list(tx.execute(OPERATORS_WITHOUT).scalars())
