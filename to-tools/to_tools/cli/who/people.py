"""`countersign people email | remove | list`, `sign-in`, `sign-out`: who may decide, and how they prove it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from checkpoints.core.errors import NotYourCall, Refused
from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import limited_to, when
from to_tools.cli.looking import AsJson
from to_tools.cli.visit import Visit
from to_tools.cli.who import signed_in
from to_tools.cli.who.second_factor import Otp, link, with_factor
from to_tools.cli.writing import plain
from to_tools.cli.writing.terminal import wrapped

if TYPE_CHECKING:
    from checkpoints.core.model import Grant
    from checkpoints.store.people import Listed

people = typer.Typer(no_args_is_help=True)
signing = typer.Typer()


@people.command()
def email(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `people list` shows them.")],
    address: Annotated[str, typer.Argument(metavar="[ADDRESS]", help="Where mails reach them.")] = "",
    none: Annotated[bool, typer.Option("--none", help="Nowhere: no mail for them any more.")] = False,
    second: Annotated[
        bool, typer.Option("--second", help="Where codes go, for a client who answers by a link.")
    ] = False,
    otp: Otp = "",
) -> None:
    """Say where a person is told what waits for them; or, for a client, where a code goes that proves who they are.

    \b
    Examples: countersign people email "Grace Hopper" grace@example.com
              countersign people email "Cleo Client" cleo@private.example --second
              countersign people email "Grace Hopper" --none
    """
    from checkpoints.actions.people import reaching

    visit: Visit = ctx.obj
    if bool(address.strip()) == none:
        raise Refused("Say one of the two: an address, or --none. Nothing was changed.")
    change = reaching.set_second_email if second else reaching.set_email
    with visit.trying("set an e-mail address", name):
        known = with_factor(visit, otp, lambda: change(visit.desk, visit.person, name, address))
    gets, told = ("code", "sent codes") if second else ("mail", "told")
    typer.echo(
        f"{known} gets no {gets} any more." if none else f"{known} is {told} at {one_line(address)} from now on."
    )
    if not none and not visit.settings.tells_by_mail:
        typer.echo("This desk sends no mail yet: runbooks/tasks/mail.md says how.")


@people.command()
def remove(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `people list` shows them.")],
    because: Annotated[str, typer.Option(help="Why; the audit shows it.")],
    otp: Otp = "",
) -> None:
    """Take a person off the desk. Their tokens end at once, what they decided stays.

    \b
    Example: countersign people remove "Grace Hopper" --because "left the agency"
    """
    from checkpoints.actions.people import joining

    visit: Visit = ctx.obj
    with visit.trying("remove a person", name):
        removed = with_factor(visit, otp, lambda: joining.remove_person(visit.desk, visit.person, name, because))
    typer.echo(f"{removed} is off the desk: no token of theirs holds any more.")


@people.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the people who may decide, and as what.

    \b
    Example: countersign people list
    """
    from checkpoints.actions import reading

    visit: Visit = ctx.obj
    found = reading.everyone(visit.read())
    if as_json:
        plain.write([plain.person(listed) for listed in found])
        return
    names = {listed.id: listed.name for listed in found}
    for listed in found:
        typer.echo(wrapped(one_line(f"{listed.name}: {'; '.join(_said_of(listed, names))}")))


@signing.command("sign-in")
def sign_in(
    ctx: typer.Context,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Sign this shell in with a token from the input.")
    ] = False,
    otp: Otp = "",
) -> None:
    """Print a new link to the page, or sign this shell in.

    The link is for whoever is signed in here, with their second factor; a token of yours signs the shell in.

    \b
    Examples: countersign sign-in
              countersign sign-in --token-stdin < token.txt
    """
    from checkpoints.actions.people import joining

    visit: Visit = ctx.obj
    if token_stdin:
        said = sys.stdin.buffer.read(signed_in.LONGEST + 1).decode("ascii", "replace")
        _sign_in_with(visit, said.strip())
    elif not signed_in.kept_token(visit.settings) and sys.stdin.isatty():
        _sign_in_with(visit, str(typer.prompt("Your token", hide_input=True)).strip())
    else:
        token = with_factor(visit, otp, lambda: joining.new_token(visit.desk, visit.person, "sign-in link"))
        lasts = _span(joining.LASTS["sign-in link"])
        typer.echo(f"The page, for {visit.person.name} (one use, {lasts}):\n  {link(visit, token)}")


@signing.command("sign-out")
def sign_out(ctx: typer.Context) -> None:
    """End this shell's token, and forget it.

    \b
    Example: countersign sign-out
    """
    from checkpoints.actions.people import joining

    visit: Visit = ctx.obj
    try:
        joining.sign_out(visit.desk, visit.person)
        said = f"{visit.person.name} is signed out."
    except NotYourCall:
        said = "Nobody was signed in here."
    signed_in.forget_token(visit.settings)
    typer.echo(said)


def _sign_in_with(visit: Visit, token: str) -> None:
    from to_tools import identity

    # Who was signed in here before is written down with a refusal.
    with visit.trying("sign this shell in", ""):
        if not token or len(token) > signed_in.LONGEST:
            raise Refused(
                "That is no token. Nothing was changed. Who proposed you gets one: countersign people welcome"
            )
        person = identity.verify(visit.desk, token)
        if person.way != "shell":
            raise Refused(f"That is a {person.way}'s token: open it in a browser. Nothing was changed.")
    file = signed_in.keep_token(visit.settings, token)
    typer.echo(f"This shell is signed in as {person.name}. The token is kept in {file}.")


def _said_of(listed: Listed, names: Mapping[UUID, str]) -> Iterator[str]:
    roles = ", ".join(_called(grant) for grant in listed.grants) or "no role"
    reached = f", {listed.email}" if listed.email else ""
    reached += f", codes to {listed.second_email}" if listed.second_email else ""
    yield f"{roles}{reached}{'' if listed.active else ' (not active)'}"
    if listed.hours:
        yield f"works {listed.hours}"
    if listed.backup:
        yield "backup"
    if gone := listed.absence:
        instead = f", told instead: {names[gone.stand_in]}" if gone.stand_in else ""
        yield f"away from {when(gone.starts)} until {when(gone.ends)}{instead}"


def _called(grant: Grant) -> str:
    limited = limited_to(grant.limits)
    return f"{grant.role.called} ({limited})" if limited else grant.role.called


def _span(lasts: timedelta) -> str:
    return f"{lasts.days} days" if lasts.days else f"{lasts.seconds // 60} minutes"
