"""Looks at the way to Slack: whose bot a token is, what it may, whether the socket opens, what a channel is like.

Rule: nothing is changed by a look, and no token is in what it says.
"""

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from checkpoints.core.errors import Busy, Refused, Unavailable
from checkpoints.core.fields import clean
from checkpoints.store.from_outside.slack.workspace import Workspace

SECONDS = 10
SCOPES = "x-oauth-scopes"
BAD_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
NO_SUCH_LOOK = frozenset({"unknown_method", "missing_scope", "not_allowed_token_type", "method_deprecated"})
"""Only this look can't be taken; the rest may be fine."""
BUSY = timedelta(seconds=30)


@dataclass(frozen=True)
class Bot:
    """Where the desk speaks, and as whom. `scopes`: what it may; None where Slack doesn't say."""

    workspace: Workspace
    scopes: frozenset[str] | None


@dataclass(frozen=True)
class Room:
    """A channel as the bot sees it."""

    name: str
    member: bool
    archived: bool


def bot(api_url: str, token: str) -> Bot:
    """Raises Refused for a token that isn't good, Unavailable."""
    said = _asked("The bot token", lambda: _client(api_url, token).auth_test())
    team_id, user_id = str(said.get("team_id") or ""), str(said.get("user_id") or "")
    if not (team_id and user_id):
        raise Refused("That is no bot's token: it begins with xoxb-, and is under “OAuth & Permissions”.")
    name = clean(str(said.get("team") or team_id))
    return Bot(Workspace(team_id, name, user_id), _scopes(said.headers))


def try_socket(api_url: str, app_token: str) -> None:
    """Raises Refused where the app-level token opens no socket, Unavailable."""
    said = _asked("The app-level token", lambda: _client(api_url, app_token).apps_connections_open(app_token=app_token))
    if not str(said.get("url") or "").startswith(("wss://", "ws://")):
        raise Refused("Slack opens no socket with the app-level token. Is Socket Mode on, in the app's settings?")


def room(api_url: str, token: str, channel: str) -> Room | None:
    """None where this can't be looked at. Raises Refused for a channel that the bot doesn't see, Unavailable."""
    try:
        said = _client(api_url, token).conversations_info(channel=channel)
    except SlackApiError as no:
        if _error(no) in NO_SUCH_LOOK:
            return None
        if _error(no) == "channel_not_found":
            raise Refused(
                f"There is no channel {clean(channel)}, or it is private and the bot is not in it: there, type "
                "/invite @Countersign"
            ) from None
        raise _told("The bot token", no) from None
    except (SlackClientError, OSError, http.client.HTTPException) as wrong:
        raise _away(wrong) from None
    found = said.get("channel") or {}
    name = clean(str(found.get("name") or channel))
    return Room(name, bool(found.get("is_member", True)), bool(found.get("is_archived", False)))


def _client(api_url: str, token: str) -> WebClient:
    client = WebClient(token=token, base_url=api_url, timeout=SECONDS)
    if urlsplit(api_url).hostname in ("127.0.0.1", "localhost"):
        # A proxy of the environment's must not see what stays on this machine.
        client.proxy = None
    return client


def _asked(what: str, ask: Callable[[], SlackResponse]) -> SlackResponse:
    try:
        return ask()
    except SlackApiError as no:
        raise _told(what, no) from None
    except (SlackClientError, OSError, http.client.HTTPException) as wrong:
        raise _away(wrong) from None


def _told(what: str, no: SlackApiError) -> Exception:
    error, status = _error(no), no.response.status_code
    if error == "ratelimited" or status == 429:
        return Busy("Slack asks for patience. Nothing was changed; try again in half a minute.", BUSY)
    if status >= 500:
        return Unavailable(f"Slack answers with an error ({status}). Nothing was changed; try again.")
    if error in BAD_TOKEN:
        return Refused(f"{what} is not good ({error}): take it anew from the app's settings, whole. Nothing was kept.")
    return Refused(f"{what} is not taken by Slack ({clean(error, 60)}). Nothing was kept.")


def _error(no: SlackApiError) -> str:
    """Slack's own word. What isn't Slack's answer has none, and may be long."""
    data = no.response.data
    word = str(data.get("error") or "") if isinstance(data, dict) else ""
    return word if word.replace("_", "").isalnum() else "no answer of Slack's"


def _away(wrong: Exception) -> Unavailable:
    return Unavailable(f"Slack does not answer ({type(wrong).__name__}). Nothing was changed; try again.")


def _scopes(headers: Mapping[str, str]) -> frozenset[str] | None:
    found = next((value for name, value in headers.items() if name.lower() == SCOPES), None)
    return None if found is None else frozenset(word.strip() for word in found.split(",") if word.strip())
