"""A credential ends: nobody may open it any more, what was granted for it is closed, and the vault forgets it.

Rule: what goes to the vault is promised to be forgotten first, so that no kill leaves a value behind.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.core.errors import Unavailable
from checkpoints.core.model import Json
from checkpoints.core.ports import Credentials
from checkpoints.store import audit, checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.secret import credentials, lives
from checkpoints.store.secret.credentials import Ended

WITH_ITS_CASE = "its case ended"
"""Why most end; where a person has the case go on, they are asked for anew."""
OURS = "cases/"
"""Where what was given lies; what lies elsewhere in the vault is never written or deleted by the desk."""


def promise(desk: Desk, vault_path: str, within: timedelta) -> None:
    """Unless a decision says by then that it is there to stay, it is forgotten."""
    with desk.transaction() as tx:
        until = checkpoints.now(tx) + within
        errands.add(tx, "forget", vault_path, {"vault_path": vault_path, "until": until.isoformat()})


def end_credentials(tx: Connection, case_id: UUID, because: str = WITH_ITS_CASE) -> None:
    """A case ended: nobody opens a credential of it any more, and the vault is told to forget them."""
    _ended(tx, credentials.end(tx, case_id, because), because)


def end_credential_of(tx: Connection, case_id: UUID, checkpoint_id: UUID, because: str, by: str = "") -> None:
    """The same of one approval: it became void, its time is over, or somebody (`by`) revoked what was given with it."""
    _ended(tx, credentials.end(tx, case_id, because, checkpoint_id), because, by)


def forget_version(tx: Connection, vault_path: str) -> None:
    """Promises that the vault forgets one value of a credential that lives on, and that its key ends where it was
    made."""
    errands.add(tx, "forget", vault_path, {"vault_path": vault_path})
    _end_key(tx, vault_path)


def close_grants(tx: Connection, id: UUID) -> None:
    """Promises that what was handed over of a credential so far opens nothing any more."""
    errands.add(tx, "close", str(id), {"credential": str(id)})


def vault_of(desk: Desk) -> Credentials:
    """Raises Unavailable where this process has none."""
    if desk.credentials is None:
        raise Unavailable("This process has no vault. Nothing was changed.")
    return desk.credentials


def forget(desk: Desk, errand: Errand) -> None:
    """Carries `forget`: closes what has ended, and forgets the value unless others need it.

    Raises Unavailable while it is being given, or the vault is away.
    """
    path, ended = errand.body["vault_path"], errand.body.get("credential")
    with desk.transaction() as tx:
        alive, now = credentials.lies_at(tx, path), checkpoints.now(tx)
    if ended is not None:
        vault_of(desk).close(UUID(ended))
    # What lies elsewhere lay there before, and belongs to somebody else.
    if alive or not path.startswith(OURS):
        return
    if alive is None and now < datetime.fromisoformat(errand.body["until"]):
        raise Unavailable("it is being given; whether it stays is not decided yet")
    vault_of(desk).forget(path)


def _end_key(tx: Connection, vault_path: str) -> None:
    """A key that was made at its service is good for nothing there any more."""
    key = lives.made_at(tx, vault_path)
    if key is not None:
        errands.add(tx, "unmake", f"{key.service}/{key.user}/{key.id}", key.document)


def _ended(tx: Connection, found: Sequence[Ended], because: str, by: str = "") -> None:
    for each in found:
        for path in lives.retire(tx, [each.id]):
            errands.add(tx, "forget", path, {"vault_path": path, "credential": str(each.id)})
            _end_key(tx, path)
        said: dict[str, Json] = {"checkpoint": each.checkpoint, "service": each.service, "because": because}
        audit.append(tx, "credential revoked" if by else "credential ended", said | ({"by": by} if by else {}))
