"""Keys that a service's API makes: for whom, what is kept of them, and what is dropped there once they end.

Rule: the id of a key is no secret and is kept with its version; the key itself lies in the vault alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checkpoints.core.model import Json


@dataclass(frozen=True)
class Made:
    """A key that was just made."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Key:
    """One at its service, by which it is dropped there."""

    service: str
    user: str
    id: str

    @property
    def document(self) -> dict[str, Json]:
        """To be kept with the version that it is."""
        return {"service": self.service, "user": self.user, "id": self.id}


@dataclass(frozen=True)
class Making:
    """Which field says for whom one is made, and which fields it fills."""

    user: str
    id: str
    secret: str

    @property
    def fills(self) -> tuple[str, str]:
        return self.id, self.secret

    def values(self, made: Made) -> dict[str, str]:
        """What goes into the vault."""
        return {self.id: made.id, self.secret: made.secret}


MAKING = {"aws": Making("iam_user", "access_key_id", "secret_access_key")}
"""By service: those whose keys the desk may make itself, once it has a login there."""


def key_of(service: str, plain: Mapping[str, str], values: Mapping[str, str]) -> Key | None:
    """Which one it is, of what was approved and what goes into the vault; None where nobody makes such."""
    how = MAKING.get(service)
    if how is None or how.user not in plain or how.id not in values:
        return None
    return Key(service, plain[how.user], values[how.id])
