"""The stand-in as tests hold it: a server in a thread, people who press, and what a reader sees."""

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeVar

import uvicorn

from tests.fakes.slack.answering import Answering
from tests.fakes.slack.docs import Doc
from tests.fakes.slack.faults import Fault, Faults
from tests.fakes.slack.hands import Hands
from tests.fakes.slack.page.routes import Page
from tests.fakes.slack.payloads import Values
from tests.fakes.slack.server import Server
from tests.fakes.slack.wires import Sent, Sort, Wires
from tests.fakes.slack.workspace import Channel, Message, User, View, Workspace

HOST = "127.0.0.1"
DEADLINE_S = 20.0
Found = TypeVar("Found")
Somewhere = Channel | User | str
"""A channel, its id or its name; or a person, whose direct messages with the app are meant."""


class StandIn:
    """One workspace with one app, at an address of this machine."""

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"
        self.space = Workspace(
            url=self.url,
            bot_token=f"xoxb-{secrets.token_hex(16)}",
            app_token=f"xapp-1-{secrets.token_hex(16)}",
            signing_secret=secrets.token_hex(16),
        )
        self.wires = Wires(self.space)
        self.faults = Faults()
        answering = Answering(self.space)
        self.hands = Hands(self.space, self.wires, answering)
        page = Page(self.space, self.hands).application()
        self.application = Server(self.space, self.wires, answering, self.faults, page)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.user("Countersign", bot=True)

    @property
    def api_url(self) -> str:
        """What slack-sdk calls its base_url."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        return self.space.bot_token

    @property
    def app_token(self) -> str:
        return self.space.app_token

    @property
    def signing_secret(self) -> str:
        return self.space.signing_secret

    @property
    def team_id(self) -> str:
        return self.space.team_id

    @property
    def sent(self) -> list[Sent]:
        """All that was sent to the app, each try by itself."""
        return self.wires.sent

    # Who and where.

    def user(
        self,
        name: str,
        *,
        bot: bool = False,
        restricted: bool = False,
        ultra_restricted: bool = False,
        deleted: bool = False,
        team: str = "",
        email: str = "",
    ) -> User:
        """The person of this name, new when there is none; of another `team`: a stranger. Flags change at any time."""
        for known in self.space.users.values():
            if known.name == name:
                return known
        person = User(self.space.id_of("U", name), team or self.team_id, name, bot=bot, email=email)
        person.restricted, person.ultra_restricted = restricted or ultra_restricted, ultra_restricted
        person.deleted, person.stranger = deleted, bool(team) and team != self.team_id
        self.space.users[person.id] = person
        for channel in self.space.channels.values():
            if channel.sort == "channel" and not bot:
                channel.members.add(person.id)
        return person

    def channel(self, name: str, *, private: bool = False, joined: bool = True) -> Channel:
        """The channel of this name, new when there is none; all people are in it, the app where it `joined`."""
        for known in self.space.channels.values():
            if known.name == name:
                return known
        channel = Channel(self.space.id_of("C", name), name, "group" if private else "channel")
        channel.members = {one.id for one in self.space.users.values() if not one.bot}
        if joined:
            channel.members.add(self.space.bot.id)
        self.space.channels[channel.id] = channel
        return channel

    def place(self, where: Somewhere) -> Channel:
        if isinstance(where, User):
            return self.space.direct(where.id)
        if isinstance(where, Channel):
            return where
        return self.space.channels.get(where) or self.channel(where)

    # What a reader sees.

    def messages(self, where: Somewhere, seen_by: User | None = None) -> list[Message]:
        """What stands in a channel, oldest first, without the threads; what only one person sees, for that person."""
        found = list(self.place(where).messages.values())
        found = [one for one in found if not one.only_for or (seen_by and one.only_for == seen_by.id)]
        return [one for one in found if one.thread in ("", one.ts) or one.broadcast]

    def thread(self, message: Message, seen_by: User | None = None) -> list[Message]:
        """What was answered to it, oldest first."""
        found = list(self.space.channels[message.channel].messages.values())
        found = [one for one in found if not one.only_for or (seen_by and one.only_for == seen_by.id)]
        return [one for one in found if one.thread == message.ts and one is not message and one.ts != message.ts]

    def whispered(self, user: User) -> list[Message]:
        """What only this person sees, wherever it stands."""
        channels = list(self.space.channels.values())
        return [one for channel in channels for one in list(channel.messages.values()) if one.only_for == user.id]

    def now(self, message: Message) -> Message:
        """The message as it stands now."""
        return self.space.channels[message.channel].messages[message.ts]

    def modal(self, user: User, timeout: float = 3) -> View:
        """The topmost modal that this person has open, as soon as there is one."""
        found = self.wait(lambda: self.space.stacks.get(user.id), timeout, f"no modal opened for {user.name}")
        return self.space.views[found[-1]]

    def has_modal(self, user: User) -> bool:
        return bool(self.space.stacks.get(user.id))

    def home(self, user: User, timeout: float = 3) -> View:
        found = self.wait(lambda: self.space.homes.get(user.id), timeout, f"no Home tab for {user.name}")
        return self.space.views[found]

    def wait(self, look: Callable[[], Found | None], timeout: float, otherwise: str) -> Found:
        """What `look` finds, as soon as it finds something."""
        deadline = time.monotonic() + timeout
        while not (found := look()):
            assert time.monotonic() < deadline, otherwise
            time.sleep(0.01)
        return found

    # What people do. Each waits for the app's acknowledgement, for three seconds at most.

    def press(self, user: User, message: Message, action_id: str, values: Values | None = None) -> Sent:
        """A button of a message, with what is filled in beside it, by block_id."""
        now = self.now(message)
        # Who pressed before the card changed pressed what they saw.
        seen = now if action_id in now.buttons else message
        return self.run(self.hands.press(user, seen, action_id, values or {}))

    def press_in(self, user: User, view: View, action_id: str, values: Values | None = None) -> Sent:
        """A button in a modal or on the Home tab."""
        return self.run(self.hands.press_in_view(user, view, action_id, values or {}))

    def submit(self, user: User, view: View | None = None, values: Values | None = None) -> Sent:
        """The modal, or the topmost one."""
        return self.run(self.hands.submit(user, view or self.modal(user), values or {}))

    def close(self, user: User, view: View) -> None:
        self.run(self.hands.close(user, view))

    def say(self, user: User, where: Somewhere, words: str, thread: Message | str = "") -> Message:
        """What the app answered to the event is the last of `sent`."""
        ts = (thread.thread or thread.ts) if isinstance(thread, Message) else thread
        return self.run(self.hands.say(user, self.place(where), words, ts))

    def edit(self, message: Message, words: str) -> Message:
        return self.run(self.hands.edit(self.now(message), words))

    def command(self, user: User, words: str, where: Somewhere = "general", name: str = "/countersign") -> Sent:
        return self.run(self.hands.command(user, self.place(where), name, words))

    def open_home(self, user: User) -> Sent:
        return self.run(self.hands.open_home(user))

    def deliver(self, sort: Sort, payload: Mapping[str, object]) -> Sent:
        """Any payload, as Slack would bring it: a forged one, say."""
        made: Doc = dict(payload)  # type: ignore[arg-type]  # whatever the test made
        return self.run(self.wires.deliver_once(Sent(sort, made)))

    def redeliver(self, sent: Sent, *, retry: int = 0, signed_at: float | None = None) -> Sent:
        """The same again: byte for byte, signed anew at another second, or as Slack's own `retry`."""
        return self.run(self.wires.again_as(sent, retry, None if signed_at is None else int(signed_at)))

    # What goes wrong.

    def fail(self, method: str, how: str, times: int = 1, seconds: float = 1) -> Fault:
        """The next calls of a method (`*`: of any) go wrong; see Fault. `seconds`: Retry-After, or how slow."""
        fault = Fault(method, how, times, seconds)
        self.faults.scripted.append(fault)
        return fault

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.faults.scripted.clear()
        self.space.revoked = False
        self.faults.pace = 0

    def keep_pace(self, seconds: float = 1) -> None:
        """One chat.postMessage to a channel in so many seconds, else 429."""
        self.faults.pace = seconds

    def revoke(self, revoked: bool = True) -> None:
        self.space.revoked = revoked

    def archive(self, where: Somewhere, archived: bool = True) -> None:
        self.place(where).archived = archived

    def disconnect(self, *, warn: bool = True) -> None:
        """Hangs up on the app's sockets; `warn`: says so first."""
        self.run(self.wires.disconnect("refresh_requested", warn))

    def deliver_to(self, url: str) -> None:
        """From now on by HTTP, to this request URL."""
        self.wires.request_url, self.wires.deliver = url, "http"

    def deliver_by_socket(self) -> None:
        self.wires.deliver = "socket"

    def wait_for_app(self, connections: int = 1, timeout: float = DEADLINE_S) -> None:
        """Until so many sockets are open."""
        self.wait(lambda: len(self.wires.sockets) >= connections, timeout, "the app didn't connect")

    def run(self, doing: Coroutine[object, object, Found]) -> Found:
        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(DEADLINE_S)


@contextmanager
def stand_in(deliver: Literal["socket", "http"] = "socket", port: int = 0) -> Iterator[StandIn]:
    """Slack, until the end of the block. For `http`, say where with `deliver_to`."""
    with listening(port) as listener:
        slack = StandIn(listener)
        slack.wires.deliver = deliver
        started = threading.Event()
        server = uvicorn.Server(configured(slack))
        thread = threading.Thread(target=lambda: asyncio.run(serve(slack, server, listener, started)), name="slack")
        thread.start()
        assert started.wait(DEADLINE_S), "the stand-in for Slack did not start"
        slack.wait(lambda: server.started, DEADLINE_S, "the stand-in for Slack did not start")
        try:
            yield slack
        finally:
            server.should_exit = True
            thread.join(DEADLINE_S)
            assert not thread.is_alive(), "the stand-in for Slack did not stop"


def listening(port: int) -> socket.socket:
    # Said to be TCP, or asyncio leaves Nagle's algorithm on: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(1_024)
    return listener


def configured(slack: StandIn) -> uvicorn.Config:
    config = uvicorn.Config(slack.application, log_config=None, access_log=False, lifespan="off", loop="asyncio")
    config.ws, config.http, config.timeout_graceful_shutdown = "websockets-sansio", "h11", 1
    return config


async def serve(slack: StandIn, server: uvicorn.Server, listener: socket.socket, started: threading.Event) -> None:
    slack.loop = asyncio.get_running_loop()
    started.set()
    await server.serve(sockets=[listener])
    await slack.wires.stop()
