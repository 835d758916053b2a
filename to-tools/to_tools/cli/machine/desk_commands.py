"""`countersign up | down | restart | reset`: the desk on this machine, as a Typer app that the shell's own mounts.

Rule: thin; what starts and stops things is in `to_tools.up`, imported only when it is asked for.
"""

from __future__ import annotations

from typing import Annotated

import typer

from checkpoints.settings import Settings

desk_commands = typer.Typer()


@desk_commands.command()
def up(
    detach: Annotated[bool, typer.Option(help="Go on in the background once it is ready.")] = False,
) -> None:
    """Start the desk on this machine. Ctrl-C stops it.

    That is database, Prefect, engine, porter and page.
    """
    from to_tools.up import detaching, starting

    settings = Settings()
    if detach:
        raise typer.Exit(detaching.detach(settings))
    try:
        starting.up(settings)
    except starting.WONT_START as error:
        _fail(error)


@desk_commands.command()
def down() -> None:
    """Stop the desk of this folder. What it knows stays."""
    from to_tools.up import stopping

    typer.echo("Stopped." if stopping.down(Settings()) else "No desk was running here.")


@desk_commands.command()
def restart(part: Annotated[str, typer.Argument(metavar="PART", help="As `countersign doctor` names it.")]) -> None:
    """End one part of the desk: it is started again at once. Also one that hangs; the others go on.

    \b
    Example: countersign restart porter
    """
    from to_tools.up import stopping

    try:
        typer.echo(f"{part} runs again, as process {stopping.restart(Settings(), part)}.")
    except stopping.NoSuchPart as error:
        _fail(error)


@desk_commands.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Stop the desk and remove its folder. Every case, decision and audit line in it is gone."""
    from to_tools.up import stopping

    settings = Settings()
    if not settings.home.exists():
        typer.echo(f"There is nothing at {settings.home}.")
        return
    if not yes:
        typer.confirm(f"Remove {settings.home} with every decision and audit line in it, for good?", abort=True)
    try:
        stopping.reset(settings)
    except stopping.NotOurs as error:
        _fail(error)
    typer.echo(f"{settings.home} is gone. `make up` starts afresh.")


def _fail(error: Exception) -> None:
    typer.echo(str(error), err=True)
    raise typer.Exit(1)
