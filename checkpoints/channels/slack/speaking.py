"""What is said to somebody in Slack besides the cards, what opens before them, and what Slack knows of them.

Rule: whatever Slack or the way to it does comes out as Unavailable (try again) or Refused (won't help).
"""

import logging
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web import SlackResponse

from checkpoints.channels.slack import trouble
from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.shown.message import Face
from checkpoints.store.secret import slack_keys

SECONDS = 10
SECONDS_TO_OPEN = 3
"""A trigger lives no longer."""
View: TypeAlias = dict[str, Json]

quiet = logging.getLogger("slack_sdk.of_the_speaker")
# Left to itself the SDK repeats whatever came back, which may be what was sent.
quiet.setLevel(logging.CRITICAL)


class Member(BaseModel):
    """Whom Slack knows by an id, now."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: str
    team_id: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False


class SaidNo(Refused):
    """Slack's own no; `code` is its word for it."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def nobodys_client(api_url: str) -> WebClient:
    """A client that speaks for nobody: whoever takes it up gives it a token."""
    return WebClient(base_url=api_url, timeout=SECONDS, logger=quiet)


class Speaker:
    """Nothing here is promised: a card is hung by `board.py`. The keys are read at each call, so new ones count."""

    def __init__(self, api_url: str, keys: Path) -> None:
        patient = [ConnectionErrorRetryHandler(), RateLimitErrorRetryHandler(max_retry_count=1)]
        self._keys = keys
        self._client = WebClient(base_url=api_url, timeout=SECONDS, retry_handlers=patient, logger=quiet)
        self._opener = WebClient(base_url=api_url, timeout=SECONDS_TO_OPEN, retry_handlers=[], logger=quiet)

    def member(self, user_id: str) -> Member:
        """What Slack knows of them."""
        found = _asked(lambda: self._client.users_info(user=user_id, token=self._token)).get("user")
        if not isinstance(found, dict):
            raise Unavailable("Slack did not say who that is.")
        return Member.model_validate(found)

    def whisper(self, channel: str, user_id: str, face: Face, thread: str = "") -> None:
        """To one person, in a channel where they are; where that can't be, in what they and the app say alone."""
        try:
            if not channel:
                raise Refused("There is no channel.")
            _asked(
                lambda: self._client.chat_postEphemeral(
                    channel=channel,
                    user=user_id,
                    text=face.plain,
                    blocks=face.blocks,
                    thread_ts=thread or None,
                    token=self._token,
                )
            )
        except Countersign:
            self.say(user_id, face)

    def say(self, channel: str, face: Face, thread: str = "") -> None:
        """For everybody in the channel; with a user's id as the channel for them alone."""
        _asked(
            lambda: self._client.chat_postMessage(
                channel=channel,
                text=face.plain,
                blocks=face.blocks,
                thread_ts=thread or None,
                unfurl_links=False,
                unfurl_media=False,
                token=self._token,
            )
        )

    def open(self, trigger: str, view: View) -> str:
        """Before whoever pressed, within three seconds of it. Returns what the view is called from now on."""
        opened = _asked(lambda: self._opener.views_open(trigger_id=trigger, view=view, token=self._token)).get("view")
        return str(opened.get("id", "")) if isinstance(opened, dict) else ""

    def update(self, view_id: str, view: View) -> None:
        """Instead of what a modal shows."""
        _asked(lambda: self._client.views_update(view_id=view_id, view=view, token=self._token))

    def publish(self, user_id: str, view: View) -> None:
        """As their Home."""
        _asked(lambda: self._client.views_publish(user_id=user_id, view=view, token=self._token))

    @property
    def _token(self) -> str:
        try:
            return slack_keys.read(self._keys).bot_token
        except Refused as none:
            raise Unavailable(str(none)) from none


def signed(secret: str, now: float, timestamp: str, body: bytes, signature: str) -> bool:
    """Whether Slack's signature under a body is good. `timestamp`: digits; `now`: seconds since 1970."""

    class Now(Clock):
        def now(self) -> float:
            return now

    try:
        return SignatureVerifier(secret, Now()).is_valid(body, timestamp, signature)
    except (ValueError, TypeError):
        # No UTF-8, or a signature that is no ASCII.
        return False


def reached(call: Callable[[], None]) -> None:
    """Raises Unavailable where Slack, or the way to it, does not let it."""
    try:
        call()
    except SlackApiError as no:
        raise Unavailable(f"Slack refuses it ({trouble.word(no.response.get('error', 'no_reason'))}).") from None
    except (OSError, SlackClientError) as away:
        raise Unavailable(f"Slack does not answer ({type(away).__name__}).") from None


def _asked(call: Callable[[], SlackResponse]) -> SlackResponse:
    try:
        return call()
    except SlackApiError as no:
        why = trouble.said(no.response, changes=False, looks=False)
        if isinstance(why, Refused):
            raise SaidNo(str(why), str(no.response.get("error", ""))) from None
        raise why from None
    except (OSError, HTTPException, SlackClientError, ValueError) as away:
        raise Unavailable(f"Slack does not answer ({type(away).__name__}).") from None
