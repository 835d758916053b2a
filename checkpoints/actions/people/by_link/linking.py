"""Links that clients answer by: made when a mail asks one, or by hand for one; listed, and taken back.

Rule: whoever makes a link by hand has it in hand, so a yes by it always needs the code to its person's second address.
"""

from collections.abc import Sequence
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.core.authority import decides_for
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.fields import clean
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.people import Listed
from checkpoints.store.secret import links
from checkpoints.store.secret.links import Link

DOOR = "/link/"
MOST = 200
ABOUT = "A link that somebody else answers by"


def for_mail(tx: Connection, desk: Desk, point: Checkpoint, person: Listed) -> str | None:
    """The address that a mail to this person has in place of the page's: made once, and the same at every try.

    None for whoever isn't asked as a client, and once theirs was taken back. Raises Unavailable.
    """
    mine = [link for link in links.of_point(tx, point.id) if link.person_id == person.id and link.names(point)]
    if made := next((link for link in mine if not link.made_by), None):
        return _address(tx, desk, made.id) if made.holds else None
    if point.state is not State.OPEN or Role.CLIENT not in person.roles or point.roles_to_come[:1] != (Role.CLIENT,):
        return None
    return _address(tx, desk, _made(tx, desk, point, person, ""))


def make(desk: Desk, by: Person, label: str, name: str) -> tuple[Link, str]:
    """A new link for one client to an open question, and its address, which can't be read again.

    Raises NotYourCall unless a technical operator asks, with their factor if they have one; Refused where no client is
    asked, or there is no such client; IllegalMove; Unavailable.
    """
    with desk.transaction() as tx:
        _may(tx, by)
        point = finding.locked(tx, finding.labelled(tx, label).id)
        if point.state is not State.OPEN:
            raise IllegalMove(f"{point.label} is {point.state}, not open. No link was made.")
        if Role.CLIENT not in point.roles_to_come:
            raise Refused(f"{point.label} waits for no client: {', '.join(point.waits_for)}. No link was made.")
        id = _made(tx, desk, point, _client(tx, name), by.name)
        made = links.by_id(tx, id)
        assert made is not None
        return made, _address(tx, desk, id)


def revoke(desk: Desk, by: Person, label: str, name: str) -> int:
    """How many links of theirs to this question are good for nothing from now on.

    Raises NotYourCall as `make` does, Refused when there is none.
    """
    with desk.transaction() as tx:
        _may(tx, by)
        point = finding.labelled(tx, label)
        wanted = name.strip().casefold()
        found = [link for link in links.of_point(tx, point.id) if link.holds and link.person.casefold() == wanted]
        for link in found:
            people.end_token(tx, link.id)
            audit.append(tx, "link revoked", _line(point, link.person_id, link.person, by.name))
        if not found:
            raise Refused(f"No link of {clean(name)} to {point.label} holds. List them with: countersign link list")
        return len(found)


def every(desk: Desk, label: str = "") -> Sequence[Link]:
    """All that were made for a question; without one those of all questions that still hold. Raises Refused."""
    with desk.transaction() as tx:
        if label:
            return links.of_point(tx, finding.labelled(tx, label).id)
        return links.holding(tx, MOST)


def _made(tx: Connection, desk: Desk, point: Checkpoint, person: Listed, by: str) -> UUID:
    id = links.add(tx, desk.home, point, person.id, by)
    audit.append(tx, "link made", _line(point, person.id, person.name, by or "the desk"))
    return id


def _line(point: Checkpoint, person: UUID, name: str, by: str) -> dict[str, Json]:
    body: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "person": str(person)}
    return body | {"name": name, "by": by}


def _address(tx: Connection, desk: Desk, id: UUID) -> str:
    return f"{desk.page_url}{DOOR}{quote(links.token(tx, desk.home, id))}"


def _client(tx: Connection, name: str) -> Listed:
    wanted = name.strip().casefold()
    found = [person for person in people.everyone(tx) if person.active and person.name.casefold() == wanted]
    if not found or Role.CLIENT not in found[0].roles:
        raise Refused(
            f"There is no client {clean(name)}: whoever works here answers on the page or in the shell. No link was "
            "made. List the people with: countersign people list"
        )
    return found[0]


def _may(tx: Connection, by: Person) -> None:
    standing = people.standing(tx, by)
    if not standing.active or Role.TO not in standing.roles_at():
        raise NotYourCall("A technical operator makes links for clients, and takes them back. Nothing was changed.")
    # Whoever stole a token could answer in a client's name.
    decides_for(standing, (Role.TO,), standing.enrolled, ABOUT)
