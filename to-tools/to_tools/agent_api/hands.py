"""Who turns a ticket into what an agent opens its credential with: the sandbox process, for the API has no vault."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from checkpoints.core.work.services.handing import Handed


@dataclass(frozen=True)
class Vault:
    """Where an agent finds the vault: its address, where its values lie, as PEM who signed its certificate, and the
    namespace, where it isn't the root."""

    address: str
    mount: str
    ca: str = ""
    namespace: str = ""


class Window(Protocol):
    """The sandbox process, as `checkpoints.credentials.handing` speaks to it. Raises Refused, Unavailable."""

    def hand(self, case: str, ticket: UUID, came_from: str) -> Handed: ...

    def alarm(self, case: str, ticket: UUID, why: str) -> None: ...


@dataclass(frozen=True)
class Hands:
    """The window, and the vault that what comes through it opens."""

    window: Window
    vault: Vault

    def hand(self, case: str, ticket: UUID, came_from: str) -> Handed:
        return self.window.hand(case, ticket, came_from)

    def alarm(self, case: str, ticket: UUID, why: str) -> None:
        self.window.alarm(case, ticket, why)
