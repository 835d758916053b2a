"""The versions of the cost matrix that people adopted: added, read, never changed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.errors import Refused
from checkpoints.core.policy import Matrix
from checkpoints.rules.catalogue import matrix_of

COLUMNS = "select document, version, adopted_by, desk.label(checkpoint_id) as label, at from desk.rule_version"
LAST = text(f"{COLUMNS} order by number desc limit 1")
EVERY = text(f"{COLUMNS} order by number")
ADD = text("""
    insert into desk.rule_version (document, version, adopted_by, checkpoint_id, at)
    values (:document, :version, :adopted_by, :checkpoint_id, desk.desk_now())""")
NOT_ACTED_ON = text("""
    select d.checkpoint_id from desk.decision d join desk.permit t using (checkpoint_id)
    where d.by_rule and d.rule_version = :version and t.state in ('unused', 'failed') order by d.checkpoint_id""")


@dataclass(frozen=True)
class Version:
    """One that was adopted: its text, the beginning of its SHA-256, by whom, at which checkpoint, from when on."""

    document: str
    version: str
    adopted_by: str
    label: str
    at: datetime

    @property
    def matrix(self) -> Matrix:
        """Raises Refused when it can't be read, or isn't the text that was adopted."""
        if version_of(self.document) != self.version:
            raise Refused(f"The rule {self.version} is not the text that was adopted at {self.label}.")
        return _read(self.document, self.version, f"{self.adopted_by} ({self.label})")


def version_of(document: str) -> str:
    """The version of a text: what decisions name."""
    return hashlib.sha256(document.encode()).hexdigest()[:12]


def last(tx: Connection) -> Version | None:
    """The one in force; None while nobody adopted one."""
    row = tx.execute(LAST).one_or_none()
    return Version(*row) if row else None


def every(tx: Connection) -> list[Version]:
    """The oldest first."""
    return [Version(*row) for row in tx.execute(EVERY)]


def add(tx: Connection, document: str, adopted_by: str, checkpoint_id: UUID) -> str:
    """It is in force from now on; its version. A second one of a checkpoint breaks the unique index."""
    values = {"document": document, "version": version_of(document), "adopted_by": adopted_by}
    tx.execute(ADD, values | {"checkpoint_id": checkpoint_id})
    return version_of(document)


def not_acted_on(tx: Connection, version: str) -> list[UUID]:
    """What passed by this version, and was not begun."""
    return list(tx.execute(NOT_ACTED_ON, {"version": version}).scalars())


@lru_cache(maxsize=8)
def _read(document: str, version: str, adopted_by: str) -> Matrix:
    return matrix_of(document.encode(), f"the rule {version}", adopted_by)
