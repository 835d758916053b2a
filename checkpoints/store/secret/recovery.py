"""Recovery codes' rows: what takes the place of a code of the factor that it was made for, once.

Rule: a code is 80 random bits, and only its SHA-256 is kept.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

END = text("update desk.recovery_code set ended_at = desk.desk_now() where factor_id = :factor and ended_at is null")
ADD = text("""
    insert into desk.recovery_code (factor_id, hash, made_at)
    select :factor, unnest(cast(:hashes as bytea[])), desk.desk_now()""")
USE = text("""
    update desk.recovery_code set used_at = desk.desk_now()
    where factor_id = :factor and hash = :hash and used_at is null and ended_at is null""")
LEFT = text("""
    select count(*) from desk.recovery_code c join desk.factor f on f.id = c.factor_id
    where f.person_id = :person and f.confirmed_at is not null and f.ended_at is null
        and c.used_at is null and c.ended_at is null""")


def replace(tx: Connection, factor: UUID, codes: Sequence[str]) -> None:
    """These from now on, and no earlier ones."""
    tx.execute(END, {"factor": factor})
    tx.execute(ADD, {"factor": factor, "hashes": [_hash(code) for code in codes]})


def use(tx: Connection, factor: UUID, code: str) -> bool:
    """True for one that was not used yet; of two that come at once, one."""
    return tx.execute(USE, {"factor": factor, "hash": _hash(code)}).rowcount == 1


def left(tx: Connection, person: UUID) -> int:
    """How many they could still use."""
    return int(tx.execute(LEFT, {"person": person}).scalar_one())


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
