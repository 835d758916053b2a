"""A press on a card, and a modal that is handed in: each is an answer to exactly what its card shows.

Rule: a modal is opened before anything slow; what was typed into it stays before whoever typed it, recorded or not.
"""

from contextlib import suppress

from checkpoints.actions.from_outside.slack import placing
from checkpoints.actions.from_outside.slack.placing import Placed
from checkpoints.channels.slack import modals
from checkpoints.core.errors import Countersign
from checkpoints.core.fields import clean
from checkpoints.core.from_outside.secret_shapes import looks_secret
from checkpoints.core.model import Verdict
from checkpoints.core.view import named
from to_tools.slack_listener import answers, who
from to_tools.slack_listener.heard import VALUE, Interaction
from to_tools.slack_listener.saying import Word
from to_tools.slack_listener.turns import Office, Turn

WHY = "why"
NO_MODAL = (
    "Slack did not open the window that asks why. Nothing was recorded. Press again, or say it in the card's thread: "
    "“reject because …”, or “changes: …” with what should change."
)


def ask_why(office: Office, heard: Interaction, verdict: Verdict) -> str:
    """The modal that asks why, at once: what it is called from now on. Empty where Slack did not open it.

    Whether there is such a card, and whose, is looked at when there is time: a trigger lives for three seconds.
    """
    with suppress(Countersign):
        view = modals.why(verdict, placing.card_id(heard.actions[0].value), _caption(office, heard))
        return office.speaker.open(heard.trigger_id, view)
    return ""


def hands_in(heard: Interaction) -> bool:
    """Whether it is one of the modals of `ask_why`, handed in."""
    name = heard.view.callback_id if heard.view else ""
    return heard.type == "view_submission" and name in (Verdict.REJECT, Verdict.CHANGES)


def pressed(turn: Turn, heard: Interaction) -> None:
    """Approve. Raises as deciding does, and NotFound."""
    placed = _placed(turn, heard, Verdict.APPROVE)
    if any(map(looks_secret, heard.fields.values())):
        answers.secret_said(turn, placed.card.channel or "", placed.point.label)
    else:
        answers.give(turn, placed.press(Verdict.APPROVE, fields=heard.fields))


def asked_why(turn: Turn, heard: Interaction, verdict: Verdict, view_id: str) -> None:
    """The press that opened the modal: is it one at all, the modal says before anybody has typed much into it."""
    _placed(turn, heard, verdict)
    if not view_id:
        turn.tell(Word(NO_MODAL))


def handed_in(turn: Turn, heard: Interaction, verdict: Verdict) -> None:
    """Rejected, or changes asked for, with the reason. Raises as deciding does, and NotFound."""
    assert heard.view is not None
    card = heard.view.private_metadata
    turn.tries(verdict, f"card {clean(card)}")
    placed = placing.handed_in(turn.desk, card, who.person(turn))
    turn.label = placed.point.label
    if looks_secret(typed(heard)):
        answers.secret_said(turn, "", placed.point.label)
    else:
        answers.give(turn, placed.press(verdict, typed(heard)))


def typed(heard: Interaction) -> str:
    """The reason in a modal."""
    filled = heard.view.state.values.get(WHY, {}).get(VALUE) if heard.view else None
    return filled.said if filled else ""


def _placed(turn: Turn, heard: Interaction, verdict: Verdict) -> Placed:
    card = heard.actions[0].value
    turn.tries(verdict, f"card {clean(card)}")
    placed = placing.pressed(turn.desk, card, heard.pins, who.person(turn))
    turn.label = placed.point.label
    return placed


def _caption(office: Office, heard: Interaction) -> str:
    """What the card is called, by its own link; it stands in a title, and nothing is found by it."""
    told = heard.message.link(f"{office.desk.page_url}/checkpoints/") if heard.message else ""
    with suppress(Countersign):
        named(told)
        return told
    return "This question"
