"""Who pressed or wrote: the signed ids, looked up at that moment, and whose account that is."""

from checkpoints.channels.slack.speaking import Member, SaidNo
from checkpoints.core.errors import NotYourCall, Unavailable
from checkpoints.core.model import Person
from checkpoints.store.from_outside.slack import workspace
from checkpoints.store.from_outside.slack.accounts import User
from checkpoints.store.from_outside.slack.workspace import Workspace
from to_tools import identity
from to_tools.slack_listener.turns import Turn

ELSEWHERE = (
    "You are of another Slack workspace than this desk. Nothing was recorded. Answer on the desk's page, or ask a "
    "technical operator for a link."
)
NOT_CONNECTED = "This desk is not connected to Slack (any more). Nothing was recorded. Answer on the desk's page."
GUEST = "Guests of the workspace don't answer here. Nothing was recorded. Answer on the desk's page, or by a link."
GONE = "This Slack account is deactivated. Nothing was recorded. Answer on the desk's page."
BOT = "An app can't answer: people decide. Nothing was recorded."
UNKNOWN = "Slack knows nobody of this id. Nothing was recorded."
NOBODY_SAYS = "Slack did not say who you are. Nothing was recorded. Try again soon, or answer on the desk's page."
NO_RIGHT = (
    "Slack does not let the desk look up who you are ({code}), and without that nothing is recorded. "
    "A technical operator finds what is missing with: countersign slack check. Answer on the desk's page meanwhile."
)


def person(turn: Turn) -> Person:
    """Somebody who may speak here, now. Raises NotYourCall in words that say what to do, Unavailable."""
    checked(turn)
    turn.person = identity.by_slack(turn.desk, turn.user)
    return turn.person


def checked(turn: Turn) -> User:
    """A full member of the desk's workspace, whoever that is at the desk. Raises as `person` does."""
    with turn.desk.transaction() as tx:
        ours = workspace.workspace(tx)
    if ours is None:
        raise NotYourCall(NOT_CONNECTED)
    if turn.user.team_id != ours.team_id or turn.home not in ("", ours.team_id):
        raise NotYourCall(ELSEWHERE)
    if why := refused(_member(turn), ours):
        raise NotYourCall(why)
    return turn.user


def refused(member: Member, ours: Workspace) -> str:
    """Why somebody whom Slack knows may not speak here; empty when they may."""
    if member.is_bot or member.id == ours.bot_user_id:
        return BOT
    if member.deleted:
        return GONE
    if member.is_stranger or member.team_id not in ("", ours.team_id):
        return ELSEWHERE
    return GUEST if member.is_restricted or member.is_ultra_restricted else ""


def _member(turn: Turn) -> Member:
    try:
        return turn.office.speaker.member(turn.user.user_id)
    except SaidNo as no:
        if no.code in ("user_not_found", "user_not_visible"):
            raise NotYourCall(UNKNOWN) from None
        raise Unavailable(NO_RIGHT.format(code=no.code)) from None
    except Unavailable:
        raise Unavailable(NOBODY_SAYS) from None
