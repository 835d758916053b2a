"""The record of credentials, for people: each with every opening; and whether the vault keeps a record of its own."""

from dataclasses import dataclass

from checkpoints.actions import finding
from checkpoints.core.errors import Countersign, Refused
from checkpoints.core.view import named
from checkpoints.core.work.services.held import Held, held
from checkpoints.core.work.services.recorded import Recorded
from checkpoints.store.desk import Desk
from checkpoints.store.secret.opened import record

NO_DEVICE = (
    "NO AUDIT DEVICE IS ON AT THE VAULT: nobody but this desk writes down who reads there. Turn one on, in the vault's "
    "own configuration; `countersign vault check` says when it is."
)
A_FILE = "The vault is a file on this machine and keeps no record of its own: this one is all there is."


@dataclass(frozen=True)
class Alongside:
    """What the vault's own record is, in a sentence; `loud` where it has none that it should have."""

    words: str
    loud: bool = False


def of_case(desk: Desk, slug: str) -> tuple[Recorded, ...]:
    """A case's credentials, the first first."""
    with desk.transaction() as tx:
        return record.of_case(tx, slug)


def of_checkpoint(desk: Desk, label: str) -> Recorded | None:
    """What the checkpoint `case/number` was answered with; None when nothing was given. Raises Refused for no label."""
    slug, number = named(label)
    with desk.transaction() as tx:
        return record.of_checkpoint(tx, slug, number)


def one(desk: Desk, label: str) -> Recorded:
    """As `of_checkpoint`. Raises Refused for one that gave no credential."""
    found = of_checkpoint(desk, label)
    if found is None:
        with desk.transaction() as tx:
            known = finding.labelled(tx, label).label
        raise Refused(f"No credential was given with {known}. List a project's: countersign credential list PROJECT")
    return found


def in_force(desk: Desk, of: Recorded) -> Held:
    """What holds its users now: what was approved, and narrowed since."""
    return held(of.restrictions, of.versions[-1].vault_path, desk.vault_mount)


def alongside(desk: Desk) -> Alongside:
    """Whether the vault itself writes down who reads, with a keyed hash in the place of each value."""
    if desk.credentials is None or not desk.vault_mount:
        return Alongside(A_FILE if not desk.vault_mount else "This process has no vault to ask for its own record.")
    try:
        devices = desk.credentials.audited()
    except Countersign as why:
        return Alongside(f"Whether the vault keeps a record of its own is not known. {why}", loud=True)
    if not devices:
        return Alongside(NO_DEVICE, loud=True)
    return Alongside(
        f"The vault writes down each read as well, to {', '.join(devices)}: its count and this must agree."
    )
