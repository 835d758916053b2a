"""The list of credentials, on a project's page and on a checkpoint's: what the templates are handed."""

from collections.abc import Sequence
from dataclasses import dataclass

from checkpoints.actions.credentials import recounting
from checkpoints.actions.credentials.recounting import Alongside
from checkpoints.core.work.services.held import Held
from checkpoints.core.work.services.recorded import Recorded
from checkpoints.store.desk import Desk


@dataclass(frozen=True)
class Drawn:
    """A credential, and what holds its users now."""

    of: Recorded
    held: Held


@dataclass(frozen=True)
class Listing:
    """What `credentials/list.html` draws; `alongside` only where there is something to list."""

    drawn: tuple[Drawn, ...] = ()
    alongside: Alongside | None = None


def listing(desk: Desk, found: Sequence[Recorded]) -> Listing:
    """The vault is asked for its own record only where there is something to list."""
    if not found:
        return Listing()
    return Listing(tuple(Drawn(each, recounting.in_force(desk, each)) for each in found), recounting.alongside(desk))
