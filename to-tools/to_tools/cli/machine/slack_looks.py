"""What `countersign slack check` looks at in Slack itself, each as a finding with what to do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from checkpoints.actions.people.by_slack.connecting import Connected
from checkpoints.channels.slack import connection, manifest
from checkpoints.channels.slack.connection import Bot
from checkpoints.core.errors import Countersign
from checkpoints.core.shown.showing import one_line
from checkpoints.settings import Settings
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from to_tools.cli.doctor.finding import Finding, look, ok, wrong
from to_tools.cli.doctor.slack import CONNECT, hears

T = TypeVar("T")
INVITE = "/invite @Countersign, in that channel"
REINSTALL = "countersign slack manifest, and install the app anew with it"


def looks(settings: Settings, known: Connected) -> Iterator[Finding]:
    """From the tokens to the people."""
    try:
        keys = slack_keys.read(settings.slack_keys)
    except Countersign as no:
        yield wrong("keys", one_line(str(no)), CONNECT)
        return
    bot, found = _tried("bot token", lambda: connection.bot(settings.slack_api_url, keys.bot_token))
    if bot is None:
        yield from found
        return
    yield from _of_the_bot(bot, known)
    yield from _way_in(settings, keys)
    for channel in dict.fromkeys(filter(None, (settings.slack_channel, *known.channels))):
        yield from _room(settings, keys, channel)
    if not settings.slack_channel:
        yield look("channel", "none: cards hang only with those who have to answer", f"{CONNECT}, with SLACK_CHANNEL")
    if (heard := hears(settings)) is not None:
        yield replace(heard, subject="listener")
    if not known.linked:
        yield look("people", "nobody is linked: nobody can answer from Slack", "countersign slack code")
    else:
        yield ok("people", f"{known.linked} {'is' if known.linked == 1 else 'are'} linked")


def _of_the_bot(bot: Bot, known: Connected) -> Iterator[Finding]:
    name = one_line(bot.workspace.name)
    if bot.workspace.team_id != known.workspace.team_id:
        yield wrong("bot token", f"it is {name}'s, and the desk speaks in {one_line(known.workspace.name)}", CONNECT)
    else:
        yield ok("bot token", f"good; the bot is {bot.workspace.bot_user_id} in {name}")
    if bot.scopes is None:
        yield look("scopes", "Slack doesn't say which the token has")
    elif missing := sorted(set(manifest.SCOPES) - bot.scopes):
        yield wrong("scopes", f"missing: {', '.join(missing)}", REINSTALL)
    else:
        yield ok("scopes", f"all {len(manifest.SCOPES)} that the desk uses")


def _way_in(settings: Settings, keys: SlackKeys) -> Iterator[Finding]:
    if settings.slack == "http":
        if keys.signing_secret:
            said = f"the signing secret is there; Slack has to reach {settings.page_url}/slack/events"
            yield ok("http", said)
        else:
            yield wrong("http", "there is no signing secret: nobody could tell who is Slack", CONNECT)
        return
    _, found = _tried("app-level token", lambda: connection.try_socket(settings.slack_api_url, keys.app_token))
    yield from found or [ok("app-level token", "good; it opens a socket")]


def _room(settings: Settings, keys: SlackKeys, channel: str) -> Iterator[Finding]:
    room, found = _tried("channel", lambda: connection.room(settings.slack_api_url, keys.bot_token, channel))
    if room is None:
        yield from found or [look("channel", f"{channel} can't be looked at; a test card shows whether it takes any")]
    elif room.archived:
        yield wrong("channel", f"#{room.name} ({channel}) is archived: no card hangs there", "choose another channel")
    elif not room.member:
        yield wrong("channel", f"the bot is not in #{room.name} ({channel})", INVITE)
    else:
        yield ok("channel", f"the bot is in #{room.name} ({channel})")


def _tried(subject: str, ask: Callable[[], T]) -> tuple[T | None, list[Finding]]:
    """What was found, or what is wrong."""
    try:
        return ask(), []
    except Countersign as no:
        return None, [wrong(subject, one_line(str(no)), CONNECT)]
