"""All that is ever done with a vault, one step each, so that trouble can be made at each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from checkpoints.core.work.services.handing import Grant
from checkpoints.credentials.vault import Vault

VALUES = {"api_key": "canary-of-a-value-7193"}
FIVE_MINUTES = timedelta(minutes=5)


@dataclass
class Steps:
    """`sound` is the same vault without the trouble: what a step needs is made there before."""

    vault: Vault
    sound: Vault
    at: str = field(default_factory=lambda: f"cases/sample/1/{uuid4()}")
    id: UUID = field(default_factory=uuid4)
    tokens: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Each with its name; what it needs is there when it is called."""
        self.sound.put(self.at, VALUES)
        grant = Grant(self.id, self.at)
        handed = self.sound.hand(grant)
        self.tokens.append(handed.token)
        yield "door", lambda: self.vault.door(f"{self.at}/door", FIVE_MINUTES)
        yield "put", lambda: self.vault.put(f"{self.at}/put", VALUES)
        yield "names", lambda: self.vault.names(self.at)
        yield "take", lambda: self.vault.take(handed)
        yield "hand", lambda: self.vault.hand(grant)
        yield "close", lambda: self.vault.close(self.id)
        yield "forget", lambda: self.vault.forget(self.at)
