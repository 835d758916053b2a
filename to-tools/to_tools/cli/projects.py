"""`countersign project start | list | show`: a brief becomes a case, and a case's story."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from checkpoints.core.errors import Unread
from checkpoints.core.shown.showing import one_line
from to_tools.cli.cases.courses import cancel
from to_tools.cli.looking import AsJson
from to_tools.cli.visit import Visit
from to_tools.cli.writing import drawing, plain
from to_tools.cli.writing.terminal import bold, quiet, wrapped

projects = typer.Typer(no_args_is_help=True)
projects.command()(cancel)


@projects.command()
def start(
    ctx: typer.Context,
    brief: Annotated[str, typer.Argument(metavar="BRIEF.toml", help="The brief's file, or - for the input.")],
) -> None:
    """Start a project from a brief. It stops at its first checkpoint and waits.

    \b
    Example: countersign project start read-later-digest.toml
    """
    from checkpoints.toml import LARGEST
    from flows.delivery.brief import read

    visit: Visit = ctx.obj
    with visit.trying("start a project", "a brief", quickly=True):
        # One byte more than may be read shows that there is too much, however much there is.
        document = _document(brief, LARGEST + 1)
    with visit.trying("start a project", f"a brief of {len(document):,} bytes", quickly=True):
        new = read(document)
    from checkpoints.actions.courses import opening

    with visit.trying("start a project", new.slug):
        case = opening.open_case(visit.desk, visit.person, new)
    typer.echo(bold(wrapped(one_line(f"Started: {case.title} ({case.slug}), for {case.client}"))))
    typer.echo("It runs by itself until it needs a person. See what it waits for with:")
    typer.echo(f"  countersign project show {case.slug}\n  countersign inbox")


@projects.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List all projects, the newest first.

    \b
    Example: countersign project list
    """
    from checkpoints.actions import reading

    visit: Visit = ctx.obj
    found = reading.projects(visit.read())
    if as_json:
        plain.write([plain.case(case) for case in found])
    elif not found:
        typer.echo("There is no project yet. Start one with: countersign project start BRIEF.toml")
    else:
        for case in found:
            typer.echo(wrapped(one_line(f"{case.title}, for {case.client}: {case.state}"), f"{case.slug}  "))


@projects.command()
def show(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's name in `project list`.")],
    as_json: AsJson = False,
) -> None:
    """Tell a project's story: phases, checkpoints, and what waits.

    \b
    Example: countersign project show read-later-digest
    """
    from checkpoints.actions import reading
    from checkpoints.actions.credentials.life import looking

    visit: Visit = ctx.obj
    story = reading.story(visit.read(), slug)
    if as_json:
        points = [plain.checkpoint(shown) for shown in story.cards]
        plan, wished = ([plain.planned(entry) for entry in part] for part in (story.plan, story.wished))
        told = {"line": story.line, "served": story.served, "plan": plan, "wished": wished, "checkpoints": points}
        plain.write({**plain.case(story.case), **told})
        return
    typer.echo(bold(wrapped(one_line(f"{story.case.title}, for {story.case.client}"))))
    typer.echo(wrapped(one_line(story.line)))
    for served in story.served:
        typer.echo(wrapped(one_line(served)))
    typer.echo(f"\n{drawing.draw_phases(story.phases)}")
    if story.plan:
        typer.echo(f"\n{bold('The plan')}\n{drawing.draw_plan(story.plan)}")
    if story.wished:
        typer.echo(f"\n{bold('Wished for besides')}\n{drawing.draw_plan(story.wished)}")
    for status in story.daily:
        typer.echo(wrapped(one_line(status), "\n"))
    for given in looking.of_project(visit.desk, story.case.slug):
        typer.echo(wrapped(one_line(" ".join(given.says)), "\nCredential: "))
    for shown in story.cards:
        typer.echo(f"\n{bold(wrapped(one_line(shown.point.request.action), f'{shown.point.label}  '))}")
        typer.echo(wrapped(one_line(f"{shown.card.stands} {shown.card.next}"), "  "))
    typer.echo(quiet(f"\nOn the page: {visit.settings.page_url}/projects/{story.case.slug}"))


def _document(brief: str, most: int) -> bytes:
    """At most so many bytes of it. Raises Unread when there is no such file."""
    if brief == "-":
        return sys.stdin.buffer.read(most)
    try:
        with Path(brief).open("rb") as file:
            return file.read(most)
    except (OSError, ValueError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else "no path"
        said = f"The brief {one_line(brief)[:200]} can't be read: {reason}. Nothing was stored."
        raise Unread(said, f"the file can't be read: {reason}") from None
