"""After how long another value of a credential is due, and when it is said that it is late."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

OURS = frozenset({"given", "made"})
"""Where a value comes from that is ours to rotate: what others keep, and what the vault leases, is not."""


@dataclass(frozen=True)
class Rotation:
    """By service, else by kind, else the default; no time is never. `grace`: so long after that it is overdue."""

    default: timedelta = timedelta(days=90)
    grace: timedelta = timedelta(days=14)
    side_by_side: timedelta = timedelta(days=7)
    kinds: Mapping[str, timedelta] = field(default_factory=dict)
    services: Mapping[str, timedelta] = field(default_factory=dict)

    def after(self, kind: str, service: str, origin: str) -> timedelta | None:
        """How long a value is good; None: it is never due by itself."""
        wait = self.services.get(service, self.kinds.get(kind, self.default))
        return wait if wait and origin in OURS else None
