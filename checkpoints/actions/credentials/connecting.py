"""The desk keeps credentials in a vault of the team's, or moves there what lies in the embedded one.

Rule: a technical operator says so, with their factor; what the desk logs in with is a file's, and never comes here.
"""

from uuid import uuid4

from sqlalchemy import Connection

from checkpoints.core.authority import decides_for
from checkpoints.core.errors import Refused
from checkpoints.core.model import Person, Role
from checkpoints.core.ports import Credentials
from checkpoints.core.work.services.handing import Grant
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk

ABOUT = "Connecting a vault"


def may(desk: Desk, by: Person) -> None:
    """Asked before anybody types a token. Raises NotYourCall, NeedsFactor."""
    with desk.transaction() as tx:
        _may(tx, by)


def connect(desk: Desk, by: Person, url: str, mount: str) -> None:
    """From now on what is given lies there. Raises as `may` does."""
    with desk.transaction() as tx:
        _may(tx, by)
        audit.append(tx, "vault connected", {"url": url, "mount": mount, "by": by.name})


def move(desk: Desk, by: Person, path: str, old: Credentials, new: Credentials) -> None:
    """What lies at a path of the old vault lies at the same one of the new, and then in the old no more.

    Again is no error, also after a kill in between. Raises Refused when something else lies there, and Unavailable;
    in both cases it still lies where it was.
    """
    with desk.transaction() as tx:
        _may(tx, by)
    values = old.take(old.hand(Grant(uuid4(), path)))
    try:
        new.put(path, values)
    except Refused:
        trial = Grant(uuid4(), path)
        try:
            same = new.take(new.hand(trial)) == values
        finally:
            new.close(trial.id)
        if not same:
            raise Refused(f"Something else lies at {path} in the vault. It was not moved.") from None
    with desk.transaction() as tx:
        audit.append(tx, "credential moved", {"path": path, "by": by.name})
    old.forget(path)


def _may(tx: Connection, by: Person) -> None:
    standing = people.standing(tx, by)
    # Whoever says where credentials lie could say: with me.
    decides_for(standing, (Role.TO,), standing.enrolled, ABOUT)
