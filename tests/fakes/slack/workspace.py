"""What a workspace remembers: people, channels, messages as a reader sees them, views. Values, and no wires."""

import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from tests.fakes.slack.docs import Doc, docs, words

TRIGGER_S = 3.0
BOT_SCOPES = {
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "users:read",
    "users:read.email",
}
"""What the app was installed with, until a test takes something away."""


@dataclass
class User:
    """Someone, or an app. Change a flag while it runs, as an administrator of the workspace does."""

    id: str
    team_id: str
    name: str
    bot: bool = False
    restricted: bool = False
    ultra_restricted: bool = False
    deleted: bool = False
    stranger: bool = False
    email: str = ""
    tz: str = "Europe/Berlin"

    @property
    def handle(self) -> str:
        return self.name.lower().replace(" ", ".")


@dataclass
class Message:
    """One message; `only_for` names the one person who sees it, `thread` the message that it answers."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Doc] = field(default_factory=list)
    thread: str = ""
    edited: str = ""
    metadata: Doc = field(default_factory=dict)
    only_for: str = ""
    client_id: str = ""
    broadcast: bool = False
    versions: int = 1
    """How often it was posted or changed."""

    @property
    def reads(self) -> str:
        """All that a reader reads in it: its blocks, else its text."""
        return "\n".join(words(list(self.blocks))) if self.blocks else self.text

    @property
    def buttons(self) -> list[str]:
        """The action_ids of its buttons, in order."""
        found = [docs(dict(block), "elements") for block in self.blocks if block.get("type") == "actions"]
        found += [[accessory] for block in self.blocks if isinstance(accessory := block.get("accessory"), dict)]
        return [str(one.get("action_id")) for line in found for one in line if one.get("type") == "button"]


@dataclass
class Channel:
    """A channel, or (`sort` is `im`) what one person and the app say to each other."""

    id: str
    name: str
    sort: Literal["channel", "group", "im"] = "channel"
    members: set[str] = field(default_factory=set)
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    client_ids: dict[str, str] = field(default_factory=dict)
    posted: float = float("-inf")
    """When the app posted last, for who keeps Slack's pace."""


@dataclass
class View:
    """A modal or a Home tab, as one person sees it."""

    id: str
    user: str
    body: Doc
    root: str
    hash: str
    before: str = ""
    external_id: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    """What the app said is wrong, by block_id."""


@dataclass
class Trigger:
    """What a press gives for three seconds: the right to open one modal."""

    user: str
    until: float
    used: bool = False
    view: str = ""


@dataclass
class Workspace:
    """Everything of one workspace and one app in it."""

    url: str = ""
    team_id: str = "T0COUNTER1"
    domain: str = "stand-in"
    app_id: str = "A0COUNTER1"
    bot_id: str = "B0COUNTER1"
    bot_token: str = ""
    app_token: str = ""
    signing_secret: str = ""
    scopes: set[str] = field(default_factory=lambda: set(BOT_SCOPES))
    revoked: bool = False
    dedupes: bool = True
    """The same client_msg_id in the same channel is the same message."""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=dict)
    """The modals that each person has open, the topmost last."""
    homes: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    version: int = 0
    """Rises with everything that a reader could see."""
    began: str = field(default_factory=lambda: secrets.token_hex(4).upper())
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    last_ts: int = 0

    def new_id(self, letter: str) -> str:
        """Never given before, by no earlier stand-in either: an app may remember what it has seen."""
        return f"{letter}0{self.began}{next(self.numbers):06d}"

    def id_of(self, letter: str, name: str) -> str:
        """The same at every start, so that an app finds its people and channels again."""
        return f"{letter}0{hashlib.sha256(name.encode()).hexdigest()[:9].upper()}"

    def new_ts(self) -> str:
        """Later than every one before it."""
        self.last_ts = max(self.last_ts + 1, time.time_ns() // 1000)
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

    def new_trigger(self, user: str, view: str = "") -> str:
        trigger = f"{next(self.numbers)}.{self.last_ts}.{self.new_id('x')}"
        self.triggers[trigger] = Trigger(user, time.monotonic() + TRIGGER_S, view=view)
        return trigger

    @property
    def bot(self) -> User:
        return next(user for user in self.users.values() if user.bot and user.team_id == self.team_id)

    def direct(self, user: str) -> Channel:
        """What this person and the app say to each other; begun when it wasn't."""
        for channel in self.channels.values():
            if channel.sort == "im" and user in channel.members:
                return channel
        channel = Channel(f"D{user[1:]}", user, "im", {user, self.bot.id})
        self.channels[channel.id] = channel
        return channel

    def post(self, message: Message) -> Message:
        channel = self.channels[message.channel]
        channel.messages[message.ts] = message
        if message.client_id:
            channel.client_ids[message.client_id] = message.ts
        self.version += 1
        return message

    def shown(self, view_id: str, user: str) -> View | None:
        """A modal that this person has open."""
        return self.views[view_id] if view_id in self.stacks.get(user, ()) else None
