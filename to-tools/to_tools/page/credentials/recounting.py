"""The list of credentials, on a project's page and on a checkpoint's: what the templates are handed."""

from collections.abc import Sequence
from dataclasses import dataclass

from checkpoints.actions.credentials import recounting
from checkpoints.core.work.services.held import Held
from checkpoints.core.work.services.recorded import Recorded
from checkpoints.store.desk import Desk


@dataclass(frozen=True)
class Drawn:
    """A credential, and what holds its users now."""

    of: Recorded
    held: Held


def credentials_of(desk: Desk, found: Sequence[Recorded]) -> dict[str, object]:
    """For `credentials/list.html`. The vault is asked for its own record only where there is something to list."""
    if not found:
        return {"credentials": ()}
    drawn = [Drawn(each, recounting.in_force(desk, each)) for each in found]
    return {"credentials": drawn, "alongside": recounting.alongside(desk)}
