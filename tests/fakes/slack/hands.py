"""What people do at Slack: press, submit, say, type a command, open Home. All of it runs in the server's loop."""

import time
from dataclasses import dataclass

from tests.fakes.slack import payloads
from tests.fakes.slack.answering import Answering
from tests.fakes.slack.docs import Doc, text
from tests.fakes.slack.methods.answers import shown
from tests.fakes.slack.payloads import Values
from tests.fakes.slack.wires import Sent, Wires
from tests.fakes.slack.workspace import Channel, Message, User, View, Workspace


@dataclass
class Hands:
    """Everybody's, in this workspace."""

    space: Workspace
    wires: Wires
    answering: Answering

    async def press(self, by: User, message: Message, action_id: str, values: Values) -> Sent:
        """A button (or a select that acts at once) of a message."""
        trigger = self.space.new_trigger(by.id)
        payload = payloads.pressed(self.space, by, message, action_id, values, trigger)
        payload["response_url"] = self.answering.new_url(by.id, message.channel, message)
        return await self.wires.send("interactive", payload)

    async def press_in_view(self, by: User, view: View, action_id: str, values: Values) -> Sent:
        trigger = self.space.new_trigger(by.id, view.id)
        payload = payloads.pressed_in_view(self.space, by, view, action_id, values, trigger)
        return await self.wires.send("interactive", payload)

    async def submit(self, by: User, view: View, values: Values) -> Sent:
        """The modal's Submit; it closes when the app acknowledges with nothing else to say."""
        trigger = self.space.new_trigger(by.id, view.id)
        sent = await self.wires.send("interactive", payloads.submitted(self.space, by, view, values, trigger))
        if sent.acked:
            self.answering.after_submission(view, sent.answer)
        return sent

    async def close(self, by: User, view: View) -> Sent | None:
        """The modal's Cancel. The app hears of it if it asked to."""
        self.answering.closed(view)
        if not view.body.get("notify_on_close"):
            return None
        return await self.wires.send("interactive", payloads.closed(self.space, by, view))

    async def say(self, by: User, channel: Channel, words: str, thread: str) -> Message:
        """A message; the app hears of it where it is a member."""
        ts = self.space.new_ts()
        message = Message(ts, channel.id, by.id, words, thread=thread, client_id=f"client-{ts}")
        message.blocks = [rich(words, ts)]
        if thread:
            parent = channel.messages[thread]
            parent.thread = parent.thread or parent.ts
        self.space.post(message)
        if self.space.bot.id in channel.members:
            await self.wires.send("events_api", payloads.event(self.space, payloads.said(self.space, message)))
        return message

    async def edit(self, message: Message, words: str) -> Message:
        before = shown(self.space, message)
        message.text, message.edited, message.versions = words, self.space.new_ts(), message.versions + 1
        message.blocks = [rich(words, message.edited)]
        self.space.version += 1
        what = payloads.changed(self.space, message, before)
        await self.wires.send("events_api", payloads.event(self.space, what))
        return message

    async def command(self, by: User, channel: Channel, name: str, words: str) -> Sent:
        """A slash command; what the app answers at once is seen by nobody else, unless it says `in_channel`."""
        answer = self.answering.new_url(by.id, channel.id, None)
        trigger = self.space.new_trigger(by.id)
        payload = payloads.command(self.space, by, channel, name, words, trigger, answer)
        sent = await self.wires.send("slash_commands", payload)
        if sent.acked and (text(sent.answer, "text") or sent.answer.get("blocks")):
            self.answering.say(by.id, channel.id, sent.answer)
        return sent

    async def open_home(self, by: User) -> Sent:
        what: Doc = payloads.home_opened(self.space, by)
        return await self.wires.send("events_api", payloads.event(self.space, what))


def rich(words: str, ts: str) -> Doc:
    """Slack gives what a person types as rich text."""
    section: Doc = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "block_id": f"r{ts[-6:]}{time.time_ns() % 1000}", "elements": [section]}
