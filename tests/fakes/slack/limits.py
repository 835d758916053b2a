"""Slack's documented limits of Block Kit, and of views: what is wrong with a piece, in words, with where it lies.

Source: Slack's reference of blocks, of block elements, of composition objects and of views.
"""

import json
from collections.abc import Iterator

from tests.fakes.slack.docs import Doc, at, doc, docs, text

MOST_BLOCKS = 50
MOST_VIEW_BLOCKS = 100
ALL_BLOCKS = 12_000
"""Characters of all blocks together, beyond which Slack answers msg_blocks_too_long."""
TEXT = 40_000
BLOCK_TYPES = {"actions", "context", "divider", "header", "image", "input", "markdown", "rich_text", "section", "video"}
INPUTS = {
    "checkboxes",
    "datepicker",
    "email_text_input",
    "multi_static_select",
    "number_input",
    "plain_text_input",
    "radio_buttons",
    "static_select",
    "url_text_input",
    "users_select",
}
MOST_OPTIONS = {"static_select": 100, "multi_static_select": 100, "overflow": 5}
INTERACTIVE = INPUTS | {"button", "overflow"}
REQUIRED = {"actions": "elements", "context": "elements", "header": "text", "rich_text": "elements"}


def wrong(blocks: list[Doc], most: int = MOST_BLOCKS) -> list[str]:
    """What is wrong with the blocks of a message or a view; nothing: an empty list."""
    found = [f"no more than {most} items allowed [json-pointer:/blocks]"] if len(blocks) > most else []
    ids = [text(block, "block_id") for block in blocks if "block_id" in block]
    found += [f"`block_id` {one} already exists" for one in sorted({one for one in ids if ids.count(one) > 1})]
    for place, block in enumerate(blocks):
        found += [f"{said} [json-pointer:/blocks/{place}]" for said in in_block(block)]
    return found


def too_long(blocks: list[Doc]) -> bool:
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) > ALL_BLOCKS


def in_block(block: Doc) -> Iterator[str]:
    sort = text(block, "type")
    if sort not in BLOCK_TYPES:
        yield f"unsupported type: {sort}"
        return
    if len(text(block, "block_id")) > 255:
        yield "block_id: must be less than 256 characters"
    if (needed := REQUIRED.get(sort)) and not block.get(needed):
        yield f"missing required field: {needed}"
    match sort:
        case "header":
            yield from a_text(block, "text", 150, plain=True)
        case "section":
            yield from in_section(block)
        case "context":
            yield from in_context(block)
        case "actions":
            yield from at_most(len(docs(block, "elements")), 25, "elements")
            yield from unique_actions(docs(block, "elements"))
            for element in docs(block, "elements"):
                yield from in_element(element, INTERACTIVE)
        case "input":
            yield from a_text(block, "label", 2_000, plain=True)
            yield from a_text(block, "hint", 2_000, plain=True, needed=False)
            yield from in_element(doc(block, "element"), INPUTS)


def in_section(block: Doc) -> Iterator[str]:
    fields = docs(block, "fields")
    if not fields and "text" not in block:
        yield "must provide either text or fields"
    yield from a_text(block, "text", 3_000, needed=False)
    yield from at_most(len(fields), 10, "fields")
    for one in fields:
        yield from a_text({"field": one}, "field", 2_000)
    if "accessory" in block:
        yield from in_element(doc(block, "accessory"), INTERACTIVE | {"image"})


def in_context(block: Doc) -> Iterator[str]:
    elements = docs(block, "elements")
    yield from at_most(len(elements), 10, "elements")
    for element in elements:
        if element.get("type") != "image":
            yield from a_text({"element": element}, "element", 3_000)


def in_element(element: Doc, allowed: set[str]) -> Iterator[str]:
    sort = text(element, "type")
    if sort not in allowed:
        yield f"unsupported element: {sort}"
    yield from at_most(len(text(element, "action_id")), 255, "action_id")
    if "placeholder" in element:
        yield from a_text(element, "placeholder", 150, plain=True)
    if "confirm" in element:
        yield from in_confirm(doc(element, "confirm"))
    match sort:
        case "button":
            yield from in_button(element)
        case "static_select" | "multi_static_select" | "radio_buttons" | "checkboxes" | "overflow":
            yield from in_options(element, MOST_OPTIONS.get(sort, 10))
        case "plain_text_input":
            if not 0 <= int(str(element.get("max_length", 3_000))) <= 3_000:
                yield "max_length: must be between 1 and 3000"
            yield from at_most(len(text(element, "initial_value")), 3_000, "initial_value")
        case "number_input":
            if "is_decimal_allowed" not in element:
                yield "missing required field: is_decimal_allowed"
            if not isinstance(element.get("initial_value", ""), str):
                yield "initial_value: must be a string"


def in_button(element: Doc) -> Iterator[str]:
    yield from a_text(element, "text", 75, plain=True)
    yield from at_most(len(text(element, "value")), 2_000, "value")
    yield from at_most(len(text(element, "url")), 3_000, "url")
    if "url" in element and not text(element, "url").startswith(("http://", "https://", "mailto:")):
        yield "url: must be a valid URL"
    if element.get("style", "primary") not in ("primary", "danger"):
        yield "style: must be one of primary, danger"
    if "value" in element and not isinstance(element["value"], str):
        yield "value: must be a string"


def in_options(element: Doc, most: int) -> Iterator[str]:
    options = docs(element, "options")
    for group in docs(element, "option_groups"):
        yield from a_text(group, "label", 75, plain=True)
        options += docs(group, "options")
    if not options:
        yield "options: must have at least 1"
    yield from at_most(len(options), most, "options")
    for option in options:
        yield from a_text(option, "text", 75)
        if not 0 < len(text(option, "value")) <= 150:
            yield "value: must be 1 to 150 characters"
        yield from a_text(option, "description", 75, needed=False)
    if "initial_option" in element and element["initial_option"] not in options:
        yield "initial_option: must exactly match an option"


def in_confirm(confirm: Doc) -> Iterator[str]:
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from a_text(confirm, name, most, needed=name in ("title", "text"))


def unique_actions(elements: list[Doc]) -> Iterator[str]:
    ids = [text(one, "action_id") for one in elements if "action_id" in one]
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"`action_id` {one} already exists"


def a_text(holder: Doc, name: str, most: int, plain: bool = False, needed: bool = True) -> Iterator[str]:
    """A text object: its form, and 1 to `most` characters."""
    if name not in holder:
        if needed:
            yield f"missing required field: {name}"
        return
    value = doc(holder, name)
    sorts = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if value.get("type") not in sorts or not isinstance(value.get("text"), str):
        yield f"{name}: must be a {' or '.join(sorts)} object"
    elif not text(value, "text"):
        yield f"{name}: must be more than 0 characters"
    elif len(text(value, "text")) > most:
        yield f"{name}: must be less than {most + 1} characters"
    elif value["type"] == "mrkdwn" and "emoji" in value:
        yield f"{name}: emoji is for plain_text only"


def at_most(length: int, most: int, name: str) -> Iterator[str]:
    if length > most:
        yield f"{name}: no more than {most} allowed"


def wrong_view(view: Doc) -> list[str]:
    """What is wrong with a modal or a Home tab."""
    sort = text(view, "type")
    if sort not in ("modal", "home"):
        return ["unsupported type of view [json-pointer:/view/type]"]
    blocks = docs(view, "blocks")
    found = wrong(blocks, MOST_VIEW_BLOCKS)
    if not isinstance(at(view, "blocks"), list):
        found.append("missing required field: blocks [json-pointer:/view]")
    found += at_most(len(text(view, "private_metadata")), 3_000, "private_metadata")
    found += at_most(len(text(view, "callback_id")), 255, "callback_id")
    if sort == "modal":
        for name in ("title", "submit", "close"):
            found += a_text(view, name, 24, plain=True, needed=name == "title")
        if "submit" not in view and any(block.get("type") == "input" for block in blocks):
            found.append("missing required field: submit [json-pointer:/view]")
    return found
