"""`countersign people erase`: the personal data of somebody who was removed, taken out for good."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.errors import Refused
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing.terminal import talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.actions.people.erasing import Erased
    from checkpoints.store.desk import Desk

erasing = typer.Typer()


@erasing.command()
def erase(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of somebody who was removed.")],
    because: Annotated[str, typer.Option(help="Why, naming nobody; the audit shows it for good.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask again.")] = False,
    otp: Otp = "",
) -> None:
    """Erase the personal data of somebody who was removed. It can't be undone.

    A pseudonym takes the place of their name and addresses, in the rows and in the audit, which still verifies. What
    they decided stays decided. On the desk's own machine, for whoever may read its owner's key.

    \b
    Example: countersign people erase "Grace Hopper" --because "asked for it, Art. 17 GDPR"
    """
    from checkpoints.actions.people import erasing as verb

    visit: Visit = ctx.obj
    # Without the name: a refusal is written into the audit.
    with visit.trying("erase personal data", ""):
        visit.read()
        owner = _owner(visit)
        would = with_factor(visit, otp, lambda: verb.look(owner, visit.person, name, because))
        typer.echo(wrapped(_words(would)))
        if not yes:
            _ask(would)
        done = with_factor(visit, "", lambda: verb.erase(owner, visit.person, name, because))
    typer.echo(f"Erased: {done.pseudonym}, in {done.rows} rows and {done.lines} lines of the audit.")
    typer.echo("Backups, exports, logs and mails from before still name them: runbooks/tasks/audit.md.")


def _owner(visit: Visit) -> Desk:
    """The desk as its owner's login. Raises Refused where that one's key can't be read."""
    from checkpoints import wiring

    key = visit.settings.passfile("owner")
    if not os.access(key, os.R_OK):
        raise Refused(
            f"Erasing takes the database owner's key, and {key} can't be read here. The desk itself can't change the "
            "audit. Do it on the desk's machine, as whoever starts the desk. Nothing was erased."
        )
    return wiring.desk("owner", visit.settings)


def _words(would: Erased) -> str:
    stays = f" {would.stays} questions' texts that name them stay: digests bind them." if would.stays else ""
    return (
        f"{would.rows} rows and {would.lines} lines of the audit will name {would.pseudonym} instead, or nobody."
        f"{stays} This can't be undone."
    )


def _ask(would: Erased) -> None:
    if not talks_to_a_person():
        raise Refused("Nobody can be asked here, so nothing was erased. To erase, add: --yes")
    typed = typer.prompt(f"To erase, type the number of lines ({would.lines})", default="", show_default=False)
    if typed.strip() != str(would.lines):
        typer.echo("Nothing was erased.")
        raise typer.Exit(1)
