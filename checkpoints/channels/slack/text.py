"""Words for Slack: what is foreign becomes inert there, and each limit of Slack's is kept by cutting with a notice.

Rule: only `ours` is read as markup; foreign words stand in plain or rich text, which Slack shows as they are.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from checkpoints.core.model import Json
from checkpoints.core.shown.letter import inert
from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when

Block: TypeAlias = dict[str, Json]

# Each from docs.slack.dev/reference, where it isn't said otherwise: block-kit, views, methods/chat.postMessage.
MOST_BLOCKS, MOST_BLOCKS_OF_A_VIEW = 50, 100
LONGEST_SECTION = 3_000
LONGEST_FIELD, MOST_FIELDS = 2_000, 10
LONGEST_HEADER = 150
LONGEST_BUTTON, LONGEST_BUTTON_VALUE, LONGEST_URL = 75, 2_000, 3_000
MOST_BUTTONS = 25
MOST_IN_CONTEXT = 10
LONGEST_OPTION, LONGEST_OPTION_VALUE, MOST_OPTIONS = 75, 75, 100
"""Of a menu. Slack takes values of 150 by now; this is what every version of it takes."""
LONGEST_LABEL, LONGEST_INPUT = 2_000, 3_000
LONGEST_TITLE = 24
"""Of a modal, and of the two buttons below it."""
LONGEST_PRIVATE = 3_000
LONGEST_ID = 255
"""Of a block, an action and a callback."""
LONGEST_TEXT = 4_000
"""Of a message's own text. Slack takes 40,000, and says that it should be under this."""
LONGEST_TOGETHER = 10_000
"""All blocks of one message. In no documentation: from about 12,000 on Slack answers `msg_blocks_too_long`."""
LONGEST_NOTICE = 300
CUT = " [cut]"
EMPTY = "–"
SCANNED = 8
"""So many times what can be shown of a text is looked at, however long it is."""
UNSEEN = "shown whole on the page"
EMOJI = re.compile(r":(?=[a-z0-9_+'-]*[a-z+-][a-z0-9_+'-]*:)")


def length(text: str) -> int:
    """Characters as the strictest counts them: one beyond Unicode's first plane is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def weight(what: Json) -> int:
    """Characters on the wire: JSON as the SDK writes it, where each that isn't ASCII takes six or twelve."""
    return len(json.dumps(what))


def cut(text: str, most: int, more: bool = False) -> str:
    """At most so long, the notice included, and never empty, which Slack refuses. `more`: some is missing already."""
    text = text.strip() or EMPTY
    if length(text) <= most and not more:
        return text
    kept = text.removesuffix(CUT)[: most - len(CUT)]
    while length(kept) > most - len(CUT):
        kept = kept[:-1]
    return f"{kept.rstrip()}{CUT}"


def short(text: str, most: int) -> str:
    """Foreign text, inert and on one line, at most so long."""
    return cut(inert(one_line(text[: SCANNED * most])), most, more=len(text) > SCANNED * most)


def light(text: str, most: int, room: int) -> str:
    """As `short`, and on the wire within `room`: what isn't ASCII is shortened the more."""
    said = short(text, most)
    while weight(said) > room:
        most = most * 2 // 3
        said = short(text, most)
    return said


def whole(text: str, most: int) -> str:
    """As `short`, its own lines kept."""
    return cut(inert(text[: SCANNED * most]), most, more=len(text) > SCANNED * most)


def faithful(text: str) -> bool:
    """Whether it can be shown on one line as it is: nothing in it is invisible, or would be tidied up."""
    return bool(text) and one_line(text) == text


def escaped(text: str) -> str:
    """Slack's three signs, so that nothing is a mention or a link where Slack reads markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def notice(text: str) -> str:
    """A message's own text, for notifications and readers aloud: one line. Slack reads it as markup."""
    return EMOJI.sub("[:]", escaped(short(text, LONGEST_NOTICE)))


def at(moment: datetime | None) -> str:
    """In the reader's own time, in Slack's markup; in UTC wherever that isn't read."""
    if moment is None:
        return EMPTY
    return f"<!date^{int(moment.astimezone(UTC).timestamp())}^{{date_short_pretty}} {{time}}|{when(moment)}>"


def plain(text: str, most: int) -> Block:
    """Shown as it is, ours or foreign: no markup, no emoji."""
    return {"type": "plain_text", "text": short(text, most), "emoji": False}


def paragraph(block_id: str, text: str) -> Block:
    """Shown as it is, its lines kept, ours or foreign."""
    said: Block = {"type": "plain_text", "text": whole(text, LONGEST_SECTION), "emoji": False}
    return {"type": "section", "block_id": block_id, "text": said}


def ours(block_id: str, markup: str) -> Block:
    """A paragraph in Slack's markup: our own words, and what `at` and `escaped` give; never an agent's."""
    return {"type": "section", "block_id": block_id, "text": {"type": "mrkdwn", "text": markup}}


def aside(block_id: str, words: str) -> Block:
    """Small print, shown as it is."""
    return {"type": "context", "block_id": block_id, "elements": [plain(words, LONGEST_FIELD)]}


def header(text: str) -> Block:
    return {"type": "header", "block_id": "card.heading", "text": plain(text, LONGEST_HEADER)}


def word(text: str, bold: bool = False) -> Block:
    """A piece of rich text, shown as it is. Foreign text comes through `short` or `whole`."""
    said: Block = {"type": "text", "text": text}
    return {**said, "style": {"bold": True}} if bold else said


def line(*words: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(words)}


def named(name: str, value: str, most: int) -> Block:
    """A line that begins with what it is, in bold."""
    return line(word(f"{name}: ", bold=True), word(short(value, most)))


def bullets(lines: Iterable[Block]) -> Block:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(lines)}


def quote(text: str) -> Block:
    return {"type": "rich_text_quote", "elements": [word(text)]}


def rich(block_id: str, *parts: Block) -> Block:
    return {"type": "rich_text", "block_id": block_id, "elements": list(parts)}


def listed(block_id: str, title: str, lines: Sequence[str], most: int, longest: int, room: int) -> list[Block]:
    """A title and the first lines, each on one line, and how many more there are; nothing where no line has room."""
    shown: list[Block] = []
    rest = room - weight(rich(block_id, line(word(title, bold=True)), bullets([line(word(_more(len(lines))))])))
    for said in lines[:most]:
        made = line(word(short(said, longest)))
        rest -= weight(made) + 2
        if rest < 0:
            break
        shown.append(made)
    if not shown:
        return []
    more = [line(word(_more(len(lines) - len(shown))))] if len(shown) < len(lines) else []
    return [rich(block_id, line(word(title, bold=True)), bullets([*shown, *more]))]


def quoted(block_id: str, title: str, text: str, most: int, room: int) -> list[Block]:
    """An agent's words as a quotation under a title of ours; nothing where hardly a word has room."""
    rest = room - weight(rich(block_id, line(word(title, bold=True)), quote(UNSEEN)))
    while most >= LONGEST_BUTTON:
        said = whole(text, most)
        if weight(said) <= rest:
            more = [line(word(f"[cut: {len(text):,} characters in all, {UNSEEN}]"))] if said.endswith(CUT) else []
            return [rich(block_id, line(word(title, bold=True)), quote(said), *more)]
        most //= 2
    return []


def button(action: str, says: str, value: str, style: str = "") -> Block:
    """One that says something to the desk. `style`: "primary", "danger" or none."""
    made: Block = {"type": "button", "action_id": action, "text": plain(says, LONGEST_BUTTON), "value": value}
    return {**made, "style": style} if style else made


def link(action: str, says: str, url: str, style: str = "") -> Block:
    """One that opens the page; it decides nothing."""
    made: Block = {"type": "button", "action_id": action, "text": plain(says, LONGEST_BUTTON), "url": url}
    return {**made, "style": style} if style else made


def buttons(made: Sequence[Block], block_id: str = "card.buttons") -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(made)}


def _more(number: int) -> str:
    return f"[cut: {number:,} more, {UNSEEN}]"
