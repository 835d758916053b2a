"""An agent from outside is handed what it may open: a token that is good for one opening, never a value."""

from uuid import UUID

from checkpoints.actions.credentials import redeeming
from checkpoints.core.errors import Refused
from checkpoints.core.work.services.handing import Handed
from checkpoints.store.desk import Desk

PURPOSE = "agent"
EMBEDDED = (
    "This desk's vault is a file on its own machine, so nothing is handed to agents on others. Nothing was opened. A "
    "vault that can: `make up VAULT=1` starts one here, `countersign vault set-up` connects yours."
)


def hand(desk: Desk, ticket: UUID, case_slug: str, came_from: str) -> Handed:
    """What its user opens by itself, once, within a minute. Raises Refused, Unavailable (nothing was handed over)."""
    vault = redeeming.vault_of(desk)
    if not vault.restricts:
        raise Refused(EMBEDDED)
    opened = redeeming.redeem(desk, ticket, case_slug, PURPOSE, came_from)
    with redeeming.given_back(desk, ticket):
        if opened.assumes:
            return vault.wrap(opened.grant.path, redeeming.assumed(desk, opened))
        return vault.hand(opened.grant)
