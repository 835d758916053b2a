"""The blanks of a request as inputs on its card, each under `field.NAME`; all of them, or none.

Rule: what is sent back is what was shown. Where a blank can't be shown just as it is, it is filled on the page.
"""

import re

from checkpoints.channels.slack.text import (
    LONGEST_LABEL,
    LONGEST_OPTION,
    LONGEST_OPTION_VALUE,
    MOST_OPTIONS,
    Block,
    faithful,
    length,
    plain,
    weight,
)
from checkpoints.core.fields import LONGEST_TEXT, wanted
from checkpoints.core.model import Field, FieldSort
from checkpoints.core.shown.letter import inert

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
    """Numbered where the number alone is an answer. What no reader may make a link of, `db.t3.micro`, is still told
    apart: `db[.]t3[.]micro`.
    """
    values = [value for value, _ in field.choices]
    if not values or len(values) > MOST_OPTIONS or len({inert(value) for value in values}) < len(values):
        return None
    options: dict[str, Block] = {}
    for number, (value, means) in enumerate(field.choices, 1):
        begins = f"{number}. {value}" if numbered else value
        if not faithful(value) or max(length(value), length(inert(begins))) > LONGEST_OPTION_VALUE:
            return None
        options[value] = {"text": plain(f"{begins}: {means}" if means else begins, LONGEST_OPTION), "value": value}
    menu: Block = {"type": "static_select", "action_id": "value", "options": list(options.values())}
    if field.default is None:
        return menu
    return {**menu, "initial_option": options[field.default]} if field.default in options else None


def _line(field: Field) -> Block | None:
    """A number too: what is no number is refused in words, whatever a reader's country writes between its digits."""
    typed: Block = {"type": "plain_text_input", "action_id": "value", "max_length": LONGEST_TEXT}
    if field.default is None:
        return typed
    known = faithful(field.default) and length(field.default) <= LONGEST_TEXT
    return {**typed, "initial_value": field.default} if known else None
