"""`countersign credential list | show`: what became of each, and what the vault's own record is. Never a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when
from to_tools.cli.credentials import with_vault
from to_tools.cli.looking import AsJson, Id
from to_tools.cli.visit import Visit
from to_tools.cli.writing import drawing, plain
from to_tools.cli.writing.terminal import alarming, bold, wrapped

if TYPE_CHECKING:
    from checkpoints.actions.credentials.recounting import Alongside
    from checkpoints.core.work.services.recorded import Recorded

records = typer.Typer()


@records.command("list")
def list_(
    ctx: typer.Context,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's name in `project list`.")],
    as_json: AsJson = False,
) -> None:
    """List a project's credentials, never a value. It says who gave them, and how often they were opened.

    \b
    Example: countersign credential list read-later-digest
    """
    from checkpoints.actions import reading
    from checkpoints.actions.credentials import recounting, redeeming
    from checkpoints.actions.credentials.life import looking

    visit: Visit = ctx.obj
    slug = reading.story(visit.read(), project).case.slug
    if as_json:
        plain.write([vars(each) for each in redeeming.of_case(visit.desk, slug)])
        return
    found = recounting.of_case(visit.desk, slug)
    lives = {told.life.label: told.says[1:] for told in looking.of_project(visit.desk, slug)}
    for each in found:
        typer.echo(
            wrapped(one_line(" ".join((f"{each.line}.", *lives.get(each.checkpoint, ())))), f"{each.checkpoint}  ")
        )
    if not found:
        typer.echo("No credential was given for this project.")
    else:
        typer.echo("What became of one: countersign credential show " + found[-1].checkpoint)


@records.command()
def show(ctx: typer.Context, id: Id, as_json: AsJson = False) -> None:
    """Show what became of a credential: who asked, gave and opened it, for what, from where. Never its value.

    \b
    Example: countersign credential show read-later-digest/3
    """
    from checkpoints.actions.credentials import recounting

    visit: Visit = ctx.obj
    label = visit.shown(id).point.label
    desk = with_vault(visit)
    found = recounting.one(desk, label)
    beside = recounting.alongside(desk)
    if as_json:
        plain.write(_as_json(found, beside))
        return
    typer.echo(bold(wrapped(one_line(f"{found.checkpoint}  {found.service}: {found.state}"))))
    typer.echo("What holds its users:")
    for line in drawing.draw_held(recounting.in_force(desk, found)):
        typer.echo(line)
    typer.echo(f"Its record ({found.reads} read{'s' if found.reads != 1 else ''}):")
    for at, words in found.story:
        typer.echo(wrapped(one_line(words), f"  {when(at)}  ", "    "))
    words = wrapped(beside.words)
    typer.echo(alarming(words) if beside.loud else words)


def _as_json(found: Recorded, beside: Alongside) -> dict[str, object]:
    told = vars(found) | {"restrictions": found.restrictions.document, "state": found.state, "reads": found.reads}
    told |= {"versions": [vars(each) for each in found.versions], "uses": [vars(each) for each in found.uses]}
    return told | {"vault_record": beside.words}
