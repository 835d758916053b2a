"""A build of the client's software and what real runs of it showed, as values. Digests are SHA-256, 64 hex digits."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from checkpoints.core.model import Attachment, Scalar

FALLS = "countersign-falls"
"""The header by which a place says how often what it serves died: between two falls, a probe sees nothing of them."""


class Environment(StrEnum):
    """Where a release is served."""

    STAGING = "staging"
    PRODUCTION = "production"


@dataclass(frozen=True)
class Release:
    """One build, kept whole under its digest. `secrets` names the services whose credentials it is handed at its start.

    `migrations` and `imports` are the SQL scripts of its schema and of the data it takes over: (name, digest).
    """

    digest: str
    files: int
    size: int
    secrets: tuple[str, ...] = ()
    migrations: tuple[tuple[str, str], ...] = ()
    imports: tuple[tuple[str, str], ...] = ()

    def as_parameters(self) -> dict[str, Scalar]:
        """What an approval of this release names."""
        return {"release": self.digest, "files": self.files, "size": self.size}


@dataclass(frozen=True)
class Deployed:
    """A release that answers its health check. `before` is the digest that was served until then, if any."""

    environment: Environment
    digest: str
    address: str
    before: str | None


@dataclass(frozen=True)
class Report:
    """What a tool found out. `says` is one line of figures; `content` is kept as evidence, named by `name`."""

    tool: str
    says: str
    good: bool
    name: str
    media_type: str
    content: bytes
    figures: Mapping[str, Scalar]


@dataclass(frozen=True)
class Evidence:
    """A report whose content is kept: `file` names it."""

    tool: str
    says: str
    good: bool
    figures: Mapping[str, Scalar]
    file: Attachment

    def figure(self, name: str) -> Decimal | None:
        """A figure as a number; None where the tool gave none: what wasn't measured isn't 0."""
        value = self.figures.get(name)
        if value is None or isinstance(value, bool):
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
