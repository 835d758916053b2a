"""Where a person is reached by mail: set and taken away, each with an audit line that doesn't repeat the address."""

from uuid import UUID

from sqlalchemy import Connection

from checkpoints.core.authority import decides_for
from checkpoints.core.errors import NotYourCall, Refused
from checkpoints.core.fields import check_email, clean
from checkpoints.core.model import Json, Person, Role
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk


def set_email(desk: Desk, by: Person, name: str, address: str) -> str:
    """Their name, as it is written. An empty address takes theirs away: no mail reaches them any more.

    Raises NotYourCall unless they say it themselves or a technical operator does, with their factor if they have one;
    Refused for the address, or when there is no such person.
    """
    email = check_email(address) if address.strip() else None
    with desk.transaction() as tx:
        found = [p for p in people.everyone(tx) if p.active and p.name.casefold() == name.strip().casefold()]
        _may_set(tx, by, of_their_own=bool(found) and found[0].id == by.id)
        if not found:
            raise Refused(f"There is no {clean(name)}. List them with: countersign people list. Nothing was changed.")
        set_in(tx, found[0].id, found[0].name, email, by.name)
        return found[0].name


def set_in(tx: Connection, id: UUID, name: str, email: str | None, by: str) -> None:
    """Within a transaction that knows that it may."""
    people.set_email(tx, id, email)
    # Lines are for ever, and an address is theirs to take back: where a mail went is kept with the mail.
    body: dict[str, Json] = {"person": str(id), "name": name, "by": by}
    audit.append(tx, "e-mail address set" if email else "e-mail address taken away", body)


def _may_set(tx: Connection, by: Person, of_their_own: bool) -> None:
    standing = people.standing(tx, by)
    allowed = tuple(Role) if of_their_own else (Role.TO,)
    if not standing.active or not standing.roles & set(allowed):
        raise NotYourCall("A technical operator says where another is reached. Nothing was changed.")
    # Whoever stole a token could silence what warns its owner.
    decides_for(standing, allowed, standing.enrolled, "Where somebody is reached")
