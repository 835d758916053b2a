"""`countersign inbox | show | history`: what waits, what became of it. Rule: nothing here changes anything."""

from typing import Annotated

import typer

from checkpoints.core.shown.showing import one_line
from to_tools.cli.visit import Visit
from to_tools.cli.writing import drawing, plain
from to_tools.cli.writing.terminal import bold, quiet, wrapped

looking = typer.Typer()

Id = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="Project and number; the number alone while one project runs.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, for scripts.")]


@looking.command()
def inbox(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List what waits for an answer, the most urgent first.

    \b
    Example: countersign inbox
    """
    from checkpoints.actions import reading

    visit: Visit = ctx.obj
    found = reading.inbox(visit.read())
    if as_json:
        plain.write({"total": found.total, "waiting": [plain.waiting(point) for point in found.points]})
    elif not found.points:
        typer.echo("Nothing waits for an answer.")
    else:
        for point in found.points:
            typer.echo(f"{drawing.draw_waiting(point)}\n")
        more = found.total > len(found.points)
        shown = f" Shown are the {len(found.points)} most urgent." if more else ""
        typer.echo(quiet(f"{found.total} in all.{shown} Look at one: countersign show {found.points[0].label}"))


@looking.command()
def show(ctx: typer.Context, id: Id, as_json: AsJson = False) -> None:
    """Show a checkpoint: what is asked, and how to answer.

    \b
    Example: countersign show read-later-digest/3
    """
    visit: Visit = ctx.obj
    shown = visit.shown(id)
    if as_json:
        plain.write(plain.checkpoint(shown))
        return
    typer.echo(drawing.draw_card(shown.card))
    if shown.response:
        typer.echo(f"\n{drawing.draw_response(shown.response)}")


@looking.command()
def history(ctx: typer.Context, id: Id, as_json: AsJson = False) -> None:
    """Show what happened to a checkpoint, with its audit lines.

    \b
    Example: countersign history read-later-digest/3
    """
    from checkpoints.actions import reading

    visit: Visit = ctx.obj
    found = reading.history(visit.read(), visit.label(id))
    if as_json:
        plain.write(plain.history(found))
        return
    typer.echo(bold(wrapped(one_line(found.shown.card.title), "", "  ")))
    for number, request in found.revisions:
        typer.echo(wrapped(one_line("; ".join(request.changed) or request.action), f"Revision {number}: "))
    typer.echo("")
    for line in found.lines:
        typer.echo(drawing.draw_line(line))
    typer.echo(f"\n{wrapped(one_line(found.shown.card.stands))}")
