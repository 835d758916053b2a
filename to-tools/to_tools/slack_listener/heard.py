"""What Slack sends, as values: of each payload just what the desk goes by.

Rule: no name, no e-mail address and no label is read; who it was says the signed id alone.
"""

import json
import re

from pydantic import BaseModel, ConfigDict, Field, model_validator

from checkpoints.core.shown.message import Pin
from checkpoints.store.from_outside.slack.accounts import User

BLANK = "field."
"""What the blocks of a card are called that a person fills in."""
VALUE = "value"


class Heard(BaseModel):
    """What else is in it is let be; what is wrong with it is never said with what it was."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_missing(cls, told: object) -> object:
        return {name: value for name, value in told.items() if value is not None} if isinstance(told, dict) else told


class Named(Heard):
    id: str = ""


class Somebody(Heard):
    id: str
    team_id: str = ""


class Choice(Heard):
    value: str = ""


class Filled(Heard):
    """One input as it stands: a text or a number as typed, or a choice."""

    value: str | None = None
    selected_option: Choice | None = None

    @property
    def said(self) -> str:
        return (self.selected_option.value if self.selected_option else self.value) or ""


class State(Heard):
    values: dict[str, dict[str, Filled]] = Field(default_factory=dict)


class Action(Heard):
    action_id: str = ""
    value: str = ""


class Message(Heard):
    ts: str = ""
    blocks: object = None

    def link(self, before: str) -> str:
        """What follows in the first link of ours on it that begins so: a caption, no more."""
        found = re.search(re.escape(before) + r"([\w/-]{1,80})", json.dumps(self.blocks))
        return found[1] if found else ""


class Container(Heard):
    channel_id: str = ""
    message_ts: str = ""


class View(Heard):
    id: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    state: State = State()


class Interaction(Heard):
    """A press on a card, or a modal that is handed in."""

    type: str
    user: Somebody
    team: Named | None = None
    channel: Named | None = None
    container: Container = Container()
    message: Message | None = None
    actions: list[Action] = Field(default_factory=list)
    state: State | None = None
    view: View | None = None
    trigger_id: str = ""

    @property
    def who(self) -> User:
        return User(self.team.id if self.team else self.user.team_id, self.user.id)

    @property
    def home(self) -> str:
        """The workspace that they belong to, where it is said."""
        return self.user.team_id

    @property
    def pins(self) -> frozenset[Pin]:
        """Where it says that the card hangs; one place, or it contradicts itself."""
        told = {(self.container.channel_id, self.container.message_ts)}
        told.add((self.channel.id if self.channel else "", self.message.ts if self.message else ""))
        return frozenset(Pin(channel, ts) for channel, ts in told if channel and ts)

    @property
    def fields(self) -> dict[str, str]:
        """What is filled in, by the fields' names. One that was emptied is there, as empty."""
        filled = self.state.values if self.state else {}
        blanks = {block: values for block, values in filled.items() if block.startswith(BLANK)}
        return {block.removeprefix(BLANK): values[VALUE].said for block, values in blanks.items() if VALUE in values}


class Event(Heard):
    """A message that somebody wrote, or that somebody opened the app's Home."""

    type: str
    user: str = ""
    user_team: str = ""
    team: str = ""
    channel: str = ""
    channel_type: str = ""
    text: str = ""
    ts: str = ""
    thread_ts: str = ""
    subtype: str = ""
    bot_id: str = ""
    tab: str = ""


class Told(Heard):
    """An event as it comes. `event_id` is the same however often Slack says it."""

    team_id: str = ""
    event_id: str = ""
    event: Event

    @property
    def who(self) -> User:
        return User(self.team_id, self.event.user)

    @property
    def home(self) -> str:
        return self.event.user_team or self.event.team


class Command(Heard):
    """What somebody typed behind /countersign, and where."""

    team_id: str = ""
    user_id: str
    channel_id: str = ""
    text: str = ""
    home: str = ""

    @property
    def who(self) -> User:
        return User(self.team_id, self.user_id)
