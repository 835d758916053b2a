"""Connects the desk to Slack: looks whether what was given is good, and only then keeps it, each thing in its place.

Rule: tokens go into `<home>/keys/slack` and nowhere else; they come by hidden prompts or this process's environment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from pydantic import ValidationError

from checkpoints import wiring
from checkpoints.actions.people.by_slack import connecting
from checkpoints.core.errors import Countersign, Refused
from checkpoints.core.shown.message import Face
from checkpoints.settings import Settings
from checkpoints.store.from_outside.slack.workspace import Workspace
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from to_tools.up.remembering import remember

if TYPE_CHECKING:
    from checkpoints.channels.slack.connection import Room

Mode = Literal["socket", "http"]
Ask = Callable[[str], str]
BOT, APP, SECRET = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"
API_URL, CHANNEL = "SLACK_API_URL", "SLACK_CHANNEL"
OFFICIAL = "https://slack.com/api/"
WHERE = {
    BOT: "The bot token (xoxb-…, under “OAuth & Permissions”)",
    APP: "The app-level token (xapp-…, with connections:write, under “Basic Information”)",
    SECRET: "The signing secret (under “Basic Information”)",
}
MISSING = "{what} is missing. Type it at a terminal, or set {name}. Nothing was kept."
NO_CHANNEL = "Without a channel cards hang only with those who have to answer"
NO_SECRET = (
    "Over HTTP anybody can call the desk's page: without the app's signing secret nobody could tell who is Slack. "
    "Nothing was kept. Give it as SLACK_SIGNING_SECRET."
)


class NoSecret(Refused):
    """A desk that would hear anybody as Slack doesn't start."""


@dataclass(frozen=True)
class Given:
    """What Slack is spoken to with. `channel`: empty, or where cards hang; a name until it was looked at."""

    mode: Mode
    keys: SlackKeys
    api_url: str
    channel: str


@dataclass(frozen=True)
class Found:
    """What is good of it; `said`: what is to be known about its channel."""

    workspace: Workspace
    given: Given
    said: str


def read(settings: Settings, environment: Mapping[str, str], http: bool = False, ask: Ask | None = None) -> Given:
    """From the environment, and what is missing there by asking. Raises Refused for what is missing or can't be."""
    told = {name: environment.get(name, "").strip() for name in (BOT, APP, SECRET, API_URL, CHANNEL)}
    by_http = http or settings.slack == "http" or (bool(told[SECRET]) and not told[APP] and not settings.slack)
    mode: Mode = "http" if by_http else "socket"
    for name in (BOT, SECRET if mode == "http" else APP):
        if not told[name] and ask is not None:
            told[name] = ask(WHERE[name]).strip()
        if not told[name]:
            raise NoSecret(NO_SECRET) if name == SECRET else Refused(MISSING.format(what=WHERE[name], name=name))
    api_url = told[API_URL] or settings.slack_api_url
    api_url = api_url if api_url.endswith("/") else f"{api_url}/"
    channel = told[CHANNEL] or settings.slack_channel
    _check(settings, mode, api_url)
    return Given(mode, SlackKeys(told[BOT], told[APP], told[SECRET]), api_url, channel)


def look(given: Given) -> Found:
    """Whether the tokens are good, and which channel is meant; nothing is kept. Raises Refused, Unavailable.

    A channel that the bot doesn't see is no reason to type tokens again: then there is none, and why is said.
    """
    from checkpoints.channels.slack import connection

    bot = connection.bot(given.api_url, given.keys.bot_token)
    if given.mode == "socket":
        connection.try_socket(given.api_url, given.keys.app_token)
    if not given.channel:
        return Found(bot.workspace, given, NO_CHANNEL)
    try:
        room = connection.room(given.api_url, given.keys.bot_token, given.channel)
    except Refused as no:
        return Found(bot.workspace, replace(given, channel=""), f"{no}. {NO_CHANNEL}")
    if room is None:
        return Found(bot.workspace, given, "")
    why = "" if room.member else f"The bot is not in #{room.name} yet: there, type /invite @Countersign"
    return Found(bot.workspace, replace(given, channel=room.id), why)


def keep(settings: Settings, given: Given) -> Settings:
    """The settings with it. Raises Refused for a key with what no key has."""
    slack_keys.write(settings.slack_keys, given.keys)
    remember(settings, "slack", given.mode)
    remember(settings, "slack_channel", given.channel or None)
    remember(settings, "slack_api_url", None if given.api_url == OFFICIAL else given.api_url)
    return settings.model_copy(
        update={"slack": given.mode, "slack_channel": given.channel, "slack_api_url": given.api_url}
    )


def forget(settings: Settings) -> None:
    """Neither the keys nor a setting of it are left."""
    settings.slack_keys.unlink(missing_ok=True)
    for name in ("slack", "slack_channel", "slack_api_url"):
        remember(settings, name, None)


def by_itself(settings: Settings, told: Mapping[str, str]) -> tuple[Settings, str]:
    """What `up` does with what its environment brought: the settings with it, and what is to be said.

    A Slack that doesn't answer, or takes none of it, keeps no desk from starting. Raises Refused only where the signing
    secret is missing that is needed.
    """
    if not told.get(BOT):
        return settings, ""
    try:
        found = look(read(settings, told))
        settings = keep(settings, found.given)
        _write_down(settings, found.workspace)
    except NoSecret:
        raise
    except Countersign as no:
        return settings, f"{'as it was' if settings.slack else 'not connected'}. {no}"
    said = f"{found.workspace.name}; link your account: .venv/bin/countersign slack code"
    return settings, f"{said}. {found.said}" if found.said else said


def check_start(settings: Settings) -> None:
    """Raises Refused where the page would take anybody's word for Slack's."""
    if settings.slack == "http" and not slack_keys.read(settings.slack_keys).signing_secret:
        raise NoSecret(NO_SECRET)


def room(settings: Settings, channel: str) -> Room:
    """A channel that cards can hang in, by its id or name. Raises Refused for any other, Unavailable."""
    from checkpoints.channels.slack import connection
    from checkpoints.channels.slack.connection import Room

    keys = slack_keys.read(settings.slack_keys)
    found = connection.room(settings.slack_api_url, keys.bot_token, channel)
    if found is None:
        _check(settings, settings.slack or "socket", settings.slack_api_url, channel)
        return Room(channel, channel, member=True, archived=False)
    if found.archived or not found.member:
        why = "is archived" if found.archived else "does not have the bot in it: there, type /invite @Countersign"
        raise Refused(f"#{found.name} {why}. Nothing was changed.")
    return found


def greet(settings: Settings, place: str, name: str) -> None:
    """A card that asks for nothing, so that somebody sees that cards come. Raises Refused, Unavailable and its like."""
    from checkpoints.channels.slack.board import SlackBoard

    words = f"A test card of Countersign's, sent by {name}. Nothing is asked: cards come here."
    face = Face(words, ({"type": "section", "text": {"type": "plain_text", "text": words, "emoji": False}},))
    SlackBoard(settings.slack_api_url, settings.slack_keys).hang(place, uuid4(), face)


def _write_down(settings: Settings, found: Workspace) -> None:
    desk = wiring.desk("desk", settings)
    try:
        connecting.set_up(desk, found)
    finally:
        desk.engine.dispose()


def _check(settings: Settings, mode: Mode, api_url: str, channel: str = "") -> None:
    """Raises Refused for what would be no setting."""
    try:
        Settings(home=settings.home, slack=mode, slack_channel=channel, slack_api_url=api_url)
    except ValidationError as wrong:
        named = {str(error["loc"][0]) for error in wrong.errors(include_input=False)}
        if "slack_channel" in named:
            raise Refused(
                "A channel is named by its id, C… or G…, at the end of what Slack shows about it. Nothing was kept."
            ) from None
        raise Refused(
            "Slack's address is https://HOST/PATH/; http:// is for this machine alone. Nothing was kept."
        ) from None
