"""A credential ends: nobody may open it any more, and the vault forgets it.

Rule: what goes to the vault is promised to be forgotten first, so that no kill leaves a value behind.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.core.errors import Unavailable
from checkpoints.store import audit, checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.secret import credentials
from checkpoints.store.secret.credentials import Ended

OURS = "cases/"
"""Where what was given lies; what lies elsewhere in the vault is never written or deleted by the desk."""


def promise(desk: Desk, vault_path: str, within: timedelta) -> None:
    """Unless a decision says by then that it is there to stay, it is forgotten."""
    with desk.transaction() as tx:
        until = checkpoints.now(tx) + within
        errands.add(tx, "forget", vault_path, {"vault_path": vault_path, "until": until.isoformat()})


def end_credentials(tx: Connection, case_id: UUID) -> None:
    """A case ended: nobody opens a credential of it any more, and the vault is told to forget them."""
    _ended(tx, credentials.end(tx, case_id), "its case ended")


def end_credential_of(tx: Connection, case_id: UUID, checkpoint_id: UUID, because: str) -> None:
    """The same of one approval that became void."""
    _ended(tx, credentials.end(tx, case_id, checkpoint_id), because)


def forget(desk: Desk, errand: Errand) -> None:
    """Carries the errand. Raises Unavailable while it is being given, or the vault is away."""
    path = errand.body["vault_path"]
    if not path.startswith(OURS):
        # It lay there before, and belongs to somebody else.
        return
    with desk.transaction() as tx:
        alive, now = credentials.lies_at(tx, path), checkpoints.now(tx)
    if alive:
        return
    if alive is None and now < datetime.fromisoformat(errand.body["until"]):
        raise Unavailable("it is being given; whether it stays is not decided yet")
    if desk.credentials is None:
        raise Unavailable("this process has no vault")
    desk.credentials.forget(path)


def _ended(tx: Connection, found: Sequence[Ended], because: str) -> None:
    for each in found:
        errands.add(tx, "forget", each.vault_path, {"vault_path": each.vault_path})
        body = {"checkpoint": each.checkpoint, "service": each.service, "because": because}
        audit.append(tx, "credential ended", body)
