"""What somebody writes in a card's thread: an answer where it is unmistakable, else a question back, never a guess.

Rule: what looks like a secret goes nowhere from here: not into the store, not into a log, not into what is said of it.
"""

from checkpoints.actions.from_outside.slack import placing
from checkpoints.actions.from_outside.slack.placing import Placed
from checkpoints.core.errors import NotYourCall
from checkpoints.core.from_outside.reply import LooksSecret, Reply, Unclear, read
from checkpoints.core.shown.message import Pin
from to_tools.slack_listener import answers, who
from to_tools.slack_listener.heard import Event
from to_tools.slack_listener.saying import Word
from to_tools.slack_listener.turns import Turn

WRITTEN = frozenset({"", "thread_broadcast", "file_share", "me_message"})
"""What is a message that somebody wrote; every other sort is about one, or is not a person's."""
DIRECT = "im"
IN_THE_THREAD = (
    "I read answers in the thread of a card, so that it is clear what they are to. Nothing was recorded. "
    "List what waits for you with: /countersign inbox"
)


def is_written(event: Event) -> bool:
    """By a person, just now, where it may be for the desk: in a thread, or to the app alone."""
    in_thread = bool(event.thread_ts) and event.thread_ts != event.ts
    written = event.type == "message" and event.subtype in WRITTEN and bool(event.user) and not event.bot_id
    return written and (in_thread or event.channel_type == DIRECT)


def written(turn: Turn, event: Event) -> None:
    """Raises as deciding does, NotYourCall."""
    placed = placing.of_thread(turn.desk, Pin(event.channel, event.thread_ts)) if event.thread_ts else None
    if placed is None and event.channel_type != DIRECT:
        return
    point = placed.point if placed else None
    said = read(event.text, point.request.fields if point else (), point.number if point else None, turn.desk.page_url)
    if isinstance(said, LooksSecret):
        answers.secret_said(turn, event.channel, point.label if point else "")
    elif placed is None:
        turn.tell(Word(IN_THE_THREAD))
    elif isinstance(said, Reply):
        _answered(turn, placed, said)
    else:
        _asked_back(turn, event, placed, said)


def _answered(turn: Turn, placed: Placed, said: Reply) -> None:
    turn.tries(said.verdict, placed.point.label)
    person = who.person(turn)
    if placed.card.person_id not in (None, person.id):
        raise NotYourCall("This card hangs with somebody else. Nothing was recorded.")
    note = "\n".join(filter(None, (said.note, said.next_steps and f"Next steps: {said.next_steps}")))
    answers.give(turn, placed.press(said.verdict, note, dict(said.fields)))


def _asked_back(turn: Turn, event: Event, placed: Placed, said: Unclear) -> None:
    """In the thread, so that whoever reads along sees that nothing was decided. Nobody's chatter is answered."""
    try:
        who.person(turn)
    except NotYourCall:
        return
    word = Word(said.question, f"{turn.desk.page_url}/checkpoints/{placed.point.label}")
    turn.office.speaker.say(event.channel, word.face, event.thread_ts)
