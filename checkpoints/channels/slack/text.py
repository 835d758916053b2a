"""Words for Slack: what is foreign becomes inert there, and every limit of Slack's is kept, with a notice.

Rule: only `ours` is read as markup; foreign words stand in `plain` or in rich text, where Slack reads them as they are.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from checkpoints.core.model import Json
from checkpoints.core.shown.letter import inert
from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when

Block: TypeAlias = dict[str, Json]

MOST_BLOCKS, MOST_BLOCKS_OF_A_VIEW = 50, 100
LONGEST_SECTION = 3_000
LONGEST_FIELD, MOST_FIELDS = 2_000, 10
LONGEST_HEADER = 150
LONGEST_BUTTON, LONGEST_BUTTON_VALUE, LONGEST_URL = 75, 2_000, 3_000
MOST_BUTTONS = 25
MOST_IN_CONTEXT = 10
LONGEST_OPTION, LONGEST_OPTION_VALUE, MOST_OPTIONS = 75, 75, 100
"""Of a menu's option. Slack takes values of 150 by now; 75 is what every version takes."""
LONGEST_LABEL = 2_000
LONGEST_INPUT = 3_000
LONGEST_TITLE = 24
"""Of a modal, and of its two buttons."""
LONGEST_PRIVATE = 3_000
LONGEST_ID = 255
"""Of a block, an action and a callback."""
LONGEST_TEXT = 4_000
"""Of a message's own text: Slack takes 40,000 and cuts; this is what it advises."""
# Sources of the above: docs.slack.dev/reference/block-kit, …/views, …/methods/chat.postMessage.
LONGEST_TOGETHER = 10_000
"""All blocks of one message as JSON. Undocumented: over about 12,000 Slack answers `msg_blocks_too_long`."""
CUT = " [cut]"
EMPTY = "–"


def length(text: str) -> int:
    """As the strictest of Slack's counts it: a character beyond the first plane is two."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def weight(blocks: Json) -> int:
    """The characters that it takes on the wire, each that isn't ASCII as six."""
    return len(json.dumps(blocks))


def cut(text: str, most: int) -> str:
    """At most so long, the notice included; never empty, which Slack refuses."""
    text = text.strip() or EMPTY
    if length(text) <= most:
        return text
    kept = text[: most - len(CUT)]
    while length(kept) > most - len(CUT):
        kept = kept[:-1]
    return f"{kept.rstrip()}{CUT}"


def short(text: str, most: int) -> str:
    """Foreign text on one line, inert."""
    return cut(inert(one_line(text[: 8 * most])), most)


def escaped(text: str) -> str:
    """What Slack would read as a mention or a link stays text (its three signs)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def notice(text: str, most: int = 300) -> str:
    """The message's own text, which Slack does read as markup: one line for a notification."""
    return cut(escaped(short(text, most)), LONGEST_TEXT)


def at(moment: datetime | None) -> str:
    """The moment in the reader's own time, as markup of Slack's; in UTC where that can't be."""
    if moment is None:
        return EMPTY
    stamp = int(moment.astimezone(UTC).timestamp())
    return f"<!date^{stamp}^{{date_short_pretty}} {{time}}|{when(moment)}>"


def plain(text: str, most: int) -> Block:
    """Foreign or ours, read as it is: no markup, no emoji."""
    return {"type": "plain_text", "text": short(text, most), "emoji": False}


def ours(block_id: str, markup: str) -> Block:
    """A paragraph in Slack's markup: of our own words and what `at` and `escaped` give, never an agent's."""
    return {"type": "section", "block_id": block_id, "text": {"type": "mrkdwn", "text": cut(markup, LONGEST_SECTION)}}


def header(text: str) -> Block:
    return {"type": "header", "block_id": "card.heading", "text": plain(text, LONGEST_HEADER)}


def word(text: str, bold: bool = False) -> Block:
    """A piece of rich text, read as it is; made inert by whoever gives it."""
    said: Block = {"type": "text", "text": text}
    return {**said, "style": {"bold": True}} if bold else said


def line(*words: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(words)}


def bullets(lines: Iterable[str]) -> Block:
    return {"type": "rich_text_list", "style": "bullet", "elements": [line(word(one)) for one in lines]}


def quote(text: str) -> Block:
    return {"type": "rich_text_quote", "elements": [word(text)]}


def rich(block_id: str, *parts: Block) -> Block:
    return {"type": "rich_text", "block_id": block_id, "elements": list(parts)}


def button(action: str, says: str, value: str = "", style: str = "") -> Block:
    """One that is pressed: `style` is "primary", "danger" or none."""
    made: Block = {"type": "button", "action_id": action, "text": plain(says, LONGEST_BUTTON), "value": value}
    return {**made, "style": style} if style else made


def link(action: str, says: str, url: str) -> Block:
    """One that opens the page; it decides nothing."""
    return {"type": "button", "action_id": action, "text": plain(says, LONGEST_BUTTON), "url": url}


def buttons(made: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": "card.buttons", "elements": list(made)}
