"""`countersign link make | revoke | list`: the links that clients answer by, without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when
from to_tools.cli.looking import AsJson, Id
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing import plain
from to_tools.cli.writing.terminal import wrapped

if TYPE_CHECKING:
    from checkpoints.store.secret.links import Link

links = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Option("--for", metavar="NAME", help="The client, as `people list` shows them.")]


@links.command()
def make(ctx: typer.Context, id: Id, name: Name, otp: Otp = "") -> None:
    """Make a link that one client answers one question by. Nobody can read it again.

    By mail each client gets a link of their own, without this. One that you make goes through your hands: a yes by it
    needs the code that goes to the client's second address.

    \b
    Example: countersign link make read-later-digest/9 --for "Cleo Client"
    """
    from checkpoints.actions.people.by_link import linking

    visit: Visit = ctx.obj
    label = visit.label(id, "make a link")
    with visit.trying("make a link", label):
        made, address = with_factor(visit, otp, lambda: linking.make(visit.desk, visit.person, label, name))
    typer.echo(f"For {made.person}, and nobody else, until {when(made.expires_at)}:\n  {address}")
    if made.second_email is None:
        say = f'They have no second address, so they can say no by it, not yes: people email "{made.person}" --second'
        typer.echo(wrapped(one_line(say)))


@links.command()
def revoke(ctx: typer.Context, id: Id, name: Name, otp: Otp = "") -> None:
    """Take a client's links to one question back, those in mails too. What was answered by one stays.

    \b
    Example: countersign link revoke read-later-digest/9 --for "Cleo Client"
    """
    from checkpoints.actions.people.by_link import linking

    visit: Visit = ctx.obj
    label = visit.label(id, "take a link back")
    with visit.trying("take a link back", label):
        ended = with_factor(visit, otp, lambda: linking.revoke(visit.desk, visit.person, label, name))
    typer.echo(f"{ended} link{'s' if ended > 1 else ''} taken back: good for nothing from now on.")


@links.command("list")
def list_(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="[ID]", help="Of one question, those that ended too.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the links that hold, or all of one question. A link itself is never shown again.

    \b
    Examples: countersign link list
              countersign link list read-later-digest/9
    """
    from checkpoints.actions.people.by_link import linking

    visit: Visit = ctx.obj
    found = linking.every(visit.read(), visit.label(id) if id else "")
    if as_json:
        plain.write([plain.link(link) for link in found])
        return
    for link in found:
        typer.echo(wrapped(one_line(_said_of(link))))
    if not found:
        typer.echo("No link was made for this question." if id else "No link holds.")


def _said_of(link: Link) -> str:
    made = f"made by {link.made_by}" if link.made_by else "in a mail to them"
    stands = "answered" if link.answered else f"holds until {when(link.expires_at)}" if link.holds else "ended"
    return f"{link.label}, revision {link.revision}: {link.person}, {made} at {when(link.made_at)}; {stands}"
