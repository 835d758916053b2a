"""The methods views.*: modals and the Home tab."""

import time

from tests.fakes.slack import limits
from tests.fakes.slack.docs import Doc, doc, docs, text
from tests.fakes.slack.methods.answers import No, drawn, invalid, user
from tests.fakes.slack.workspace import Trigger, View, Workspace

DEEPEST = 3
"""Views in one stack."""


def open_modal(space: Workspace, args: Doc) -> Doc:
    trigger = used(space, args)
    view = new_view(space, trigger.user, checked(args, "modal"))
    space.stacks[trigger.user] = [view.id]
    return answered(space, view)


def push(space: Workspace, args: Doc) -> Doc:
    trigger = used(space, args)
    stack = space.stacks.get(trigger.user, [])
    if not stack or trigger.view not in stack:
        raise No("not_found")
    if len(stack) >= DEEPEST:
        raise No("push_limit_reached")
    return answered(space, pushed(space, trigger.user, checked(args, "modal")))


def pushed(space: Workspace, person: str, body: Doc) -> View:
    """On top of what this person has open."""
    stack = space.stacks[person]
    view = new_view(space, person, body)
    view.root, view.before = space.views[stack[-1]].root, stack[-1]
    stack.append(view.id)
    return view


def update(space: Workspace, args: Doc) -> Doc:
    body = doc(args, "view")
    outside = text(args, "external_id")
    named = [one for one in space.views.values() if outside and one.external_id == outside]
    view = named[-1] if named else space.views.get(text(args, "view_id"))
    if view is None or (view.body.get("type") == "modal" and not space.shown(view.id, view.user)):
        raise No("not_found")
    if (seen := text(args, "hash")) and seen != view.hash:
        raise No("hash_conflict")
    checked(args, text(view.body, "type"))
    changed(space, view, body)
    return answered(space, view)


def changed(space: Workspace, view: View, body: Doc) -> None:
    view.body, view.hash = with_ids(body), f"{time.time():.0f}.{space.new_id('h')}"
    space.version += 1


def publish(space: Workspace, args: Doc) -> Doc:
    person = user(space, text(args, "user_id"))
    body = checked(args, "home")
    if person.id in space.homes:
        view = space.views[space.homes[person.id]]
        if (seen := text(args, "hash")) and seen != view.hash:
            raise No("hash_conflict")
        changed(space, view, body)
    else:
        view = new_view(space, person.id, body)
        space.homes[person.id] = view.id
    return answered(space, view)


def used(space: Workspace, args: Doc) -> Trigger:
    """The trigger that is given, which no second view can be opened with."""
    trigger = space.triggers.get(text(args, "trigger_id"))
    if trigger is None:
        raise No("invalid_trigger_id")
    if time.monotonic() > trigger.until:
        raise No("expired_trigger_id")
    if trigger.used:
        raise No("exchanged_trigger_id")
    checked(args, "modal")
    trigger.used = True
    return trigger


def checked(args: Doc, sort: str) -> Doc:
    body = doc(args, "view")
    if found := limits.wrong_view(body):
        raise invalid("invalid_arguments", found)
    if body["type"] != sort:
        raise invalid("invalid_arguments", [f"must be a {sort} [json-pointer:/view/type]"])
    return body


def with_ids(body: Doc) -> Doc:
    blocks = [{"block_id": f"v{number:03d}", **block} for number, block in enumerate(docs(body, "blocks"))]
    return body | {"blocks": [*blocks]}


def new_view(space: Workspace, person: str, body: Doc) -> View:
    id = space.new_id("V")
    view = View(id, person, with_ids(body), id, f"{time.time():.0f}.{id}", external_id=text(body, "external_id"))
    space.views[id] = view
    space.version += 1
    return view


def answered(space: Workspace, view: View) -> Doc:
    return {"view": drawn(space, view)}
