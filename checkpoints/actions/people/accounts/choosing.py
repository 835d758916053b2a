"""A person chooses the password of their local account. Rule: they alone, and with their factor once they have one."""

from sqlalchemy import Connection

from checkpoints.actions.people.accounts.warning import warn
from checkpoints.core.authority import not_active, proven
from checkpoints.core.from_outside.password import check_password
from checkpoints.core.model import Person
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.secret import factors, passwords

PAGE = "page"


def choose(desk: Desk, person: Person, password: str) -> None:
    """From now on they sign in on the page with it; every other session of theirs there ends, and they are told.

    Raises Refused for a password that won't do, NeedsFactor when they have a factor and did not prove it within ten
    minutes, NotYourCall, Unavailable.
    """
    with desk.transaction() as tx:
        _may_choose(tx, person)
    chosen = check_password(password, person.name)
    # Outside of any transaction: it takes a while, on purpose.
    hash = passwords.hashed(chosen)
    with desk.transaction() as tx:
        factors.tries(tx, person.id)
        _may_choose(tx, person)
        before = passwords.has(tx, person.id)
        passwords.keep(tx, person.id, hash)
        people.end_tokens(tx, person.id, but=person.proof, way=PAGE)
        audit.append(tx, "password set", {"by": person.name, "person": str(person.id), "way": person.way})
        warn(tx, person.id, "Your password was changed." if before else "You sign in with a password from now on.")


def has_one(desk: Desk, person: Person) -> bool:
    """Whether they sign in by password."""
    with desk.transaction() as tx:
        return passwords.has(tx, person.id)


def _may_choose(tx: Connection, person: Person) -> None:
    standing = people.standing(tx, person)
    if not standing.active:
        raise not_active(standing)
    proven(standing, "Choosing a password")
