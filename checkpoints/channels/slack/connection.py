"""Looks at the way to Slack: whose bot a token is, what it may, whether the socket opens, what a channel is like.

Rule: nothing is changed by a look, and no token is in what it says.
"""

import http.client
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from checkpoints.channels.slack.speaking import quiet
from checkpoints.core.errors import Busy, Refused, Unavailable
from checkpoints.core.fields import clean
from checkpoints.store.from_outside.slack.workspace import Workspace

SECONDS = 10
SCOPES = "x-oauth-scopes"
BAD_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
NO_SUCH_LOOK = frozenset({"unknown_method", "missing_scope", "not_allowed_token_type", "method_deprecated"})
"""Only this look can't be taken; the rest may be fine."""
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{1,20}")
TYPES, A_PAGE, MOST_PAGES = "public_channel,private_channel", 200, 20
BUSY = timedelta(seconds=30)


@dataclass(frozen=True)
class Bot:
    """Where the desk speaks, and as whom. `scopes`: what it may; None where Slack doesn't say."""

    workspace: Workspace
    scopes: frozenset[str] | None


@dataclass(frozen=True)
class Room:
    """A channel as the bot sees it."""

    id: str
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
    """By its id, or by its name. None where this can't be looked at.

    Raises Refused for a channel that the bot doesn't see, Unavailable.
    """
    client = _client(api_url, token)
    try:
        if not CHANNEL_ID.fullmatch(channel):
            found = _named(client, channel.removeprefix("#").casefold())
            if found is None:
                raise _unseen(channel)
            return _room(found)
        return _room(client.conversations_info(channel=channel).get("channel") or {}, channel)
    except SlackApiError as no:
        if _error(no) in NO_SUCH_LOOK:
            return None
        raise _unseen(channel) if _error(no) == "channel_not_found" else _told("The bot token", no) from None
    except (SlackClientError, OSError, http.client.HTTPException) as wrong:
        raise _away(wrong) from None


def _named(client: WebClient, name: str) -> Mapping[str, object] | None:
    cursor = ""
    for _ in range(MOST_PAGES):
        page = client.conversations_list(types=TYPES, exclude_archived=True, limit=A_PAGE, cursor=cursor or None)
        for one in page.get("channels") or ():
            if str(one.get("name", "")).casefold() == name:
                return dict(one)
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return None


def _room(found: Mapping[str, object], id: str = "") -> Room:
    id = id or str(found["id"])
    name = clean(str(found.get("name") or id))
    return Room(id, name, bool(found.get("is_member", True)), bool(found.get("is_archived", False)))


def _unseen(channel: str) -> Refused:
    return Refused(
        f"There is no channel {clean(channel)}, or it is private and the bot is not in it: there, type "
        "/invite @Countersign"
    )


def _client(api_url: str, token: str) -> WebClient:
    client = WebClient(token=token, base_url=api_url, timeout=SECONDS, logger=quiet)
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
