"""What is refused to somebody in Slack whom the desk doesn't know leaves a line too, but not without an end.

Rule: a stranger costs something, and can't fill the audit: past a bound a day only a count remains.
"""

from checkpoints.core.errors import Countersign
from checkpoints.core.fields import clean
from checkpoints.core.model import Json
from checkpoints.store import audit
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.slack.accounts import User
from checkpoints.store.secret import passwords

MOST_LINES = 100
"""A day, of all strangers together."""
UNSIGNED, STRANGER = "slack not signed", "slack unknown"


def unsigned(desk: Desk, number: int) -> None:
    """So many came that were not signed as Slack signs: a count is all that is kept of them."""
    with desk.transaction() as tx:
        passwords.count(tx, UNSIGNED, number)


def stranger(desk: Desk, user: User, what: str, label: str, why: Countersign) -> None:
    """Somebody who is nobody here tried it."""
    _line(desk, user, "try refused", {"checkpoint": clean(label), "tried": clean(what), "why": clean(str(why), 500)})


def secret_said(desk: Desk, user: User, name: str, channel: str, label: str) -> None:
    """What looks like a secret stands in Slack now; of it itself nothing is kept. `name`: empty for a stranger's."""
    body: dict[str, Json] = {"checkpoint": clean(label), "channel": clean(channel)}
    if name:
        with desk.transaction() as tx:
            audit.append(tx, "secret said in Slack", body | {"by": name, "slack": clean(user.user_id)})
    else:
        _line(desk, user, "secret said in Slack", body)


def _line(desk: Desk, user: User, event: str, body: dict[str, Json]) -> None:
    by: dict[str, Json] = {"by": f"Slack user {clean(user.user_id)}", "team": clean(user.team_id)}
    with desk.transaction() as tx:
        if passwords.count(tx, STRANGER) <= MOST_LINES:
            audit.append(tx, event, body | by)
