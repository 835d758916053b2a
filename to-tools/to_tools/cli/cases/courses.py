"""`countersign waive`, `project cancel`, `deploy`, `rollback`: a person changes what a project does next."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from checkpoints.core.shown.showing import one_line
from checkpoints.core.work.release import Environment
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing.terminal import talks_to_a_person, wrapped

courses = typer.Typer()

Because = Annotated[str, typer.Option("--because", metavar="WHY", help="Why; the story and the audit show it.")]
Project = Annotated[str, typer.Argument(metavar="PROJECT", help="The project's name in `project list`.")]


@courses.command()
def waive(
    ctx: typer.Context,
    id: Annotated[
        str, typer.Argument(metavar="ID", help="A checkpoint (read-later-digest/6) or a part of the plan (…/domain).")
    ],
    because: Because,
    otp: Otp = "",
) -> None:
    """Say that a part of a project's plan isn't needed. What waited for it goes on.

    An open question about it is withdrawn.

    \b
    Example: countersign waive read-later-digest/domain --because "The client has one."
    """
    from checkpoints.actions.courses import waiving

    visit: Visit = ctx.obj
    # A part of the plan that was never asked has no number.
    label = visit.label(id, "waive") if id.isdigit() else id
    with visit.trying("waive", label):
        done = with_factor(visit, otp, lambda: waiving.waive(visit.desk, visit.person, label, because))
    typer.echo(
        wrapped(one_line(f"Recorded: {done.title} ({done.label}) isn't needed. The project goes on without it."))
    )


def cancel(
    ctx: typer.Context,
    slug: Project,
    because: Because,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask again.")] = False,
    otp: Otp = "",
) -> None:
    """Cancel a project for good. What is open is withdrawn, what is served is taken down.

    \b
    Example: countersign project cancel read-later-digest --because "The client left."
    """
    from checkpoints.actions.courses import cancelling

    visit: Visit = ctx.obj
    if not yes and talks_to_a_person():
        typer.confirm(f"Cancel {one_line(slug)}, with all that it serves, for good?", abort=True)
    with visit.trying("cancel", slug):
        case = with_factor(visit, otp, lambda: cancelling.cancel(visit.desk, visit.person, slug, because))
    typer.echo(wrapped(one_line(f"Recorded: {case.title} is cancelled. {case.outcome}")))


@courses.command()
def deploy(ctx: typer.Context, environment: Environment, slug: Project) -> None:
    """Ask to deploy a project's release, built anew. It is tried out before the desk is asked.

    \b
    Example: countersign deploy staging read-later-digest
    """
    from checkpoints.actions.courses import deploying

    visit: Visit = ctx.obj
    with visit.trying("deploy", slug):
        begun = deploying.deploy(visit.desk, visit.person, slug, environment)
    _say(begun.case, f"The release for {environment}")


@courses.command()
def rollback(
    ctx: typer.Context,
    environment: Annotated[Literal["production"], typer.Argument(help="Only production has a way back.")],
    slug: Project,
) -> None:
    """Ask to put the earlier release back into production.

    \b
    Example: countersign rollback production read-later-digest
    """
    from checkpoints.actions.courses import deploying

    visit: Visit = ctx.obj
    with visit.trying("roll back", slug):
        begun = deploying.roll_back(visit.desk, visit.person, slug)
    _say(begun.case, f"The way back in {environment}")


def _say(slug: str, what: str) -> None:
    typer.echo(f"{what} is being made ready; then it is asked at the desk. See it with:")
    typer.echo(f"  countersign project show {slug}\n  countersign inbox")
