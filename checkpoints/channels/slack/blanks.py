"""The blanks of a request as inputs on its card, each under `field.NAME`; all of them, or none.

Rule: what is sent back is what was shown. Where a blank can't be shown just as it is, it is filled on the page.
"""

import re

from checkpoints.channels.slack.text import (
    CUT,
    LONGEST_LABEL,
    LONGEST_OPTION,
    LONGEST_OPTION_VALUE,
    MOST_OPTIONS,
    Block,
    faithful,
    length,
    plain,
    short,
    weight,
)
from checkpoints.core.fields import LONGEST_TEXT, wanted
from checkpoints.core.model import Field, FieldSort

MOST, ROOM = 10, 4_000
"""Blanks on one card, and what they may weigh together: more is filled where there is room."""
LONGEST_ASKED = 150
NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")


def inputs(fields: tuple[Field, ...]) -> list[Block] | None:
    """None where they are to be filled on the page: too many, too long, one secret, or one that looks like another."""
    choices = [field for field in fields if field.sort is FieldSort.CHOICE]
    names = {field.name for field in fields}
    if len(fields) > MOST or len(names) < len(fields) or not all(NAME.fullmatch(name) for name in names):
        return None
    made = [_input(field, numbered=len(choices) == 1) for field in fields]
    filled = [block for block in made if block is not None]
    return filled if len(filled) == len(made) and weight(list(filled)) <= ROOM else None


def _input(field: Field, numbered: bool) -> Block | None:
    if field.sort is FieldSort.SECRET:
        return None
    element = _menu(field, numbered) if field.sort is FieldSort.CHOICE else _line(field)
    if element is None:
        return None
    asks: Block = {
        "type": "input",
        "block_id": f"field.{field.name}",
        "label": plain(field.label, LONGEST_ASKED),
        "element": element,
    }
    return asks | ({"hint": plain(wanted(field), LONGEST_LABEL)} if field.sort is FieldSort.NUMBER else {})


def _menu(field: Field, numbered: bool) -> Block | None:
    """Numbered where the number alone is an answer."""
    values = [value for value, _ in field.choices]
    if not values or len(values) > MOST_OPTIONS or len(set(values)) < len(values):
        return None
    options: dict[str, Block] = {}
    for number, (value, means) in enumerate(field.choices, 1):
        begins = f"{number}. {value}" if numbered else value
        if not faithful(value) or length(value) > LONGEST_OPTION_VALUE or length(begins) > LONGEST_OPTION:
            return None
        options[value] = {"text": _choice(begins, means), "value": value}
    menu: Block = {"type": "static_select", "action_id": "value", "options": list(options.values())}
    if field.default is None:
        return menu
    return {**menu, "initial_option": options[field.default]} if field.default in options else None


def _choice(begins: str, means: str) -> Block:
    """The value letter by letter, for that is what is chosen; in a menu Slack makes a link of nothing."""
    rest = LONGEST_OPTION - length(begins) - len(": ")
    says = f"{begins}: {short(means, rest)}" if means and rest > len(CUT) else begins
    return {"type": "plain_text", "text": says, "emoji": False}


def _line(field: Field) -> Block | None:
    """A number too: what is no number is refused in words, whatever a reader's country writes between its digits."""
    typed: Block = {"type": "plain_text_input", "action_id": "value", "max_length": LONGEST_TEXT}
    if field.default is None:
        return typed
    known = faithful(field.default) and length(field.default) <= LONGEST_TEXT
    return {**typed, "initial_value": field.default} if known else None
