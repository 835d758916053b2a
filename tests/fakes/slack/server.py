"""The server: the Web API under /api/, response_urls, the apps' sockets, and the page for people.

The Web API is answered by hand, without a framework: a measured desk shouldn't wait for its stand-in.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from checkpoints.core.model import Json
from tests.fakes.slack import payloads
from tests.fakes.slack.answering import Answering
from tests.fakes.slack.docs import Doc, text
from tests.fakes.slack.faults import DOCUMENTED, Fault, Faults
from tests.fakes.slack.methods.answers import No
from tests.fakes.slack.methods.table import call
from tests.fakes.slack.wires import Wires
from tests.fakes.slack.workspace import Workspace

WRITTEN_AS_JSON = ("blocks", "view", "metadata", "attachments")


@dataclass
class Server:
    """One ASGI application for everything."""

    space: Workspace
    wires: Wires
    answering: Answering
    faults: Faults
    page: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.wires.listen(WebSocket(scope, receive, send))
        elif scope["path"].startswith("/api/"):
            await self.api(scope, receive, send)
        elif scope["path"].startswith("/actions/"):
            await self.respond(scope, receive, send)
        else:
            await self.page(scope, receive, send)

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call of the Web API, with what goes wrong on its way."""
        method = scope["path"].removeprefix("/api/")
        token, args = arguments(scope, await body(receive))
        fault = self.faults.next(method)
        if fault and fault.how in DOCUMENTED:
            await self.fail(send, fault)
        elif fault and fault.how == "before":
            hang_up(send)
        elif fault and fault.how not in ("after", "hang", "slow"):
            await answer(send, 200, {"ok": False, "error": fault.how})
        elif self.too_fast(method, args):
            await self.fail(send, Fault(method, "429", seconds=self.faults.pace))
        else:
            await self.do(method, token, args, fault, receive, send)

    async def do(self, method: str, token: str, args: Doc, fault: Fault | None, receive: Receive, send: Send) -> None:
        if fault and fault.how == "slow":
            await asyncio.sleep(fault.seconds)
        try:
            said = call(self.space, method, token, args)
        except No as no:
            said = {"ok": False, "error": no.error, **no.more}
        if self.wires.echoes and method == "chat.postMessage" and said["ok"]:
            self.echo(text(said, "channel"), text(said, "ts"))
        if fault and fault.how == "after":
            hang_up(send)
        elif fault and fault.how == "hang":
            while (await receive())["type"] != "http.disconnect":
                continue
        else:
            scopes = ",".join(sorted(self.space.scopes)) if token == self.space.bot_token else "connections:write"
            await answer(send, 200, said, {"x-oauth-scopes": scopes})

    def echo(self, channel: str, ts: str) -> None:
        what = payloads.said(self.space, self.space.channels[channel].messages[ts])
        self.wires.begin(self.wires.send("events_api", payloads.event(self.space, what)))

    def too_fast(self, method: str, args: Doc) -> bool:
        """Slack's pace: about one chat.postMessage a second to a channel."""
        if not self.faults.pace or method != "chat.postMessage":
            return False
        named = text(args, "channel")
        channel = self.space.channels.get(named)
        if channel is None and named in self.space.users:
            channel = self.space.direct(named)
        if channel is None:
            return False
        now = time.monotonic()
        if now - channel.posted < self.faults.pace:
            return True
        channel.posted = now
        return False

    async def fail(self, send: Send, fault: Fault) -> None:
        status = DOCUMENTED[fault.how]
        if status == 429:
            wait = {"retry-after": str(max(1, round(fault.seconds)))}
            await answer(send, 429, {"ok": False, "error": "ratelimited"}, wait)
        else:
            await answer(send, status, {"ok": False, "error": "internal_error"})

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A POST to a response_url."""
        fault = self.faults.next("response_url")
        if fault and fault.how in DOCUMENTED:
            await self.fail(send, fault)
            return
        _, said = arguments(scope, await body(receive))
        try:
            self.answering.use(scope["path"], said)
        except No as no:
            await answer(send, 404, {"ok": False, "error": no.error, **no.more})
        else:
            await answer(send, 200, {"ok": True})


async def body(receive: Receive) -> bytes:
    whole = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        whole += part
        if not message.get("more_body"):
            return whole


def arguments(scope: Scope, sent: bytes) -> tuple[str, Doc]:
    """The token, and what the method is called with: of the query, of a form or of JSON."""
    headers = dict(scope["headers"])
    args: Doc = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    if headers.get(b"content-type", b"").startswith(b"application/json"):
        found = json.loads(sent or b"{}")
        args |= found if isinstance(found, dict) else {}
    else:
        args |= dict(parse_qsl(sent.decode(), keep_blank_values=True))
        for name in WRITTEN_AS_JSON:
            if isinstance(value := args.get(name), str):
                args[name] = parsed(value)
    bearer = headers.get(b"authorization", b"").decode()
    token = bearer.removeprefix("Bearer ") if bearer.startswith("Bearer ") else text(args, "token")
    return token, args


def parsed(value: str) -> Json:
    """What isn't JSON stays the words that it is, which no method takes."""
    try:
        found: Json = json.loads(value)
    except ValueError:
        return value
    return found


async def answer(send: Send, status: int, said: Doc, more: Mapping[str, str] | None = None) -> None:
    content = json.dumps(said).encode()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(content))]
    headers += [(key.encode(), value.encode()) for key, value in (more or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def hang_up(send: Send) -> None:
    """Closes the connection without a word. uvicorn's own `send` knows it; ASGI has no other way to."""
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    assert isinstance(transport, asyncio.Transport)
    transport.abort()
