"""The methods chat.*: saying, changing, taking back."""

from dataclasses import replace

from tests.fakes.slack import limits
from tests.fakes.slack.docs import Doc, at, doc, docs, flag, text
from tests.fakes.slack.methods.answers import No, channel, invalid, message, need, shown
from tests.fakes.slack.workspace import Channel, Message, Workspace


def post_message(space: Workspace, args: Doc) -> Doc:
    need(space, "chat:write")
    where = place(space, args)
    client_id = text(args, "client_msg_id")
    if space.dedupes and client_id and (ts := where.client_ids.get(client_id)):
        return posted(space, where.messages[ts])
    said = content(space, args, where)
    if said.thread and said.thread not in where.messages:
        raise No("thread_not_found")
    if said.thread:
        # A parent knows that it has a thread; Slack gives it its own ts as thread_ts.
        parent = where.messages[said.thread]
        parent.thread = parent.thread or parent.ts
    return posted(space, space.post(said))


def posted(space: Workspace, said: Message) -> Doc:
    return {"channel": said.channel, "ts": said.ts, "message": shown(space, said)}


def place(space: Workspace, args: Doc) -> Channel:
    """Where it is to be said: a channel that the app is in, or a person."""
    named = text(args, "channel")
    if (person := space.users.get(named)) and not person.bot:
        if person.deleted or person.stranger:
            raise No("channel_not_found")
        return space.direct(person.id)
    found = channel(space, args)
    if found.archived:
        raise No("is_archived")
    if space.bot.id not in found.members and "chat:write.public" not in space.scopes:
        raise No("not_in_channel")
    return found


def content(space: Workspace, args: Doc, where: Channel) -> Message:
    """The message that is asked for, within Slack's limits."""
    said, blocks = text(args, "text"), checked(args)
    if not said and not blocks and not docs(args, "attachments") and not text(args, "markdown_text"):
        raise No("no_text")
    if len(said) > limits.TEXT:
        raise No("msg_too_long")
    metadata = doc(args, "metadata")
    if metadata and not (text(metadata, "event_type") and isinstance(metadata.get("event_payload"), dict)):
        raise No("invalid_metadata_format")
    return Message(
        ts=space.new_ts(),
        channel=where.id,
        user=space.bot.id,
        text=said or text(args, "markdown_text"),
        blocks=blocks,
        thread=text(args, "thread_ts"),
        metadata=metadata,
        client_id=text(args, "client_msg_id"),
        broadcast=flag(args, "reply_broadcast"),
    )


def checked(args: Doc) -> list[Doc]:
    blocks = docs(args, "blocks")
    given = at(args, "blocks")
    if given is not None and (not isinstance(given, list) or len(blocks) != len(given)):
        raise No("invalid_blocks_format")
    if found := limits.wrong(blocks):
        raise invalid("invalid_blocks", found)
    if blocks and limits.too_long(blocks):
        raise No("msg_blocks_too_long")
    return [{"block_id": space_id(number), **block} for number, block in enumerate(blocks)]


def space_id(number: int) -> str:
    """Slack names the blocks that nobody named."""
    return f"b{number:03d}"


def update(space: Workspace, args: Doc) -> Doc:
    need(space, "chat:write")
    where = channel(space, args)
    if where.archived:
        raise No("is_archived")
    before = message(where, args)
    if before.user != space.bot.id:
        raise No("cant_update_message")
    after = content(space, args, where)
    changed = replace(
        before,
        text=after.text,
        # Slack keeps the blocks of a message that is changed by its text alone; an empty list takes them away.
        blocks=after.blocks if at(args, "blocks") is not None else before.blocks,
        metadata=after.metadata or before.metadata,
        edited=after.ts,
        versions=before.versions + 1,
    )
    space.post(changed)
    return {"channel": where.id, "ts": changed.ts, "text": changed.text, "message": shown(space, changed)}


def delete(space: Workspace, args: Doc) -> Doc:
    need(space, "chat:write")
    where = channel(space, args)
    found = message(where, args)
    if found.user != space.bot.id:
        raise No("cant_delete_message")
    del where.messages[found.ts]
    space.version += 1
    return {"channel": where.id, "ts": found.ts}


def post_ephemeral(space: Workspace, args: Doc) -> Doc:
    need(space, "chat:write")
    where = channel(space, args)
    if where.archived:
        raise No("is_archived")
    person = text(args, "user")
    if person not in space.users or person not in where.members:
        raise No("user_not_in_channel")
    said = space.post(replace(content(space, args, where), only_for=person))
    return {"message_ts": said.ts}


def get_permalink(space: Workspace, args: Doc) -> Doc:
    where = channel(space, args)
    found = message(where, args, "message_ts")
    link = f"{space.url}/archives/{where.id}/p{found.ts.replace('.', '')}"
    if found.thread and found.thread != found.ts:
        link += f"?thread_ts={found.thread}&cid={where.id}"
    return {"channel": where.id, "permalink": link}
