"""The desk keeps credentials in a vault of the team's, moves there what lies in the embedded one, or goes back to it.

Rule: a technical operator says so, with their factor; what the desk logs in with is a file's, and never comes here.
"""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import Connection

from checkpoints.core.authority import decides_for
from checkpoints.core.errors import Refused
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.ports import Credentials
from checkpoints.core.work.services.assumed import is_role
from checkpoints.core.work.services.handing import Grant
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.secret.opened import lying

ABOUT = "Connecting a vault"
MOST_NAMED = 10
LIE_THERE = (
    "These credentials still lie in the vault: {named}. Nothing was changed. They can't be moved back, for the desk's "
    'login can read no value there. End each: countersign credential revoke ID --because "We leave this vault." Once '
    "the vault is disconnected they are asked for anew: countersign credential reissue ID"
)
OWED = (
    "{owed} things are still to be forgotten or closed in the vault. The desk does it by itself while it runs and the "
    "vault answers: try again in a moment. Nothing was changed."
)


def may(desk: Desk, by: Person) -> None:
    """Asked before anybody types a token. Raises NotYourCall, NeedsFactor."""
    with desk.transaction() as tx:
        _may(tx, by)


def connect(desk: Desk, by: Person, url: str, mount: str, namespace: str = "") -> None:
    """From now on what is given lies there. Raises as `may` does."""
    within: dict[str, Json] = {"namespace": namespace} if namespace else {}
    with desk.transaction() as tx:
        _may(tx, by)
        audit.append(tx, "vault connected", {"url": url, "mount": mount, "by": by.name} | within)


def disconnect(desk: Desk, by: Person, url: str, mount: str, elsewhere: Sequence[str] = ()) -> None:
    """From now on what is given lies in the embedded vault; `elsewhere` is what lies there already.

    Raises as `may` does, and Refused while a credential lies at this one, or something there is still to be forgotten.
    """
    with desk.transaction() as tx:
        _may(tx, by)
        if named := sorted(
            {f"{one.label} ({one.service})" for one in lying.lying(tx, elsewhere) if not is_role(one.vault_path)}
        ):
            more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
            raise Refused(LIE_THERE.format(named=", ".join(named[:MOST_NAMED]) + more))
        if owed := lying.owed(tx):
            raise Refused(OWED.format(owed=owed))
        audit.append(tx, "vault disconnected", {"url": url, "mount": mount, "by": by.name})


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
