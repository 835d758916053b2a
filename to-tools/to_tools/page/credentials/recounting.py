"""The list of credentials, on a project's page and on a checkpoint's: what the templates are handed."""

from collections.abc import Sequence
from dataclasses import dataclass

from checkpoints.actions.credentials import recounting
from checkpoints.actions.credentials.life import looking
from checkpoints.core.work.services.held import Held
from checkpoints.core.work.services.recorded import Recorded
from checkpoints.store.desk import Desk


@dataclass(frozen=True)
class Drawn:
    """A credential, what holds its users now, and what else is to be said of how it lives."""

    of: Recorded
    held: Held
    lives: tuple[str, ...]


def credentials_of(desk: Desk, found: Sequence[Recorded]) -> dict[str, object]:
    """For `credentials/list.html`. The vault is asked for its own record only where there is something to list."""
    if not found:
        return {"credentials": ()}
    case = found[0].checkpoint.partition("/")[0]
    lives = {told.life.label: told.says[1:] for told in looking.of_project(desk, case)}
    drawn = [Drawn(each, recounting.in_force(desk, each), lives.get(each.checkpoint, ())) for each in found]
    return {"credentials": drawn, "alongside": recounting.alongside(desk)}
