"""Finds the person of whom somebody says something, for whoever may: they themselves, or a technical operator."""

from sqlalchemy import Connection

from checkpoints.core.authority import decides_for
from checkpoints.core.errors import NotYourCall, Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Json, Person, Role
from checkpoints.store import people
from checkpoints.store.people import Listed


def theirs(tx: Connection, by: Person, name: str, what: str, about: str) -> Listed:
    """The person of this name. `what` a technical operator says of another, and what it is `about`, in words.

    Raises NotYourCall unless they say it themselves or a technical operator does, with their factor if they have one;
    Refused when there is no such person.
    """
    found = _of_name(tx, name)
    _may_say(tx, by, found is not None and found.id == by.id, what, about)
    if found is None:
        raise Refused(f"There is no {clean(name)}. List them with: countersign people list. Nothing was changed.")
    return found


def another(tx: Connection, name: str, than: Listed) -> Listed:
    """Somebody else of this name. Raises Refused when there is none."""
    found = _of_name(tx, name)
    if found is None:
        raise Refused(f"There is no {clean(name)}. List them with: countersign people list. Nothing was changed.")
    if found.id == than.id:
        raise Refused(f"{found.name} can't stand in for {found.name}. Nothing was changed.")
    return found


def line(of: Listed, by: Person) -> dict[str, Json]:
    """What an audit line says of whom it is about, and of who said it."""
    return {"person": str(of.id), "name": of.name, "by": by.name}


def _of_name(tx: Connection, name: str) -> Listed | None:
    active = (person for person in people.everyone(tx) if person.active)
    return next((person for person in active if person.name.casefold() == name.strip().casefold()), None)


def _may_say(tx: Connection, by: Person, of_their_own: bool, what: str, about: str) -> None:
    standing = people.standing(tx, by)
    allowed = tuple(Role) if of_their_own else (Role.TO,)
    if not standing.active or not standing.roles_at() & set(allowed):
        raise NotYourCall(f"A technical operator says {what}. Nothing was changed.")
    # Whoever stole a token could silence what warns its owner.
    decides_for(standing, allowed, standing.enrolled, about)
