"""What the listener says to one person, and the ways by which they hear it.

Rule: the words may hold what others wrote, so nothing in them is read as markup; at most one link, to the page.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from checkpoints.channels.slack import modals, text
from checkpoints.channels.slack.speaking import Speaker
from checkpoints.channels.slack.text import LONGEST_INPUT, Block
from checkpoints.core.errors import Countersign
from checkpoints.core.model import Json
from checkpoints.core.shown.message import Face

ACK_SETTLES = 0.7
"""Seconds."""
RECORDED, NOT_RECORDED, UNSURE = "Recorded", "Not recorded", "Look at it again"


@dataclass(frozen=True)
class Word:
    """What became of something; `title` says it in a word. `reads`: what stands on the link."""

    words: str
    link: str = ""
    reads: str = "Open on the page"
    title: str = NOT_RECORDED

    @property
    def face(self) -> Face:
        blocks: list[Block] = [text.paragraph("card.said", self.words)]
        if self.link:
            blocks.append(text.buttons([text.link("open", self.reads, self.link)]))
        return Face(text.notice(self.words), tuple(blocks))


Tells: TypeAlias = Callable[[Word], None]
"""Raises Unavailable or Refused: they did not hear it."""


def whispering(speaker: Speaker, channel: str, user_id: str, thread: str = "") -> Tells:
    """In the channel, where only they see it; or between the two of them."""
    return lambda word: speaker.whisper(channel, user_id, word.face, thread)


def in_modal(speaker: Speaker, view_id: str, user_id: str, typed: str) -> Tells:
    """In the modal that they look at; what they typed stays there where it was not recorded.

    Slack shows what an ack says in its own time: the truth comes after it, or that would be shown in its place.
    """
    settled = time.monotonic() + ACK_SETTLES

    def tell(word: Word) -> None:
        time.sleep(max(0.0, settled - time.monotonic()))
        view = modals.answered(word.title, word.words)
        try:
            speaker.update(view_id, view if word.title == RECORDED else with_typed(view, typed))
        except Countersign:
            # They closed it, or Slack has trouble with it.
            speaker.say(user_id, word.face)

    return tell


def with_typed(view: dict[str, Json], typed: str) -> dict[str, Json]:
    """The same with a person's own words below, for themselves alone: as they typed them, to be copied."""
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    if not typed.strip():
        return view
    own: Block = {"type": "plain_text", "text": typed[:LONGEST_INPUT], "emoji": False}
    section: Block = {"type": "section", "block_id": "card.typed", "text": own}
    return {**view, "blocks": [*blocks, section]}
