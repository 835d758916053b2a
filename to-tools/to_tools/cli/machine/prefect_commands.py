"""`countersign prefect rebuild`: a Prefect database that was lost is filled again from our store."""

from typing import Annotated

import typer

from to_tools.cli.visit import Visit

prefect_commands = typer.Typer(no_args_is_help=True)


@prefect_commands.callback()
def about() -> None:
    """Prefect remembers where a run stopped; what was decided is in our store."""


@prefect_commands.command()
def rebuild(
    ctx: typer.Context,
    project: Annotated[str | None, typer.Argument(help="Only its runs; all when left out.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Make Prefect's deployments and all flow runs anew. Each case is where it was.

    For a Prefect database that was lost or restored from long ago, and for a run that died so often that it was given
    up. Nothing is decided, and nothing done twice.

    \b
    Example: countersign prefect rebuild
    """
    import httpx

    from checkpoints.actions import reading
    from checkpoints.actions.courses import mending
    from checkpoints.core.errors import Unavailable
    from flows.deployments import register

    visit: Visit = ctx.obj
    desk = visit.read()
    whose = f"of {reading.story(desk, project).case.slug}" if project else "of all projects"
    if not yes:
        typer.confirm(f"Make the runs {whose} anew in the Prefect at {visit.settings.prefect_api_url}?", abort=True)
    try:
        register(visit.settings)
    except httpx.HTTPError as wrong:
        told = f"Prefect does not take it ({type(wrong).__name__}). Nothing was changed. Is it up? countersign doctor"
        raise Unavailable(told) from wrong
    made = mending.rebuild(desk, project)
    typer.echo(f"{made} {'run is' if made == 1 else 'runs are'} made anew; each goes on where its case stands.")
