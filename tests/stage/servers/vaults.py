"""What tests do with any vault."""

from uuid import uuid4

from checkpoints.core.ports import Credentials
from checkpoints.core.work.services.handing import Grant


def taken(vault: Credentials, path: str) -> dict[str, str]:
    """What lies there, as its user gets it: handed over, and opened. Raises what these raise."""
    return dict(vault.take(vault.hand(Grant(uuid4(), path))))
