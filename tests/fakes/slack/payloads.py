"""What Slack sends of what people do, with the fields that the real payloads have."""

import time
from collections.abc import Iterator, Mapping

from checkpoints.core.model import Json
from tests.fakes.slack.docs import Doc, doc, docs, text
from tests.fakes.slack.methods.answers import drawn, shown
from tests.fakes.slack.workspace import Channel, Message, User, View, Workspace

VERIFICATION = "verification-token-of-the-stand-in"
TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input"}
SEVERAL = {"checkboxes", "multi_static_select"}
STATEFUL = TYPED | SEVERAL | {"static_select", "radio_buttons", "datepicker", "users_select"}
NAMES = {"group": "privategroup", "im": "directmessage"}

Values = Mapping[str, str]
"""What was filled in, by block_id; several, comma-separated."""


def pressed(space: Workspace, by: User, message: Message, action_id: str, values: Values, trigger: str) -> Doc:
    """block_actions of a message: one of its buttons was pressed, with these values in its inputs."""
    channel = space.channels[message.channel]
    container: Doc = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container |= {"is_ephemeral": bool(message.only_for)}
    if message.thread and message.thread != message.ts:
        container["thread_ts"] = message.thread
    payload = frame(space, by, "block_actions") | {
        "container": container,
        "trigger_id": trigger,
        "channel": {"id": channel.id, "name": NAMES.get(channel.sort, channel.name)},
        "state": {"values": state(message.blocks, values)},
        "actions": [action(message.blocks, action_id, values)],
    }
    if not message.only_for:
        payload["message"] = shown(space, message)
    return payload


def pressed_in_view(space: Workspace, by: User, view: View, action_id: str, values: Values, trigger: str) -> Doc:
    """block_actions of a modal or of the Home tab."""
    blocks = docs(view.body, "blocks")
    seen: Doc = drawn(space, view) | {"state": {"values": state(blocks, values)}}
    return frame(space, by, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger,
        "view": seen,
        "actions": [action(blocks, action_id, values)],
    }


def submitted(space: Workspace, by: User, view: View, values: Values, trigger: str) -> Doc:
    blocks = docs(view.body, "blocks")
    filled = state(blocks, values)
    for block in blocks:
        if block.get("type") == "input" and not block.get("optional"):
            name, one = text(block, "block_id"), text(block, "element", "action_id")
            given = [value for key, value in doc(filled, name, one).items() if key != "type"]
            assert any(given), f"Slack lets nobody submit the modal without {name}."
    seen: Doc = drawn(space, view) | {"state": {"values": filled}}
    return frame(space, by, "view_submission") | {"trigger_id": trigger, "view": seen, "response_urls": []}


def closed(space: Workspace, by: User, view: View) -> Doc:
    return frame(space, by, "view_closed") | {"view": drawn(space, view), "is_cleared": False}


def frame(space: Workspace, by: User, sort: str) -> Doc:
    """What every interaction says."""
    return {
        "type": sort,
        "user": {"id": by.id, "username": by.handle, "name": by.handle, "team_id": by.team_id},
        "api_app_id": space.app_id,
        "token": VERIFICATION,
        "team": {"id": space.team_id, "domain": space.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def command(space: Workspace, by: User, channel: Channel, name: str, words: str, trigger: str, answer: str) -> Doc:
    return {
        "token": VERIFICATION,
        "team_id": space.team_id,
        "team_domain": space.domain,
        "channel_id": channel.id,
        "channel_name": NAMES.get(channel.sort, channel.name),
        "user_id": by.id,
        "user_name": by.handle,
        "command": name,
        "text": words,
        "api_app_id": space.app_id,
        "is_enterprise_install": "false",
        "response_url": answer,
        "trigger_id": trigger,
    }


def event(space: Workspace, what: Doc) -> Doc:
    """An event in its envelope, as the Events API sends it."""
    authorization: Doc = {"enterprise_id": None, "team_id": space.team_id, "user_id": space.bot.id}
    return {
        "token": VERIFICATION,
        "team_id": space.team_id,
        "context_team_id": space.team_id,
        "context_enterprise_id": None,
        "api_app_id": space.app_id,
        "event": what,
        "type": "event_callback",
        "event_id": space.new_id("Ev"),
        "event_time": int(time.time()),
        "authorizations": [authorization | {"is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": space.new_id("Ec"),
    }


def said(space: Workspace, message: Message) -> Doc:
    channel = space.channels[message.channel]
    rest: Doc = {"channel": channel.id, "event_ts": message.ts, "channel_type": channel.sort}
    return shown(space, message) | rest


def changed(space: Workspace, message: Message, before: Doc) -> Doc:
    """`message_changed`: somebody edited what they had said."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": shown(space, message),
        "previous_message": before,
        "channel": message.channel,
        "hidden": True,
        "ts": message.edited,
        "event_ts": message.edited,
        "channel_type": space.channels[message.channel].sort,
    }


def home_opened(space: Workspace, by: User) -> Doc:
    what: Doc = {"type": "app_home_opened", "user": by.id, "channel": space.direct(by.id).id, "tab": "home"}
    if by.id in space.homes:
        what["view"] = drawn(space, space.views[space.homes[by.id]])
    return what | {"event_ts": space.new_ts()}


def elements(blocks: list[Doc]) -> Iterator[tuple[str, Doc]]:
    """Everything that can be pressed or filled in, with its block's id."""
    for block in blocks:
        for element in [doc(block, "element"), doc(block, "accessory"), *docs(block, "elements")]:
            if "action_id" in element:
                yield text(block, "block_id"), element


def action(blocks: list[Doc], action_id: str, values: Values) -> Doc:
    found = [(id, one) for id, one in elements(blocks) if one["action_id"] == action_id and one["type"] not in TYPED]
    assert found, f"Nothing there can be pressed as {action_id}."
    id, element = found[0]
    what: Doc = {"action_id": action_id, "block_id": id, "type": element["type"], "action_ts": f"{time.time():.6f}"}
    if element["type"] != "button":
        return what | filled(element, values.get(id))
    return what | {key: element[key] for key in ("text", "value", "style", "url") if key in element}


def state(blocks: list[Doc], values: Values) -> Doc:
    """`state.values`: of every input what was filled in, else what it began with."""
    found: Doc = {}
    for id, element in elements(blocks):
        if element["type"] in STATEFUL:
            inputs = found.setdefault(id, {})
            assert isinstance(inputs, dict)
            inputs[str(element["action_id"])] = filled(element, values.get(id))
    assert not (unknown := set(values) - set(found)), f"There is nothing to fill in as {', '.join(sorted(unknown))}."
    return found


def filled(element: Doc, value: str | None) -> Doc:
    """One input's value, in the form of its kind."""
    sort = text(element, "type")
    if sort in TYPED:
        return {"type": sort, "value": (text(element, "initial_value") if value is None else value) or None}
    if sort in SEVERAL:
        several: list[Json] = [*docs(element, "initial_options")]
        if value is not None:
            several = [option(element, one) for one in value.split(",") if one]
        return {"type": sort, "selected_options": several}
    if sort in ("static_select", "radio_buttons", "overflow"):
        chosen = doc(element, "initial_option") or None
        return {"type": sort, "selected_option": option(element, value) if value else chosen}
    name = {"datepicker": "date", "users_select": "user"}[sort]
    return {"type": sort, f"selected_{name}": value or text(element, f"initial_{name}") or None}


def option(element: Doc, value: str) -> Doc:
    groups = [one for group in docs(element, "option_groups") for one in docs(group, "options")]
    options = docs(element, "options") + groups
    found = [one for one in options if value in (text(one, "value"), text(one, "text", "text"))]
    assert found, f"{value} is none of {', '.join(text(one, 'value') for one in options)}."
    return {key: found[0][key] for key in ("text", "value", "description") if key in found[0]}
