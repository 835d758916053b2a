"""What Slack says when it doesn't do something, in our words: try again, when, or what a person has to do first."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from checkpoints.core.errors import Busy, Countersign, Doubtful, Refused, Unavailable
from checkpoints.core.fields import clean

AGAIN = "What is to be said in Slack is kept, and said once this works."
A_TOKEN = f"Make a new token in Slack and give it to the desk: countersign slack connect. {AGAIN}"
TOKEN = {
    "token_revoked": "Slack says that the desk's token was revoked",
    "token_expired": "Slack says that the desk's token has expired",
    "invalid_auth": "Slack doesn't know the desk's token",
    "not_authed": "the desk has no token for Slack",
    "account_inactive": "Slack says that the desk's app was removed, or its workspace is gone",
}
NOT_NOW = {
    "missing_scope": f"the desk's app lacks a scope: put in what the manifest names, install it again. {AGAIN}",
    "not_allowed_token_type": f"Slack wants the bot's token, xoxb-…: countersign slack connect. {AGAIN}",
    "no_permission": f"the desk's app may not do that in this workspace: install it again. {AGAIN}",
    "ekm_access_denied": f"the workspace's administrators have stopped what is written. {AGAIN}",
    "team_access_not_granted": f"the desk's app is not let into this workspace: ask its administrators. {AGAIN}",
    "message_limit_exceeded": f"the workspace may send no more messages. {AGAIN}",
}
"""What is over once somebody did something: until then it is tried again, and nothing is lost."""
NEVER = {
    "is_archived": "the channel is archived: bring it back, or choose another channel",
    "channel_not_found": "there is no such channel, or the app is not in it: invite it, or choose another channel",
    "not_in_channel": "the app is not in that channel: invite it there, or choose another channel",
    "restricted_action": "the app may not write in that channel: let it, or choose another channel",
    "restricted_action_read_only_channel": "nobody may write in that channel: choose another channel",
    "user_not_found": "there is no such user in the workspace any more: they link their account anew",
    "user_not_visible": "the app can't see that user: they link another account",
    "user_disabled": "that user is deactivated: they link another account",
    "users_not_found": "there is no such user in the workspace any more: they link their account anew",
    "cannot_dm_bot": "that user is a bot: a person links their own account",
    "message_not_found": "somebody has deleted that message",
    "cant_update_message": "that message is not the app's any more",
}
FALTERED = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Slack's own words: some of it may have been done before this was said."""
UNHEARD_OF = frozenset({"unknown_method", "missing_scope", "method_not_supported", "not_allowed_token_type"})
BUSY = frozenset({"ratelimited", "rate_limited"})
WORD = re.compile(r"[a-z_]{0,60}")
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(minutes=10)


class CannotLook(Unavailable):
    """Nobody may look there: whether something hangs can't be found out."""


class Said(Protocol):
    """What the SDK hands over of an answer."""

    status_code: int
    headers: Mapping[str, str]

    def get(self, key: str, default: str = "") -> str: ...


def said(answer: Said, changes: bool, looks: bool) -> Countersign:
    """`changes`: a half-done one is Doubtful. `looks`: being kept from it is no trouble of Slack's."""
    code = word(answer.get("error", ""))
    if answer.status_code == 429 or code in BUSY:
        return Busy("Slack asks for patience", _wait(answer.headers))
    if looks and code in UNHEARD_OF:
        return CannotLook(f"Slack said {code}")
    if answer.status_code >= 500 or code in FALTERED or " " in code:
        words = f"Slack is in trouble: {answer.status_code} {clean(code)}"
        return Doubtful(words) if changes else Unavailable(words)
    if code in TOKEN:
        return Unavailable(f"{TOKEN[code]}. {A_TOKEN}")
    if code in NOT_NOW:
        return Unavailable(NOT_NOW[code])
    return Refused(f"Slack said {clean(code)}: {NEVER.get(code, 'it takes no such message')}")


def word(code: str) -> str:
    """Slack's word for why not; whatever is none of its words may repeat what it was told, and is not repeated."""
    return code if WORD.fullmatch(code) else "something that can't be read"


def _wait(headers: Mapping[str, str]) -> timedelta:
    """As long as it asks for, within reason."""
    told = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return max(SHORTEST, min(LONGEST, timedelta(seconds=int(told)))) if told.isdecimal() else SHORTEST
