"""The board in Slack: cards as messages of the desk's app, by Slack's Web API. The only importer of slack_sdk.

Rule: nothing waits in here. What Slack asks patience for is told to the caller; what may hang already is looked for.
"""

import json
import logging
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http.client import HTTPException
from pathlib import Path
from socket import gaierror
from time import time
from urllib.error import URLError
from uuid import UUID

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from checkpoints.channels.slack import trouble
from checkpoints.core.errors import Countersign, OutcomeUnknown, Refused, Unavailable
from checkpoints.core.fields import clean
from checkpoints.core.shown.message import Face, Pin
from checkpoints.store.secret import slack_keys

PATIENCE = 8.0
"""Seconds for one call: a card takes seven of them at most, and its errand is held for a minute."""
PACE = timedelta(seconds=1)
"""Between two messages in one channel: Slack's own rule."""
MOST_PAGES, A_PAGE = 4, 200
"""How far back a message is looked for."""
LONGEST_AGO = timedelta(days=7).total_seconds()
EVENT = "countersign_card"
NOT_SENT = (ConnectionRefusedError, gaierror, ssl.SSLError)
"""These end a connection before anything was said over it."""

quiet = logging.getLogger("slack_sdk.of_the_board")
# Left to itself the SDK puts every call into words that nobody reads; what went wrong is told by whoever called.
quiet.setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class SlackBoard:
    """`keys` is the file with the bot's token, which is read at each call: a new one counts at once."""

    api_url: str
    keys: Path
    pace: timedelta = PACE
    patience: float = PATIENCE
    _clients: dict[str, WebClient] = field(default_factory=dict, repr=False, compare=False)
    _rooms: dict[tuple[str, str], str] = field(default_factory=dict, repr=False, compare=False)

    def hang(self, place: str, key: UUID, face: Face, maybe: bool = False) -> Pin:
        """As the port says. Further copies of its own are taken down."""
        client = self._client()
        try:
            channel = self._room(client, place)
            look = partial(client.conversations_history, channel=channel, oldest=f"{time() - LONGEST_AGO:.6f}")
            if maybe and (found := self._found(client, channel, key, look)):
                self.change(found, face)
                return found
            return _post(client, channel, key, face)
        except Refused:
            self._rooms.pop((client.token or "", place), None)
            raise

    def change(self, pin: Pin, face: Face) -> None:
        """As the port says; Refused when somebody took it down."""
        update = self._client().chat_update
        _call(partial(update, channel=pin.channel, ts=pin.ts, text=face.plain, blocks=face.blocks), changes=True)

    def say(self, pin: Pin, key: UUID, face: Face, maybe: bool = False) -> Pin:
        """As the port says."""
        client = self._client()
        look = partial(client.conversations_replies, channel=pin.channel, ts=pin.ts)
        if maybe and (found := self._found(client, pin.channel, key, look)):
            return found
        return _post(client, pin.channel, key, face, thread=pin.ts)

    def _client(self) -> WebClient:
        """Raises Unavailable where there are no keys: there may be soon."""
        try:
            token = slack_keys.read(self.keys).bot_token
        except Refused as none:
            raise Unavailable(str(none)) from none
        if token not in self._clients:
            self._clients.clear()
            self._clients[token] = WebClient(
                token,
                self.api_url,
                # In whole seconds, by the SDK's types; urllib takes any.
                timeout=self.patience,  # type: ignore[arg-type]
                # Made anew by each call otherwise, and none is needed for a server on this machine.
                ssl=ssl.create_default_context() if self.api_url.startswith("https") else None,
                logger=quiet,
                retry_handlers=[],
            )
        return self._clients[token]

    def _room(self, client: WebClient, place: str) -> str:
        """The channel itself, or the one where the app and this user talk."""
        if place[:1] not in ("U", "W"):
            return place
        known = (client.token or "", place)
        if known not in self._rooms:
            opened = _call(partial(client.conversations_open, users=place))
            self._rooms[known] = str(opened["channel"]["id"])
        return self._rooms[known]

    def _found(self, client: WebClient, channel: str, key: UUID, look: Callable[..., SlackResponse]) -> Pin | None:
        """The oldest message of ours that has this key; None where there is none, or nobody may look."""
        try:
            us = _call(client.auth_test, looks=True)
            named = {str(us.get(name)) for name in ("user_id", "bot_id") if us.get(name)}
            ours = [m for m in _messages(look) if _is(m, key) and {m.get("user"), m.get("bot_id")} & named]
        except trouble.CannotLook:
            return None
        pins = [Pin(channel, ts) for ts in sorted((str(message["ts"]) for message in ours), key=float)]
        for copy in pins[1:]:
            _take_down(client, copy)
        return pins[0] if pins else None


def _messages(look: Callable[..., SlackResponse]) -> Iterator[dict[str, object]]:
    """Those of a channel or a thread, page by page."""
    cursor = ""
    for _ in range(MOST_PAGES):
        page = _call(partial(look, include_all_metadata=True, limit=A_PAGE, cursor=cursor or None), looks=True)
        yield from page.get("messages") or ()
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


def _is(message: dict[str, object], key: UUID) -> bool:
    """In its metadata, as its client's id, or on its buttons: whichever of them a server keeps."""
    return str(key) in json.dumps(message)


def _post(client: WebClient, channel: str, key: UUID, face: Face, thread: str | None = None) -> Pin:
    said = _call(
        partial(
            client.chat_postMessage,
            channel=channel,
            text=face.plain,
            blocks=face.blocks,
            thread_ts=thread,
            unfurl_links=False,
            unfurl_media=False,
            client_msg_id=str(key),
            metadata={"event_type": EVENT, "event_payload": {"key": str(key)}},
        ),
        changes=True,
    )
    return Pin(str(said["channel"]), str(said["ts"]))


def _take_down(client: WebClient, pin: Pin) -> None:
    """A copy that stays says the same, so what goes wrong here holds up nothing."""
    try:
        _call(partial(client.chat_delete, channel=pin.channel, ts=pin.ts))
    except Countersign as stays:
        quiet.warning("a copy of a card stays: %s", stays)


def _call(does: Callable[[], SlackResponse], *, changes: bool = False, looks: bool = False) -> SlackResponse:
    """One call. `changes`: what gets no answer may be done. `looks`: being kept from it is a CannotLook."""
    try:
        return does()
    except SlackApiError as no:
        raise trouble.said(no.response, changes, looks) from None
    except URLError as lost:
        if changes and not isinstance(lost.reason, NOT_SENT):
            raise OutcomeUnknown(f"Slack did not say whether it took it: {_named(lost)}") from lost
        raise Unavailable(f"Slack does not answer: {_named(lost)}") from lost
    except (HTTPException, SlackRequestError, OSError, ValueError) as lost:
        if changes:
            raise OutcomeUnknown(f"Slack did not say whether it took it: {_named(lost)}") from lost
        raise Unavailable(f"Slack does not answer: {_named(lost)}") from lost


def _named(wrong: Exception) -> str:
    reason = getattr(wrong, "reason", wrong)
    return clean(str(reason) or type(wrong).__name__)
