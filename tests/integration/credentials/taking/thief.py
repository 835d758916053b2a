"""A vault whose wrapped token somebody opens before its user can, for as long as they are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from checkpoints.core.work.services.handing import Grant, Handed
from checkpoints.credentials.embedded import Embedded


@dataclass(frozen=True)
class Watched(Embedded):
    """As the vault it stands for. What the thief read is in `loot`."""

    about: list[str] = field(default_factory=list)
    loot: list[dict[str, str]] = field(default_factory=list)

    def hand(self, grant: Grant) -> Handed:
        handed = super().hand(grant)
        if self.about:
            self.loot.append(dict(super().take(handed)))
        return handed

    @contextmanager
    def robbed(self) -> Iterator[None]:
        self.about.append("the thief")
        yield
        self.about.clear()
