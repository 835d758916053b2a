"""`countersign attention`: how much attention a person's own answers had; for a manager, what all come to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from to_tools.cli.looking import AsJson
from to_tools.cli.visit import Visit
from to_tools.cli.writing import plain
from to_tools.cli.writing.terminal import quiet, wrapped

if TYPE_CHECKING:
    from checkpoints.core.clock.attention import Attention

attending = typer.Typer()


@attending.command("attention")
def attention(
    ctx: typer.Context,
    everybody: Annotated[bool, typer.Option("--all", help="Of everybody together; for a manager.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how long you looked before you answered, against what there was to read. Nobody else sees it.

    \b
    Example: countersign attention
    """
    from checkpoints.actions.people import attending

    visit: Visit = ctx.obj
    if everybody:
        found, today = attending.totals(visit.desk, visit.person), None
    else:
        mirror = attending.mirror(visit.desk, visit.person)
        found, today = mirror.attention, mirror
    if as_json:
        load = {"today": today.today, "most_a_day": today.most} if today else {}
        plain.write({**_values(found), **load})
        return
    whose = "All answers" if everybody else "Your answers"
    typer.echo(f"{whose} of the last 30 days: {found.answers}")
    _draw(found)
    if today:
        limit = f"; after {today.most} others are told first" if today.most else ""
        typer.echo(f"In the last 24 hours: {today.today}{limit}")


def _draw(found: Attention) -> None:
    if found.took is None or found.reading is None:
        typer.echo(quiet(wrapped("Nothing was measured: what is answered without its card counts as unknown.")))
        return
    typer.echo(f"  measured, from the first look:  {found.measured}")
    typer.echo(f"  the middle one took:            {_length(found.took)}")
    typer.echo(f"  reading it takes at least:      {_length(found.reading)}")
    typer.echo(f"  in under three seconds:         {_share(found.quick, found.measured)}")
    typer.echo(f"  faster than it can be read:     {_share(found.skimmed, found.measured)}")


def _share(some: int, of: int) -> str:
    return f"{some} ({round(100 * some / of)} %)"


def _length(length: timedelta) -> str:
    seconds = length.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.0f} h"


def _values(found: Attention) -> dict[str, object]:
    seconds = {
        name: None if length is None else round(length.total_seconds(), 1)
        for name, length in (("took_seconds", found.took), ("reading_seconds", found.reading))
    }
    counts = {"answers": found.answers, "measured": found.measured, "quick": found.quick, "skimmed": found.skimmed}
    return {**counts, **seconds}
