"""An answer from Slack goes to the one place that decides; then whoever gave it hears what it came to."""

from checkpoints.actions import deciding
from checkpoints.core.model import Press
from checkpoints.core.shown.card import card
from checkpoints.core.view import Checkpoint
from checkpoints.seeing.failpoints import reach
from to_tools.slack_listener import homes
from to_tools.slack_listener.saying import Word
from to_tools.slack_listener.turns import Turn


def give(turn: Turn, press: Press) -> None:
    """Raises as deciding does; once it returns, they have heard that it is recorded, as far as Slack says it."""
    assert turn.person is not None
    after = deciding.answer(turn.desk, turn.person, press)
    # From here on nothing is refused any more.
    turn.tries("", after.label)
    turn.tell(Word(recorded(turn, after), f"{turn.desk.page_url}/checkpoints/{after.label}", recorded=True))
    reach("K6")
    homes.again(turn)


def recorded(turn: Turn, after: Checkpoint) -> str:
    """What an answer came to."""
    shown = card(after, turn.desk.kinds.get(after.kind))
    return f"Recorded for {after.label}. {shown.stands} {shown.next}"
