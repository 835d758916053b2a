"""The only place that makes a Person: from a token of theirs that holds now, and from nothing else."""

from checkpoints.core.errors import NotYourCall
from checkpoints.core.model import Person
from checkpoints.store import people
from checkpoints.store.desk import Desk


def verify(desk: Desk, token: str, address: str = "") -> Person:
    """The person whose token this is. Raises NotYourCall when it is unknown, ended or too old.

    `address`: where they come from, of the connection itself; empty by a way that carries none, as the shell.
    """
    with desk.transaction() as tx:
        found = people.verified(tx, token)
    if found is None:
        raise NotYourCall("You are not signed in. Get a link with: countersign sign-in")
    id, name, proof, way = found
    return Person(id=id, name=name, proof=proof, way=way, address=address)
