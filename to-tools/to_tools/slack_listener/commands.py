"""`/countersign inbox | show | approve | reject | changes | link | help`, as the shell's words are.

Rule: a label names a question, not what was seen of it: what nobody was shown here is shown first, and not answered.
"""

import shlex
from collections.abc import Callable, Mapping

from checkpoints.actions import reading
from checkpoints.actions.from_outside.slack import placing
from checkpoints.actions.people.by_slack import linking
from checkpoints.actions.people.told import showing
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.from_outside.secret_shapes import looks_secret
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Verdict
from checkpoints.core.shown.card import card
from checkpoints.core.view import Checkpoint
from to_tools.slack_listener import answers, homes, who
from to_tools.slack_listener.heard import Command
from to_tools.slack_listener.saying import RECORDED, Word
from to_tools.slack_listener.turns import Turn

COMMAND = "/countersign"
HELP = f"""What you can say:
{COMMAND} inbox: what waits for you
{COMMAND} show LABEL: the card of a question, with you
{COMMAND} approve LABEL FIELD=VALUE …: yes to what the card shows
{COMMAND} reject LABEL because …: no, and why
{COMMAND} changes LABEL …: what should change
{COMMAND} link CODE: this Slack account is yours; the code is on the desk's page, under your account
In a card's thread: “approve”, “reject because …”, “changes: …”"""
MOST_LISTED = 20
SHOWN = "The card of {label} hangs in our direct messages. Nothing was recorded: look at it, and answer there."


def said(turn: Turn, command: Command) -> None:
    """Raises in words that say what would be right."""
    if looks_secret(command.text):
        answers.secret_said(turn, command.channel_id)
        return
    verb, _, rest = command.text.strip().partition(" ")
    do = VERBS.get(verb.casefold())
    if do is None:
        raise Refused(f"“{clean(verb)}” is nothing to say here. Nothing was recorded.\n{HELP}")
    do(turn, command, rest.strip())


def _help(turn: Turn, command: Command, rest: str) -> None:
    turn.tell(Word(HELP, turn.desk.page_url))


def _inbox(turn: Turn, command: Command, rest: str) -> None:
    person = who.person(turn)
    points = homes.waits_for(turn.desk, person)
    lines = [f"{point.label}: {point.request.action}" for point in points[:MOST_LISTED]]
    more = [f"and {len(points) - MOST_LISTED} more on the page"] if len(points) > MOST_LISTED else []
    heading = f"{len(points)} wait{'s' * (len(points) == 1)} for you." if points else "Nothing waits for you."
    turn.tell(Word("\n".join((heading, *lines, *more)), turn.desk.page_url))


def _show(turn: Turn, command: Command, rest: str) -> None:
    who.person(turn)
    _shown(turn, _point(turn, "", rest))


def _link(turn: Turn, command: Command, rest: str) -> None:
    name = linking.link(turn.desk, who.checked(turn), rest)
    turn.tell(Word(f"Linked: here you are {name} from now on. List what waits with: {COMMAND} inbox", title=RECORDED))


def _approve(turn: Turn, command: Command, rest: str) -> None:
    label, *settings = _split(rest) or [""]
    _answer(turn, command, Verdict.APPROVE, label, fields=_fields(settings))


def _reject(turn: Turn, command: Command, rest: str) -> None:
    label, _, why = rest.partition(" ")
    why = why.strip()
    _answer(turn, command, Verdict.REJECT, label, why[len("because") :].strip() if why.startswith("because") else why)


def _changes(turn: Turn, command: Command, rest: str) -> None:
    label, _, what = rest.partition(" ")
    _answer(turn, command, Verdict.CHANGES, label.removesuffix(":"), what.strip())


def _answer(
    turn: Turn,
    command: Command,
    verdict: Verdict,
    label: str,
    note: str = "",
    fields: Mapping[str, str] | None = None,
) -> None:
    turn.tries(verdict, label)
    person = who.person(turn)
    point = _point(turn, verdict, label)
    placed = placing.shown_to(turn.desk, point, person, command.channel_id)
    if placed is None:
        _shown(turn, point)
        return
    answers.give(turn, placed.press(verdict, note, dict(fields or {})))


def _point(turn: Turn, verb: str, label: str) -> Checkpoint:
    turn.tries(verb, label)
    point = reading.show(turn.desk, label).point
    turn.tries(verb, point.label)
    return point


def _shown(turn: Turn, point: Checkpoint) -> None:
    """Its card, with them; of one that isn't open, how it stands."""
    assert turn.person is not None
    link = f"{turn.desk.page_url}/checkpoints/{point.label}"
    if point.state is State.OPEN:
        showing.show(turn.desk, point.id, turn.person, turn.user.user_id)
        turn.tell(Word(SHOWN.format(label=point.label), link))
    else:
        shown = card(point, turn.desk.kinds.get(point.kind))
        turn.tell(Word(f"{point.label}: {shown.title}\n{shown.stands} {shown.next}", link))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise Refused("A quotation mark is left open. Nothing was recorded.") from None


def _fields(settings: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for one in settings:
        name, found, value = one.partition("=")
        if not found or name in given:
            raise Refused(f"“{clean(one)}” is no FIELD=VALUE, or comes twice. Nothing was recorded.")
        given[name] = value
    return given


VERBS: Mapping[str, Callable[[Turn, Command, str], None]] = {
    "": _help,
    "help": _help,
    "inbox": _inbox,
    "show": _show,
    "approve": _approve,
    "reject": _reject,
    "changes": _changes,
    "change": _changes,
    "link": _link,
}
