"""Recovery codes: ten, shown once, each taken once in the place of a code; whose it was is told that one was used.

Rule: they belong to the factor that they were made for, and end with it.
"""

import secrets
from base64 import b32encode
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people.accounts.warning import warn
from checkpoints.core.authority import not_active, proven
from checkpoints.core.errors import NeedsFactor
from checkpoints.core.model import Json, Person
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.secret import factors, recovery

HOW_MANY = 10
BYTES = 10
"""Of randomness: 80 bits, sixteen letters and digits."""
LENGTH = BYTES * 8 // 5
ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
MISREAD = str.maketrans("018", "OIB")
"""Digits that no code has, and the letters that they were read for."""
NO_FACTOR = (
    "You have no second factor, so there is nothing that a recovery code would stand for. Nothing was changed. "
    "Enrol one: countersign second-factor enrol"
)


def renew(desk: Desk, person: Person) -> tuple[str, ...]:
    """Ten new codes, and the end of those before. Raises NeedsFactor without a proof of the factor, NotYourCall."""
    with desk.transaction() as tx:
        factors.tries(tx, person.id)
        standing = people.standing(tx, person)
        if not standing.active:
            raise not_active(standing)
        proven(standing, "Making new recovery codes")
        held = factors.held(tx, person.id)
        if held is None:
            raise NeedsFactor(NO_FACTOR, enrolled=False)
        return make(tx, person, held.id)


def left(desk: Desk, person: Person) -> int:
    """How many of theirs were not used yet."""
    with desk.transaction() as tx:
        return recovery.left(tx, person.id)


def make(tx: Connection, person: Person, factor: UUID) -> tuple[str, ...]:
    """Ten for this factor, to be shown now and never again; within a transaction that knows that it may."""
    codes = tuple(b32encode(secrets.token_bytes(BYTES)).decode() for _ in range(HOW_MANY))
    recovery.replace(tx, factor, codes)
    audit.append(tx, "recovery codes made", {"by": person.name, "person": str(person.id), "way": person.way})
    return tuple("-".join(code[start : start + 4] for start in range(0, LENGTH, 4)) for code in codes)


def read(typed: str) -> str | None:
    """The code as it was made, however it was typed; None when it can't be one."""
    code = typed.replace("-", "").replace(" ", "").upper().translate(MISREAD)
    return code if len(code) == LENGTH and ALPHABET.issuperset(code) else None


def take(tx: Connection, person: UUID, name: str, way: str, factor: UUID, code: str) -> bool:
    """Whether it was one of this factor's and not used before; from now on it is. Told to whose it was, and audited."""
    if not recovery.use(tx, factor, code):
        return False
    still = recovery.left(tx, person)
    body: dict[str, Json] = {"by": name, "person": str(person), "way": way, "left": still}
    audit.append(tx, "recovery code used", body)
    warn(tx, person, f"A recovery code of yours was used instead of your second factor. {still} are left.")
    return True
