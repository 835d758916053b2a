"""`countersign people hours | load | backup | away | back`: when people work, how much, who is away."""

from datetime import date
from typing import Annotated

import typer

from checkpoints.core.clock import hours as written
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.shown.story import when
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor

times = typer.Typer()
Name = Annotated[str, typer.Argument(metavar="NAME", help="As `people list` shows them.")]


@times.command()
def hours(
    ctx: typer.Context,
    name: Name,
    zone: Annotated[str, typer.Option(metavar="ZONE", help="Their time zone.")] = "",
    country: Annotated[str, typer.Option(metavar="CODE", help="Whose holidays: ISO 3166, with region.")] = "",
    starts: Annotated[str, typer.Option("--from", metavar="HH:MM", help="When their day begins.")] = "09:00",
    ends: Annotated[str, typer.Option("--to", metavar="HH:MM", help="When it ends.")] = "17:00",
    none: Annotated[bool, typer.Option("--none", help="None of their own: as the settings say.")] = False,
    otp: Otp = "",
) -> None:
    """Say when a person works. Deadlines of what they are asked are counted in it.

    \b
    Examples: countersign people hours "Grace Hopper" --zone Europe/Berlin --country DE-BY
              countersign people hours "Grace Hopper" --zone Asia/Tokyo --country JP --from 10:00 --to 19:00
              countersign people hours "Grace Hopper" --none
    """
    from checkpoints.actions.people import scheduling

    visit: Visit = ctx.obj
    if bool(zone and country) == none or (none and (zone or country)):
        raise Refused("Say --zone and --country, or --none. Nothing was changed.")
    works = None if none else written.hours(zone, country, starts, ends)
    known = with_factor(visit, otp, lambda: scheduling.set_hours(visit.desk, visit.person, name, works))
    typer.echo(f"{known} works {works}." if works else f"{known} works as the settings say.")
    typer.echo("What is open keeps its deadline.")


@times.command()
def load(
    ctx: typer.Context,
    name: Name,
    most: Annotated[int, typer.Option("--most", metavar="NUMBER", help="Answers within 24 hours.")] = 0,
    none: Annotated[bool, typer.Option("--none", help="No limit.")] = False,
    otp: Otp = "",
) -> None:
    """Say how much a person answers in a day. Beyond it others are told first, where there are any.

    \b
    Examples: countersign people load "Grace Hopper" --most 40
              countersign people load "Grace Hopper" --none
    """
    from checkpoints.actions.people import scheduling

    visit: Visit = ctx.obj
    if bool(most) == none:
        raise Refused("Say --most NUMBER, or --none. Nothing was changed.")
    known = with_factor(visit, otp, lambda: scheduling.set_most(visit.desk, visit.person, name, most or None))
    typer.echo(f"{known}: after {most} answers in 24 hours others are told first." if most else f"{known}: no limit.")


@times.command()
def backup(
    ctx: typer.Context,
    name: Name,
    none: Annotated[bool, typer.Option("--none", help="Told at once again, like everybody else.")] = False,
    otp: Otp = "",
) -> None:
    """Make a person the backup: told only once the others let a deadline pass.

    \b
    Examples: countersign people backup "Grace Hopper"
              countersign people backup "Grace Hopper" --none
    """
    from checkpoints.actions.people import scheduling

    visit: Visit = ctx.obj
    known = with_factor(visit, otp, lambda: scheduling.set_backup(visit.desk, visit.person, name, not none))
    typer.echo(f"{known} is told at once again." if none else f"{known} is told when a deadline has passed.")


@times.command()
def away(
    ctx: typer.Context,
    name: Name,
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day that they are away.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first.")],
    to_whom: Annotated[str, typer.Option("--to-whom", metavar="NAME", help="Who is told instead.")] = "",
    otp: Otp = "",
) -> None:
    """Say that a person is away. Others are told in their place; nobody gets a role by it.

    \b
    Examples: countersign people away "Grace Hopper" --from 2026-12-24 --to 2027-01-02
              countersign people away "Grace Hopper" --from 2026-12-24 --to 2027-01-02 --to-whom Operator
    """
    from checkpoints.actions.people import leaving

    visit: Visit = ctx.obj
    days = _day(first), _day(last)
    said = with_factor(visit, otp, lambda: leaving.leave(visit.desk, visit.person, name, *days, to_whom))
    instead = said.stand_in or "whoever else may answer"
    typer.echo(f"{said.name} is away from {when(said.starts)} until {when(said.ends)}; told instead: {instead}.")


@times.command()
def back(ctx: typer.Context, name: Name, otp: Otp = "") -> None:
    """End a person's absence, or take back one that is to come.

    \b
    Example: countersign people back "Grace Hopper"
    """
    from checkpoints.actions.people import leaving

    visit: Visit = ctx.obj
    known = with_factor(visit, otp, lambda: leaving.come_back(visit.desk, visit.person, name))
    typer.echo(f"{known} is here, and told as before.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"“{clean(text)}” is no date. Right would be 2026-12-24. Nothing was changed.") from None
