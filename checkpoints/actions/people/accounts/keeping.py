"""What a person is signed in with: listed for them alone, and ended. Ending never needs a factor."""

from sqlalchemy import Connection

from checkpoints.core.authority import not_active
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Json, Person
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.secret import tokens
from checkpoints.store.secret.tokens import Token


def sessions(desk: Desk, person: Person) -> list[Token]:
    """Their tokens that hold now, the newest first. Raises NotYourCall."""
    with desk.transaction() as tx:
        standing = people.standing(tx, person)
        if standing.scope is None:
            raise not_active(standing)
        return tokens.of(tx, person.id)


def end(desk: Desk, person: Person, begins: str) -> Token:
    """Ends the one of theirs whose id begins so. Raises Refused when that is none or several, NotYourCall."""
    with desk.transaction() as tx:
        _may_end(tx, person)
        found = [token for token in tokens.of(tx, person.id) if begins and str(token.id).startswith(begins.lower())]
        if len(found) != 1:
            which = "several of your sessions" if found else "no session of yours"
            raise Refused(f"“{clean(begins)}” is {which}. Nothing was ended. List them with: countersign sessions")
        people.end_token(tx, found[0].id)
        _say(tx, person, {"session": found[0].short, "of": found[0].way})
        return found[0]


def end_others(desk: Desk, person: Person) -> int:
    """Ends every one but that which verified them; how many those were. Raises NotYourCall."""
    with desk.transaction() as tx:
        _may_end(tx, person)
        ended = people.end_tokens(tx, person.id, but=person.proof)
        _say(tx, person, {"ended": ended})
        return ended


def _may_end(tx: Connection, person: Person) -> None:
    standing = people.standing(tx, person)
    if not standing.active:
        raise not_active(standing)


def _say(tx: Connection, person: Person, what: dict[str, Json]) -> None:
    audit.append(tx, "session ended", {"by": person.name, "person": str(person.id), "way": person.way} | what)
