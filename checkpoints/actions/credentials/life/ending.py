"""The janitor: what is over ends though nobody is there, and what a kill left in the vault is removed.

Rule: only what this desk once had something to do with, and only what it saw left over twice, minutes apart.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from checkpoints.actions.credentials import forgetting
from checkpoints.store import checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.secret import lives

OVER = "its time was over"
YOUNGEST = timedelta(minutes=5)
"""Between two looks: what is being given or handed over is there for less."""
Leftovers = Mapping[UUID | str, datetime]
"""Grants by their credential, and paths, that nobody seems to need; and when that was first seen (the desk's clock)."""

log = logging.getLogger(__name__)


def end_next(desk: Desk) -> bool:
    """Ends one credential whose time is over; False when there is none."""
    with desk.transaction() as tx:
        life = lives.next_expired(tx)
        if life is None:
            return False
        forgetting.end_credential_of(tx, life.case_id, life.checkpoint_id, OVER)
    return True


def sweep(desk: Desk, seen: Leftovers) -> Leftovers:
    """Compares what the vault has of ours with what is alive, and removes what was left over at an earlier look too.

    `seen` is what the look before gave. Raises Unavailable while the vault is away.
    """
    vault = forgetting.vault_of(desk)
    granted, paths = vault.granted(), vault.paths()
    with desk.transaction() as tx:
        left: set[UUID | str] = {*lives.ended_of(tx, granted), *lives.left_of(tx, paths)}
        now = checkpoints.now(tx)
    fresh = {}
    for one in left:
        since = seen.get(one, now)
        if now - since < YOUNGEST:
            fresh[one] = since
        elif isinstance(one, UUID):
            log.warning("what was granted for the credential %s was left over, and is closed", one)
            vault.close(one)
        else:
            log.warning("%s was left over in the vault, and is forgotten", one)
            vault.forget(one)
    return fresh
