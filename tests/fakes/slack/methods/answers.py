"""How a method says no, what it may be called with, and how it finds what it is told of."""

from dataclasses import dataclass

from tests.fakes.slack.docs import Doc, text
from tests.fakes.slack.workspace import Channel, Message, User, View, Workspace

KINDS = {"channel": "channels", "group": "groups", "im": "im"}


@dataclass
class No(Exception):
    """Slack's `{"ok": false, "error": …}`, with what it adds to that."""

    error: str
    more: Doc

    def __init__(self, error: str, **more: Doc | list[str] | str) -> None:
        super().__init__(error)
        self.error = error
        self.more = {key: list(value) if isinstance(value, list) else value for key, value in more.items()}


def invalid(error: str, found: list[str]) -> No:
    """With what is wrong, as Slack says it: in `errors` and in `response_metadata.messages`."""
    return No(error, errors=found, response_metadata={"messages": [f"[ERROR] {one}" for one in found]})


def need(space: Workspace, *scopes: str) -> None:
    """Any of these."""
    if not space.scopes.intersection(scopes):
        raise No("missing_scope", needed=",".join(scopes), provided=",".join(sorted(space.scopes)))


def need_for(space: Workspace, channel: Channel, what: str) -> None:
    need(space, f"{KINDS[channel.sort]}:{what}")


def channel(space: Workspace, args: Doc, inside: bool = False) -> Channel:
    """The channel that is named; `inside`: the app has to be a member."""
    found = space.channels.get(text(args, "channel"))
    if found is None or (found.sort != "channel" and space.bot.id not in found.members):
        raise No("channel_not_found")
    if inside and space.bot.id not in found.members:
        raise No("not_in_channel")
    return found


def user(space: Workspace, id: str) -> User:
    found = space.users.get(id)
    if found is None:
        raise No("user_not_found")
    return found


def message(channel: Channel, args: Doc, name: str = "ts") -> Message:
    found = channel.messages.get(text(args, name))
    if found is None or found.only_for:
        raise No("message_not_found")
    return found


def shown(space: Workspace, said: Message) -> Doc:
    """A message as Slack gives it."""
    author = space.users[said.user]
    found: Doc = {"type": "message", "user": said.user, "ts": said.ts, "text": said.text, "team": author.team_id}
    if author.bot:
        found |= {"bot_id": space.bot_id, "app_id": space.app_id}
    if said.blocks:
        found["blocks"] = [*said.blocks]
    if said.edited:
        found["edited"] = {"user": said.user, "ts": said.edited}
    if said.thread:
        found["thread_ts"] = said.thread
        parent = space.channels[said.channel].messages.get(said.thread)
        if parent and parent is not said:
            found["parent_user_id"] = parent.user
    if said.client_id:
        found["client_msg_id"] = said.client_id
    return found


def drawn(space: Workspace, view: View) -> Doc:
    """A view as Slack gives it."""
    return {
        "id": view.id,
        "team_id": space.team_id,
        "type": text(view.body, "type"),
        "blocks": view.body.get("blocks", []),
        "private_metadata": text(view.body, "private_metadata"),
        "callback_id": text(view.body, "callback_id"),
        "state": {"values": {}},
        "hash": view.hash,
        "title": view.body.get("title"),
        "clear_on_close": False,
        "notify_on_close": view.body.get("notify_on_close", False),
        "close": view.body.get("close"),
        "submit": view.body.get("submit"),
        "previous_view_id": view.before or None,
        "root_view_id": view.root,
        "app_id": space.app_id,
        "external_id": view.external_id,
        "app_installed_team_id": space.team_id,
        "bot_id": space.bot_id,
    }
