"""Slack's door at the page, `/slack/events`: what it signed goes to the app, of everything else only a count is kept.

Rule: no word is read before the signature is good, and nothing is written before the answer is out.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from slack_bolt import BoltRequest, BoltResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from checkpoints.actions.from_outside.slack import refusing
from checkpoints.channels.slack.speaking import signed
from checkpoints.core.errors import Countersign, Refused
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from checkpoints.store.secret import slack_keys
from to_tools.slack_listener.app import Listener

PATH = "/slack/events"
SIGNATURE, TIMESTAMP = "x-slack-signature", "x-slack-request-timestamp"
LARGEST = 1_048_576
OLDEST, FROM_AHEAD = 300, 5
"""Seconds that a signature's time may lie behind this machine's clock, and before it."""
LONGEST_TIMESTAMP = 12
DISPATCHERS = 32
"""They wait for acks, which take milliseconds."""
NO_SECRET = (
    "Slack is to reach this desk over HTTP, and there is no signing secret to know it by. Give it: countersign slack "
    'connect; or let the desk call Slack instead: slack = "socket" in settings.toml.'
)
NOT_SIGNED = "This is not signed as Slack signs. Nothing was kept.\n"
TOO_LARGE = "This is over 1 MiB. Nothing was kept.\n"

log = logging.getLogger("slack")


class Door:
    """Stands before the page, for none of the page's own rules holds here: no host, no cookie, no form of ours."""

    def __init__(self, desk: Desk, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        """Raises Refused without the keys, or without a signing secret among them."""
        keys = slack_keys.read(settings.slack_keys)
        if not keys.signing_secret.strip():
            raise Refused(NO_SECRET)
        self._secret, self._clock = keys.signing_secret, clock
        self._listener = Listener(desk, settings)
        self._dispatchers = ThreadPoolExecutor(DISPATCHERS, "slack-door")
        self._unsigned = Unsigned(desk)

    def before(self, app: ASGIApp) -> ASGIApp:
        """The application with this door in it."""

        async def with_door(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"] == PATH:
                await (await self._answer(Request(scope, receive)))(scope, receive, send)
            else:
                await app(scope, receive, send)

        return with_door

    def close(self) -> None:
        """Ends once what came has had its turn."""
        self._dispatchers.shutdown()
        self._listener.close()
        self._unsigned.close()

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse("Slack posts.\n", 405)
        body = await _read(request)
        if body is None:
            return PlainTextResponse(TOO_LARGE, 413)
        if not self._is_signed(request, body):
            self._unsigned.add()
            return PlainTextResponse(NOT_SIGNED, 401)
        # The app waits for its own threads: never the one that serves everybody.
        return await asyncio.get_running_loop().run_in_executor(self._dispatchers, self._dispatched, request, body)

    def _is_signed(self, request: Request, body: bytes) -> bool:
        signatures, timestamps = (request.headers.getlist(name) for name in (SIGNATURE, TIMESTAMP))
        if len(signatures) != 1 or len(timestamps) != 1:
            return False
        timestamp = timestamps[0]
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= LONGEST_TIMESTAMP):
            return False
        now = self._clock()
        if not -FROM_AHEAD <= now - int(timestamp) <= OLDEST:
            return False
        return signed(self._secret, now, timestamp, body, signatures[0])

    def _dispatched(self, request: Request, body: bytes) -> Response:
        headers: dict[str, str | Sequence[str]] = {name: request.headers.getlist(name) for name in request.headers}
        try:
            # As it came: its hash is what it is known by.
            came = BoltRequest(body=body.decode(), query=request.url.query, headers=headers)
        except (ValueError, TypeError, AttributeError):
            # Signed, and nothing that Slack says: the library takes it apart before it looks what it is.
            return PlainTextResponse("This can't be read.\n", 400)
        answer: BoltResponse = self._listener.app.dispatch(came)
        given = {name: value for name, value in answer.first_headers().items() if name.lower() != "content-length"}
        return Response(answer.body, answer.status, given)


class Unsigned:
    """Counts what was not signed: never in the way of an answer, with one writer, however many come.

    It is logged at each power of two: a stranger fills no disk.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock, self._waiting, self._all = Lock(), 0, 0
        self._writer = ThreadPoolExecutor(1, "slack-count")

    def add(self) -> None:
        with self._lock:
            self._waiting += 1
            self._all += 1
            if self._all & (self._all - 1) == 0:
                log.warning("%d that came in the name of Slack were not signed as Slack signs", self._all)
            if self._waiting == 1:
                self._writer.submit(self._write)

    def close(self) -> None:
        self._writer.shutdown()

    def _write(self) -> None:
        with self._lock:
            number, self._waiting = self._waiting, 0
        try:
            refusing.unsigned(self._desk, number)
        except Countersign as trouble:
            log.warning("they were not counted: %s", trouble)


async def _read(request: Request) -> bytes | None:
    """The body; None for more than Slack says at once, which is not held."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > LARGEST:
            return None
        body += chunk
    return bytes(body)
