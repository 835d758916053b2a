"""`countersign agents open | close | token | list | end`: agents from outside, and what they may ask.

Rule: a token is printed once, to whoever made it after their second factor, and kept nowhere but as a hash.
"""

from __future__ import annotations

from typing import Annotated

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing.terminal import wrapped

agent_commands = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The agent's: small letters, digits and hyphens.")]
PORT = 8740
ANEW = "Now start the desk anew, so that it holds:\n  countersign down && countersign up --detach"
WORKS_FOR = (
    "{name} works for you: what it asks, others answer (a desk's single operator, with their second factor). It can "
    "ask for credentials in {projects}, follow what it asked and take it, and nothing else, until {until}."
)


@agent_commands.command("open")
def open_(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="On this machine; a free one where it is taken.")] = PORT,
) -> None:
    """Let agents from outside ask at this desk: an address of its own, by tokens that people make.

    \b
    Example: countersign agents open
    """
    from to_tools.up import ports
    from to_tools.up.remembering import remember

    visit: Visit = ctx.obj
    known = visit.settings.agents_port
    if not known:
        known = port if ports.is_free(port) else ports.free_port()
        _home(visit)
        remember(visit.settings, "agents_port", known)
    typer.echo(f"Agents ask at http://127.0.0.1:{known}, by a token: countersign agents token NAME --project PROJECT")
    typer.echo(ANEW)


@agent_commands.command()
def close(ctx: typer.Context) -> None:
    """Close the desk to agents from outside. Their tokens stay good for when it is opened again; `end` ends them.

    \b
    Example: countersign agents close
    """
    from to_tools.up.remembering import remember

    visit: Visit = ctx.obj
    if not visit.settings.agents_port:
        raise Refused("The desk is closed to agents from outside. Nothing was changed.")
    remember(visit.settings, "agents_port", None)
    typer.echo("Closed to agents from outside.")
    typer.echo(ANEW)


@agent_commands.command()
def token(
    ctx: typer.Context,
    name: Name,
    project: Annotated[list[str], typer.Option(help="Where it may ask; several times for several projects.")],
    days: Annotated[int, typer.Option(help="How long it is good for.")] = 30,
    otp: Otp = "",
) -> None:
    """Print a token for an agent, once, after your second factor. The agent works for you from then on.

    \b
    Example: countersign agents token scout --project read-later-digest
    """
    from checkpoints.actions.from_outside.agents import licensing

    visit: Visit = ctx.obj
    with visit.trying("make an agent's token", name):
        made = with_factor(visit, otp, lambda: licensing.license(visit.desk, visit.person, name, project, days))
    where = ", ".join(project)
    typer.echo(wrapped(one_line(WORKS_FOR.format(name=made.agent, projects=where, until=when(made.until)))))
    typer.echo("There, as COUNTERSIGN_AGENT_TOKEN:")
    typer.echo(f"  {made.token}")


@agent_commands.command("list")
def list_(ctx: typer.Context) -> None:
    """Which agents may ask, where, for whom they work, and until when.

    \b
    Example: countersign agents list
    """
    from checkpoints.actions.from_outside.agents import licensing

    visit: Visit = ctx.obj
    found = licensing.licences(visit.read(), visit.reader)
    for one in found:
        used = f"used {when(one.last_used_at)}" if one.last_used_at else "not used for long, or never"
        said = f"in {', '.join(one.projects)}, for {one.owner}, {used}, until {when(one.expires_at)}"
        typer.echo(wrapped(one_line(said), f"{one.agent}  "))
    if not found:
        typer.echo("No agent from outside may ask here.")


@agent_commands.command()
def end(ctx: typer.Context, name: Name) -> None:
    """End every token of an agent, at once. What it asked stays asked: withdraw or reject that.

    \b
    Example: countersign agents end scout
    """
    from checkpoints.actions.from_outside.agents import licensing

    visit: Visit = ctx.obj
    with visit.trying("end an agent's tokens", name):
        ended = licensing.end(visit.desk, visit.person, name)
    typer.echo(f"{ended} ended: {one_line(name)} can do nothing here any more.")


def _home(visit: Visit) -> None:
    """A desk that was never started has none yet."""
    visit.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
