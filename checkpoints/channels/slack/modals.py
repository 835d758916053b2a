"""The windows that a press opens: why it is refused or what should change, and what became of an answer."""

from uuid import UUID

from checkpoints.channels.slack.text import LONGEST_INPUT, LONGEST_TITLE, Block, paragraph, plain
from checkpoints.core.model import Json, Verdict

ASKS = {
    Verdict.REJECT: ("Reject", "Why not?"),
    Verdict.CHANGES: ("Ask for changes", "What should change?"),
}


def why(verdict: Verdict, id: UUID, label: str) -> dict[str, Json]:
    """For `views.open`: a no needs its reason. `id`: of the card's own row; `label` is what it is about."""
    title, asks = ASKS[verdict]
    reason: Block = {
        "type": "input",
        "block_id": "why",
        "label": plain(f"{label}: {asks}", 150),
        "element": {
            "type": "plain_text_input",
            "action_id": "value",
            "multiline": True,
            "min_length": 1,
            "max_length": LONGEST_INPUT,
        },
    }
    return {
        "type": "modal",
        "callback_id": str(verdict),
        "private_metadata": str(id),
        "title": plain(title, LONGEST_TITLE),
        "submit": plain(title, LONGEST_TITLE),
        "close": plain("Cancel", LONGEST_TITLE),
        "blocks": [reason],
    }


def answered(title: str, words: str) -> dict[str, Json]:
    """For `views.open` and `views.update`: what became of it, nothing to press but "Close"."""
    return {
        "type": "modal",
        "title": plain(title, LONGEST_TITLE),
        "close": plain("Close", LONGEST_TITLE),
        "blocks": [paragraph("card.answered", words)],
    }
