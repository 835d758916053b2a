"""`countersign slack manifest | connect | check | channel | code | disconnect`: the desk in Slack, and who is who.

Rule: a token is typed hidden or comes from the environment, never as an argument; none is ever printed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.errors import Countersign, Refused
from checkpoints.core.shown.showing import one_line
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing import plain
from to_tools.cli.writing.terminal import bold, talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.actions.people.by_slack.connecting import Connected
    from to_tools.cli.doctor.finding import Finding

slack_commands = typer.Typer(no_args_is_help=True)
NOT_CONNECTED = "This desk is not connected to Slack. Connect it: countersign slack connect"
ANEW = "Now start the desk anew, so that its processes know:\n  countersign down && countersign up --detach"
DISCONNECTED = (
    "The desk speaks in {name} no more, and its keys are gone from here. In Slack the app is still installed, and its "
    "tokens are good: remove it there."
)


@slack_commands.command("manifest")
def manifest_(
    ctx: typer.Context,
    http: Annotated[bool, typer.Option("--http", help="Slack comes to the page's address, not over a socket.")] = False,
) -> None:
    """Print the app's manifest, to paste at api.slack.com/apps under “From a manifest”.

    \b
    Example: countersign slack manifest
    """
    from checkpoints.channels.slack.manifest import manifest

    visit: Visit = ctx.obj
    plain.write(manifest("http" if http or visit.settings.slack == "http" else "socket", visit.settings.page_url))


@slack_commands.command()
def connect(
    ctx: typer.Context,
    http: Annotated[bool, typer.Option("--http", help="Slack comes to the page's address, not over a socket.")] = False,
    otp: Otp = "",
) -> None:
    """Connect the desk to a Slack workspace. The tokens are asked for, hidden, or come from the environment.

    There: SLACK_BOT_TOKEN, SLACK_APP_TOKEN (or, with --http, SLACK_SIGNING_SECRET), SLACK_CHANNEL, SLACK_API_URL.
    They are looked at first; what is good is kept in the home's keys/slack, which nobody else can read.

    \b
    Example: countersign slack connect
    """
    from checkpoints.actions.people.by_slack import connecting
    from to_tools import slack_set_up

    visit: Visit = ctx.obj
    with visit.trying("connect Slack", ""):
        with_factor(visit, otp, lambda: connecting.may(visit.desk, visit.person))
        given = slack_set_up.read(visit.settings, os.environ, http, _asked if talks_to_a_person() else None)
        found = slack_set_up.look(given)
        slack_set_up.keep(visit.settings, found.given)
        with_factor(visit, "", lambda: connecting.connect(visit.desk, visit.person, found.workspace))
    typer.echo(wrapped(one_line(f"Connected to {found.workspace.name}, by {given.mode} mode.")))
    if found.said:
        typer.echo(wrapped(one_line(f"{found.said}.")))
    typer.echo(ANEW)
    typer.echo("Then look whether all is well, and link your account:")
    typer.echo("  countersign slack check\n  countersign slack code")


@slack_commands.command()
def check(
    ctx: typer.Context,
    card: Annotated[bool, typer.Option(help="Send a test card, to the channel or else to you.")] = True,
) -> None:
    """Say what is missing: tokens, scopes, the channel, the listener, people. Exits 6 when something is wrong.

    \b
    Example: countersign slack check
    """
    from to_tools.cli.doctor.command import SOMETHING_IS_WRONG, lines
    from to_tools.cli.doctor.finding import Mark
    from to_tools.cli.machine import slack_looks

    visit: Visit = ctx.obj
    known, own = _connected(visit), _own_place(visit)
    found = [*slack_looks.looks(visit.settings, known)]
    if card and all(one.mark is not Mark.WRONG or one.subject != "bot token" for one in found):
        found.append(_test_card(visit, own))
    wrong = sum(one.mark is Mark.WRONG for one in found)
    typer.echo("\n".join([*lines(found), bold(f"{wrong} wrong." if wrong else "Nothing is wrong.")]))
    raise typer.Exit(SOMETHING_IS_WRONG if wrong else 0)


@slack_commands.command()
def channel(
    ctx: typer.Context,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's name in `project list`.")],
    id: Annotated[str, typer.Argument(metavar="[CHANNEL]", help="Its name, or its id.")] = "",
    none: Annotated[bool, typer.Option("--none", help="None of its own: where all others' cards hang.")] = False,
    otp: Otp = "",
) -> None:
    """Say in which channel a project's cards hang from now on.

    \b
    Examples: countersign slack channel read-later-digest "#read-later"
              countersign slack channel read-later-digest --none
    """
    from checkpoints.actions.people.by_slack import connecting
    from to_tools import slack_set_up

    visit: Visit = ctx.obj
    if bool(id.strip()) == none:
        raise Refused("Say one of the two: a channel's id, or --none. Nothing was changed.")
    with visit.trying("choose a Slack channel", project):
        room = slack_set_up.room(visit.settings, id.strip()) if id else None
        slug = with_factor(
            visit, otp, lambda: connecting.set_channel(visit.desk, visit.person, project, room.id if room else None)
        )
    where = f"in #{one_line(room.name)}" if room else "where all others do"
    typer.echo(f"The cards of {slug} hang {where} from now on.")


@slack_commands.command()
def code(ctx: typer.Context, otp: Otp = "") -> None:
    """Make a code that links your Slack account to you: say it to the app there, within ten minutes.

    \b
    Example: countersign slack code
    """
    from checkpoints.actions.people.by_slack import linking

    visit: Visit = ctx.obj
    with visit.trying("make a code for Slack", visit.person.name):
        made = with_factor(visit, otp, lambda: linking.new_code(visit.desk, visit.person))
    typer.echo("In Slack, in any channel, within ten minutes. It counts once:")
    typer.echo(f"  /countersign link {made}")


@slack_commands.command()
def disconnect(ctx: typer.Context, otp: Otp = "") -> None:
    """End it: no card hangs or is pressed any more, and the keys are removed from here. People stay linked.

    \b
    Example: countersign slack disconnect
    """
    from checkpoints.actions.people.by_slack import connecting
    from to_tools import slack_set_up

    visit: Visit = ctx.obj
    with visit.trying("disconnect Slack", ""):
        name = with_factor(visit, otp, lambda: connecting.disconnect(visit.desk, visit.person))
        slack_set_up.forget(visit.settings)
    typer.echo(wrapped(one_line(DISCONNECTED.format(name=name))))
    typer.echo(ANEW)


def _connected(visit: Visit) -> Connected:
    from checkpoints.actions.people.by_slack import connecting

    known = connecting.connected(visit.read())
    if known is None or not visit.settings.slack:
        raise Refused(NOT_CONNECTED)
    return known


def _own_place(visit: Visit) -> str:
    """The Slack account of whoever is signed in here; empty: none is linked."""
    from checkpoints.actions.people.by_slack import linking

    held = linking.linked(visit.desk, visit.person)
    return held.user_id if held else ""


def _test_card(visit: Visit, own: str) -> Finding:
    from to_tools import slack_set_up
    from to_tools.cli.doctor.finding import look, ok, wrong

    place = visit.settings.slack_channel or own
    if not place:
        return look("test card", "not sent: there is no channel, and you are not linked", "countersign slack code")
    try:
        slack_set_up.greet(visit.settings, place, visit.person.name)
    except Countersign as no:
        return wrong("test card", one_line(str(no)), "countersign slack check --no-card")
    return ok("test card", f"sent to {'the channel' if visit.settings.slack_channel else 'you'}: look at it in Slack")


def _asked(what: str) -> str:
    return str(typer.prompt(what, hide_input=True))
