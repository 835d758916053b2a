"""`countersign password set` and `sessions [make | end]`: what signs a person in, and where they are signed in.

Rule: a password is typed hidden or comes from the input, never as an argument; a token is printed once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing.terminal import talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.store.secret.tokens import Token

password = typer.Typer(no_args_is_help=True)
sessions = typer.Typer(invoke_without_command=True)
LONGEST_LINE = 8_192
WAYS = {"page": "browser", "shell": "shell", "sign-in link": "unused link", "slack": "Slack"}
SET = "Set. On the page you sign in with your name, this password and, once you have one, your second factor's code."


@password.command("set")
def set_(ctx: typer.Context, otp: Otp = "") -> None:
    """Choose the password that signs you in on the page. It is asked for, hidden; or the input brings it.

    \b
    Example: countersign password set
    """
    from checkpoints.actions.people.accounts import choosing

    visit: Visit = ctx.obj
    with visit.trying("choose a password", visit.person.name):
        chosen = _asked() if talks_to_a_person() else sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
        with_factor(visit, otp, lambda: choosing.choose(visit.desk, visit.person, chosen))
    typer.echo(wrapped(SET))


@sessions.callback()
def list_(ctx: typer.Context) -> None:
    """Where you are signed in; end it, or make a token for another shell.

    \b
    Example: countersign sessions
    """
    if ctx.invoked_subcommand is not None:
        return
    from checkpoints.actions.people.accounts import keeping

    visit: Visit = ctx.obj
    desk = visit.read()
    for token in keeping.sessions(desk, visit.reader):
        here = "this " if token.id == visit.reader.proof else ""
        typer.echo(wrapped(one_line(f"{here}{_said_of(token)}"), f"{token.short}  "))


@sessions.command()
def make(
    ctx: typer.Context,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="It can look at everything, and decide or change nothing.")
    ] = False,
    otp: Otp = "",
) -> None:
    """Print a token of yours for another shell, once, after your second factor. Whoever has it is you there.

    \b
    Example: countersign sessions make --read-only
    """
    from checkpoints.actions.people import joining

    visit: Visit = ctx.obj
    with visit.trying("make a token", visit.person.name):
        scope: joining.Scope = "read" if read_only else "all"
        token = with_factor(visit, otp, lambda: joining.token_for_elsewhere(visit.desk, visit.person, scope))
    days = joining.LASTS["shell"].days
    typer.echo(f"For {days} days. There: countersign sign-in --token-stdin, and this as its input:")
    typer.echo(f"  {token}")


@sessions.command()
def end(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="[ID]", help="As `sessions` shows it.")] = "",
    others: Annotated[bool, typer.Option("--all", help="Every one but this shell's.")] = False,
) -> None:
    """End a session: whoever has its token is signed out at once.

    \b
    Examples: countersign sessions end 5f2b8c1e
              countersign sessions end --all
    """
    from checkpoints.actions.people.accounts import keeping

    visit: Visit = ctx.obj
    if others == bool(id):
        raise Refused("Say one of the two: which one, or --all. Nothing was ended.")
    with visit.trying("end a session", id or "all"):
        if others:
            ended = keeping.end_others(visit.desk, visit.person)
            typer.echo(f"{ended} ended. This shell is the only one that is left.")
        else:
            token = keeping.end(visit.desk, visit.person, id)
            typer.echo(f"Ended: {_said_of(token)}")


def _asked() -> str:
    return str(typer.prompt("Your new password", hide_input=True, confirmation_prompt="The same again"))


def _said_of(token: Token) -> str:
    used = f", used {when(token.last_used_at)}" if token.last_used_at else ""
    reads = ", reads only" if token.scope == "read" else ""
    return f"{WAYS[token.way]}{reads}, since {when(token.made_at)}{used}, until {when(token.expires_at)}"
