"""`countersign people add | role | welcome | review`: who may decide is asked at the desk, and looked through."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from shlex import quote as quoted
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.model import Limits, Role
from checkpoints.core.shown.showing import one_line
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing.terminal import bold, wrapped

if TYPE_CHECKING:
    from checkpoints.core.view import Checkpoint

roles = typer.Typer()

AsRole = Annotated[Role, typer.Option("--role", help="technical operator (to), manager or client.")]
Case = Annotated[str, typer.Option("--case", metavar="PROJECT", help="In this project only.")]
Kind = Annotated[str, typer.Option("--kind", metavar="KIND", help="For this kind of question only.")]
Until = Annotated[
    str, typer.Option("--until", metavar="WHEN", help="Ends by itself: 4h, 7d, 2026-12-24 or 2026-12-24T18:00 (UTC).")
]
Network = Annotated[
    list[str] | None,
    typer.Option("--network", metavar="CIDR", help="From there only, so on the page only; say it again for another."),
]
Because = Annotated[str, typer.Option("--because", metavar="WHY", help="What whoever answers reads.")]
SPAN = re.compile(r"([1-9][0-9]{0,3})([mhd])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@roles.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As the story shows them.")],
    role: AsRole,
    case: Case = "",
    kind: Kind = "",
    until: Until = "",
    network: Network = None,
    because: Because = "",
    otp: Otp = "",
) -> None:
    """Ask at the desk to let a person join. They are added once that is approved.

    \b
    Example: countersign people add "Grace Hopper" --role manager
    """
    from checkpoints.actions.own import granting

    visit: Visit = ctx.obj
    with visit.trying("add a person", name):
        limits = _limits(visit, case, kind, until, network)
        asked = with_factor(
            visit, otp, lambda: granting.ask_to_join(visit.desk, visit.person, name, role, limits, because)
        )
    _say(visit, asked)
    typer.echo("Once it is approved, get what they sign in with:")
    typer.echo(one_line(f"  countersign people welcome {quoted(name)}"))


@roles.command("role")
def role_(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `people list` shows them.")],
    role: AsRole,
    case: Case = "",
    kind: Kind = "",
    until: Until = "",
    network: Network = None,
    instead: Annotated[bool, typer.Option("--instead", help="Of what they hold of this role now.")] = False,
    because: Because = "",
    otp: Otp = "",
) -> None:
    """Ask at the desk for a role: for oneself, or, as a technical operator, for another.

    \b
    Examples: countersign people role "Grace Hopper" --role to --case read-later-digest --until 4h
              countersign people role "Grace Hopper" --role manager --network 10.0.0.0/8 --instead
    """
    from checkpoints.actions.own import granting

    visit: Visit = ctx.obj
    with visit.trying("ask for a role", name):
        limits = _limits(visit, case, kind, until, network)

        def ask() -> Checkpoint:
            return granting.ask_for_role(visit.desk, visit.person, name, role, limits, because, instead)

        asked = with_factor(visit, otp, ask)
    _say(visit, asked)


@roles.command()
def welcome(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whom you proposed.")],
    email: Annotated[str, typer.Option(metavar="ADDRESS", help="Where they are told what waits for them.")] = "",
    otp: Otp = "",
) -> None:
    """Print how somebody signs in whom you proposed and who was let in. Nobody can read these two lines again.

    Until they have signed in you may do it again: what was made before ends.

    \b
    Example: countersign people welcome "Grace Hopper"
    """
    from checkpoints.actions.people import joining, welcoming

    visit: Visit = ctx.obj
    with visit.trying("welcome a person", name):
        joined = with_factor(visit, otp, lambda: welcoming.welcome(visit.desk, visit.person, name, email))
    minutes, days = joining.LASTS["sign-in link"].seconds // 60, joining.LASTS["shell"].days
    link = f"{visit.settings.page_url}/sign-in?token={quote(joined.sign_in)}"
    typer.echo(f"Give {one_line(joined.name)}, and nobody else:\n")
    typer.echo(f"The page (one use, {minutes} minutes):\n  {link}")
    typer.echo(f"The shell ({days} days): countersign sign-in --token-stdin, and this as its input:\n  {joined.shell}")


@roles.command()
def review(ctx: typer.Context, otp: Otp = "") -> None:
    """List who can do what here and when they last did, and ask at the desk to confirm each.

    \b
    Example: countersign people review
    """
    from checkpoints.actions.own import reviewing

    visit: Visit = ctx.obj
    with visit.trying("review access", "people"):
        asked = with_factor(visit, otp, lambda: reviewing.ask_to_review(visit.desk, visit.person))
    for one in reviewing.access(visit.desk):
        typer.echo(wrapped(one_line(f"{one.person.name}: {one.holds}; {one.seen}"), "", "  "))
    typer.echo("")
    _say(visit, asked)


def _say(visit: Visit, asked: Checkpoint) -> None:
    from checkpoints.actions.people import proving

    typer.echo(bold(wrapped(one_line(f"{asked.label} asks for it: {asked.request.action}."))))
    single = proving.standing(visit.desk, visit.person).single_operator
    whose = "You are its single operator, so the answer is yours" if single else "Another technical operator answers"
    typer.echo(wrapped(one_line(f"Nothing changes before it is approved. {whose}: countersign approve {asked.label}")))


def _limits(visit: Visit, case: str, kind: str, until: str, networks: list[str] | None) -> Limits:
    return Limits(case or None, kind or None, _moment(visit, until), tuple(networks or ()))


def _moment(visit: Visit, typed: str) -> datetime | None:
    """Counted by the desk's clock. Raises Refused."""
    if not typed.strip():
        return None
    if span := SPAN.fullmatch(typed.strip()):
        from checkpoints.actions import reading

        return reading.now(visit.desk).replace(microsecond=0) + int(span[1]) * UNITS[span[2]]
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise Refused(f"“{one_line(typed)[:40]}” is no moment. Right would be 4h, 7d or 2026-12-24T18:00.") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
