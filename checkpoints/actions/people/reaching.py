"""Where a person is reached by mail: set and taken away, each with an audit line that doesn't repeat the address."""

from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people import naming
from checkpoints.core.errors import Refused
from checkpoints.core.fields import check_email, clean
from checkpoints.core.model import Json, Person
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk


def set_email(desk: Desk, by: Person, name: str, address: str) -> str:
    """Their name, as it is written. An empty address takes theirs away: no mail reaches them any more.

    Raises NotYourCall unless they say it themselves or a technical operator does, with their factor if they have one;
    Refused for the address, or when there is no such person.
    """
    email = check_email(address) if address.strip() else None
    with desk.transaction() as tx:
        found = naming.theirs(tx, by, name, "where another is reached", "Where somebody is reached")
        set_in(tx, found.id, found.name, email, by.name)
        return found.name


def set_in(tx: Connection, id: UUID, name: str, email: str | None, by: str) -> None:
    """Within a transaction that knows that it may. Raises Refused for an address that is another's."""
    if email and any(p.active and p.id != id and (p.email or "").lower() == email.lower() for p in people.everyone(tx)):
        raise Refused(f"{clean(email)} is another person's address already: each has their own. Nothing was changed.")
    people.set_email(tx, id, email)
    # Lines are for ever, and an address is theirs to take back: where a mail went is kept with the mail.
    body: dict[str, Json] = {"person": str(id), "name": name, "by": by}
    audit.append(tx, "e-mail address set" if email else "e-mail address taken away", body)
