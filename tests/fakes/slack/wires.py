"""Sending to the app: over a socket that it opened, or to its request URL, signed. Who doesn't acknowledge is told so.

Rule: an event that isn't acknowledged is sent again, an interaction never is, as with Slack.
"""

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlencode

import httpx
from slack_sdk.signature import SignatureVerifier
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.fakes.slack.docs import Doc, doc, text
from tests.fakes.slack.workspace import Workspace

Sort = Literal["interactive", "events_api", "slash_commands"]
ACK_S = 3.0
AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


@dataclass
class Sent:
    """One thing that was sent, and what came back: `acked_ms` is None when nothing did in three seconds."""

    sort: Sort
    payload: Doc
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    answer: Doc = field(default_factory=dict)
    acked_ms: float | None = None
    retry: int = 0
    reason: str = ""

    @property
    def acked(self) -> bool:
        return self.acked_ms is not None


@dataclass
class Wires:
    """How this workspace reaches its app. `retries` are the pauses before an event is sent again, in seconds."""

    space: Workspace
    deliver: Literal["socket", "http"] = "socket"
    request_url: str = ""
    retries: tuple[float, ...] = (0, 60, 300)
    sent: list[Sent] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    waiting: dict[str, "asyncio.Future[Doc]"] = field(default_factory=dict)
    again: set["asyncio.Task[object]"] = field(default_factory=set)
    echoes: bool = False
    """The app hears what it says itself, as with Slack; off where it costs more than it shows."""
    turns: int = 0
    client: httpx.AsyncClient | None = None

    async def send(self, sort: Sort, payload: Doc) -> Sent:
        """Sends it once, and waits for the acknowledgement; an event without one is sent again later."""
        sent = await self.deliver_once(Sent(sort, payload))
        if sort == "events_api" and not sent.acked and "x-slack-no-retry" not in sent.headers:
            self.begin(self.insist(sent))
        return sent

    def begin(self, doing: Coroutine[object, object, object]) -> None:
        """In the background, until it is done or all ends."""
        task = asyncio.create_task(doing)
        self.again.add(task)
        task.add_done_callback(self.again.discard)

    async def insist(self, first: Sent) -> None:
        for number, pause in enumerate(self.retries, start=1):
            await asyncio.sleep(pause)
            sent = Sent(first.sort, first.payload, retry=number, reason=first.reason or "timeout")
            if (await self.deliver_once(sent)).acked:
                return

    async def deliver_once(self, sent: Sent, signed_at: int | None = None) -> Sent:
        self.sent.append(sent)
        began = time.monotonic()
        by_http = self.deliver == "http"
        acked = await (self.post(sent, signed_at) if by_http else self.push(sent))
        if acked:
            sent.acked_ms = (time.monotonic() - began) * 1000
        return sent

    async def push(self, sent: Sent) -> bool:
        """Over one of the sockets that are open, each in its turn."""
        if not self.sockets:
            sent.reason = "connection_failed"
            return False
        envelope = self.space.new_id("envelope-")
        frame: Doc = {"envelope_id": envelope, "type": sent.sort, "payload": sent.payload}
        frame["accepts_response_payload"] = sent.sort != "events_api"
        if sent.sort == "events_api":
            frame |= {"retry_attempt": sent.retry, "retry_reason": sent.reason}
        sent.body = json.dumps(frame).encode()
        answer = self.waiting[envelope] = asyncio.get_running_loop().create_future()
        self.turns += 1
        try:
            await self.sockets[self.turns % len(self.sockets)].send_text(sent.body.decode())
            sent.answer = await asyncio.wait_for(answer, ACK_S)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            sent.reason = "timeout"
            return False
        finally:
            del self.waiting[envelope]
        sent.status = 200
        return True

    async def post(self, sent: Sent, signed_at: int | None) -> bool:
        """To the request URL. What was sent before goes out as it was, unless it is signed anew."""
        if not sent.body:
            sent.body, sort = encoded(sent)
            sent.headers = {"content-type": sort, "user-agent": AGENT}
        if signed_at is not None or "x-slack-signature" not in sent.headers:
            sent.headers |= self.signed(sent.body, int(time.time()) if signed_at is None else signed_at)
        if sent.retry:
            sent.headers |= {"x-slack-retry-num": str(sent.retry), "x-slack-retry-reason": sent.reason}
        self.client = self.client or httpx.AsyncClient(trust_env=False, timeout=ACK_S, limits=httpx.Limits())
        try:
            answer = await self.client.post(self.request_url, content=sent.body, headers=sent.headers)
        except httpx.TimeoutException:
            sent.reason = "http_timeout"
            return False
        except (httpx.HTTPError, httpx.InvalidURL):
            sent.reason = "connection_failed"
            return False
        sent.status, sent.answer = answer.status_code, read(answer.text)
        if "x-slack-no-retry" in answer.headers:
            sent.headers["x-slack-no-retry"] = "1"
        sent.reason = "" if answer.is_success else "http_error"
        return answer.is_success

    def signed(self, body: bytes, at: int) -> dict[str, str]:
        """The headers that say that it is from Slack, at that second."""
        verifier = SignatureVerifier(self.space.signing_secret)
        signature = verifier.generate_signature(timestamp=str(at), body=body)
        return {"x-slack-request-timestamp": str(at), "x-slack-signature": signature or ""}

    async def again_as(self, sent: Sent, retry: int, signed_at: int | None) -> Sent:
        """The same once more: byte for byte, or signed at another time, or as Slack's own retry."""
        copy = replace(sent, headers=dict(sent.headers), status=0, answer={}, acked_ms=None, retry=retry)
        copy.reason = "http_timeout" if retry else ""
        return await self.deliver_once(copy, signed_at)

    async def listen(self, socket: WebSocket) -> None:
        """One socket of the app's, from hello until somebody hangs up."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self.space.tickets:
            await socket.close(4001)
            return
        self.space.tickets.remove(ticket)
        await socket.accept()
        self.sockets.append(socket)
        await socket.send_json(self.hello())
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                self.take(read(await socket.receive_text()))
        if socket in self.sockets:
            self.sockets.remove(socket)

    def hello(self) -> Mapping[str, object]:
        return {
            "type": "hello",
            "num_connections": len(self.sockets),
            "connection_info": {"app_id": self.space.app_id},
            "debug_info": {"host": "stand-in", "build_number": 1, "approximate_connection_time": 18_060},
        }

    def take(self, said: Doc) -> None:
        """An acknowledgement, with or without an answer in it."""
        waiting = self.waiting.get(text(said, "envelope_id"))
        if waiting and not waiting.done():
            waiting.set_result(doc(said, "payload"))

    async def disconnect(self, reason: str, warn: bool) -> None:
        """Hangs up on every socket; `warn`: says so first, as Slack does when it wants the app to connect anew."""
        open_now, self.sockets = self.sockets, []
        for socket in open_now:
            if warn:
                await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}})
            await socket.close(1000 if warn else 1011)

    async def stop(self) -> None:
        for task in self.again:
            task.cancel()
        await self.disconnect("link_disabled", warn=False)
        if self.client:
            await self.client.aclose()


def encoded(sent: Sent) -> tuple[bytes, str]:
    """The body of a request, and what it is: JSON for events, a form for the rest."""
    form = "application/x-www-form-urlencoded"
    if sent.sort == "events_api":
        return json.dumps(sent.payload).encode(), "application/json"
    if sent.sort == "interactive":
        return urlencode({"payload": json.dumps(sent.payload)}).encode(), form
    return urlencode({key: str(value) for key, value in sent.payload.items()}).encode(), form


def read(said: str) -> Doc:
    """JSON as it is, any other words as `text`."""
    try:
        found = json.loads(said or "{}")
    except ValueError:
        return {"text": said}
    return found if isinstance(found, dict) else {"text": said}
