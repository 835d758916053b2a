"""`countersign inbox | show | history`: what waits, what became of it.

Rule: nothing here changes anything; that a card was shown to somebody is noted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.shown.showing import one_line
from to_tools.cli.visit import Visit
from to_tools.cli.writing import drawing, plain
from to_tools.cli.writing.terminal import bold, quiet, wrapped

if TYPE_CHECKING:
    from checkpoints.actions.reading import Inbox

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
        floods = [{"bundle": f"flood:{flood.case}", **vars(flood)} for flood in found.floods]
        waiting = [plain.waiting(point) for point in found.points]
        plain.write({"total": found.total, "waiting": waiting, "floods": floods})
    elif not found.total:
        typer.echo("Nothing waits for an answer.")
    else:
        for flood in found.floods:
            typer.echo(f"{drawing.draw_flood(flood)}\n")
        for point in found.points:
            typer.echo(f"{drawing.draw_waiting(point)}\n")
        typer.echo(quiet(_and_now(found)))


def _and_now(found: Inbox) -> str:
    """How many there are, and what to type next."""
    more = found.total - sum(flood.questions for flood in found.floods) > len(found.points)
    shown = f" Shown are the {len(found.points)} most urgent." if more else ""
    if not found.points:
        return f"{found.total} in all. Look at them: countersign bundle show flood:{found.floods[0].case}"
    return f"{found.total} in all.{shown} Look at one: countersign show {found.points[0].label}"


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
    visit.was_shown(shown)
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
