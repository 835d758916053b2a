"""The list of credentials, on a project's page and on a checkpoint's: what the templates are handed."""

from collections.abc import Sequence
from dataclasses import dataclass

from checkpoints.actions.credentials import recounting
from checkpoints.actions.credentials.life import looking
from checkpoints.actions.credentials.recounting import Alongside
from checkpoints.core.work.services.held import Held
from checkpoints.core.work.services.recorded import Recorded
from checkpoints.store.desk import Desk


@dataclass(frozen=True)
class Drawn:
    """A credential, what holds its users now, and what else is to be said of how it lives."""

    of: Recorded
    held: Held
    lives: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """What `credentials/list.html` draws; `alongside` only where there is something to list."""

    drawn: tuple[Drawn, ...] = ()
    alongside: Alongside | None = None


def listing(desk: Desk, found: Sequence[Recorded]) -> Listing:
    """The vault is asked for its own record only where there is something to list."""
    if not found:
        return Listing()
    case = found[0].checkpoint.partition("/")[0]
    lives = {told.life.label: told.says[1:] for told in looking.of_project(desk, case)}
    drawn = [Drawn(each, recounting.in_force(desk, each), lives.get(each.checkpoint, ())) for each in found]
    return Listing(tuple(drawn), recounting.alongside(desk))
