"""An answer from Slack goes to the one place that decides; then whoever gave it hears what it came to."""

from checkpoints.actions import deciding
from checkpoints.actions.from_outside.slack import refusing
from checkpoints.core.errors import NotYourCall, Unavailable
from checkpoints.core.model import Press
from checkpoints.core.shown.card import card
from checkpoints.core.view import Checkpoint
from checkpoints.seeing.failpoints import reach
from to_tools.slack_listener import homes, who
from to_tools.slack_listener.saying import RECORDED, Word
from to_tools.slack_listener.turns import Turn

SECRET = (
    "That looked like a secret, so the desk kept nothing of it, and nothing was recorded. Where others can read it, "
    "delete it now. In any case make it useless: rotate it where it is from. "
    "Give the new one on the desk's page, never here."
)


def give(turn: Turn, press: Press) -> None:
    """Raises as deciding does; once it returns, they have heard that it is recorded, as far as Slack says it."""
    assert turn.person is not None
    after = deciding.answer(turn.desk, turn.person, press)
    # From here on nothing is refused any more.
    turn.tries("", after.label)
    turn.tell(Word(recorded(turn, after), f"{turn.desk.page_url}/checkpoints/{after.label}", title=RECORDED))
    reach("K6")
    homes.again(turn)


def secret_said(turn: Turn, channel: str, label: str = "") -> None:
    """What looks like a secret was said: its writer hears it before anything else, for each minute counts."""
    turn.tell(Word(SECRET))
    try:
        name = who.person(turn).name
    except (NotYourCall, Unavailable):
        name = ""
    refusing.secret_said(turn.desk, turn.user, name, channel, label)


def recorded(turn: Turn, after: Checkpoint) -> str:
    """What an answer came to."""
    shown = card(after, turn.desk.kinds.get(after.kind))
    return f"Recorded for {after.label}. {shown.stands} {shown.next}"
