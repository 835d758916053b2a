"""Where a person is reached by mail: set and taken away, each with an audit line that doesn't repeat the address.

Rule: the second address, for codes to whoever answers by a link, is never the first one.
"""

from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people import naming
from checkpoints.core.errors import Refused
from checkpoints.core.fields import check_email, clean, mailbox
from checkpoints.core.model import Json, Person
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.secret import links

SAME = (
    "The second address is where a code goes that proves who has the link in the first: it has to be another mailbox. "
    "Nothing was changed."
)


def set_email(desk: Desk, by: Person, name: str, address: str) -> str:
    """Their name, as it is written. An empty address takes theirs away: no mail reaches them any more.

    Raises NotYourCall unless they say it themselves or a technical operator does, with their factor if they have one;
    Refused for the address, or when there is no such person.
    """
    email = check_email(address) if address.strip() else None
    with desk.transaction() as tx:
        found = naming.theirs(tx, by, name, "where another is reached", "Where somebody is reached")
        _check_apart(email, found.second_email)
        set_in(tx, found.id, found.name, email, by.name)
        return found.name


def set_second_email(desk: Desk, by: Person, name: str, address: str) -> str:
    """Their name. An empty address takes theirs away. What was sent to the one before, or proven by it, counts no more.

    Raises as `set_email` does, and Refused for the address that the link goes to.
    """
    email = check_email(address) if address.strip() else None
    with desk.transaction() as tx:
        found = naming.theirs(tx, by, name, "where another is sent codes", "Where codes are sent")
        _check_apart(email, found.email)
        people.set_second_email(tx, found.id, email)
        links.forget_proofs(tx, found.id)
        body: dict[str, Json] = {"person": str(found.id), "name": found.name, "by": by.name}
        audit.append(tx, "second e-mail address set" if email else "second e-mail address taken away", body)
        return found.name


def _check_apart(one: str | None, other: str | None) -> None:
    if one and other and mailbox(one) == mailbox(other):
        raise Refused(SAME)


def set_in(tx: Connection, id: UUID, name: str, email: str | None, by: str) -> None:
    """Within a transaction that knows that it may. Raises Refused for an address that is another's."""
    if email and any(p.active and p.id != id and (p.email or "").lower() == email.lower() for p in people.everyone(tx)):
        raise Refused(f"{clean(email)} is another person's address already: each has their own. Nothing was changed.")
    people.set_email(tx, id, email)
    # Lines are for ever, and an address is theirs to take back: where a mail went is kept with the mail.
    body: dict[str, Json] = {"person": str(id), "name": name, "by": by}
    audit.append(tx, "e-mail address set" if email else "e-mail address taken away", body)
