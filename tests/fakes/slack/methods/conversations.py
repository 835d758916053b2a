"""The methods conversations.* and users.*: what is there, who is there, what was said."""

from tests.fakes.slack.docs import Doc, flag, number, text
from tests.fakes.slack.methods.answers import No, channel, need, need_for, shown, user
from tests.fakes.slack.workspace import Channel, Message, User, Workspace


def open_direct(space: Workspace, args: Doc) -> Doc:
    need(space, "im:write")
    people = [one for one in text(args, "users").split(",") if one]
    if not people and text(args, "channel"):
        return {"channel": about(space, channel(space, args))}
    if len(people) != 1:
        raise No("not_enough_users" if not people else "method_not_supported_for_channel_type")
    person = user(space, people[0])
    if person.deleted:
        raise No("user_disabled")
    if person.bot or person.stranger:
        raise No("user_not_visible" if person.stranger else "cannot_dm_bot")
    direct = space.direct(person.id)
    return {"channel": about(space, direct) if flag(args, "return_im") else {"id": direct.id}}


def history(space: Workspace, args: Doc) -> Doc:
    where = channel(space, args, inside=True)
    need_for(space, where, "history")
    spoken = [one for one in where.messages.values() if not one.only_for]
    spoken = [one for one in spoken if one.thread in ("", one.ts) or one.broadcast]
    return page(space, spoken[::-1], args)


def replies(space: Workspace, args: Doc) -> Doc:
    where = channel(space, args, inside=True)
    need_for(space, where, "history")
    ts = text(args, "ts")
    if ts not in where.messages:
        raise No("thread_not_found")
    spoken = [one for one in where.messages.values() if not one.only_for and ts in (one.ts, one.thread)]
    return page(space, spoken, args)


def page(space: Workspace, spoken: list[Message], args: Doc) -> Doc:
    """The part that was asked for: between `oldest` and `latest`, `limit` of them from the cursor."""
    oldest, latest = text(args, "oldest") or "0", text(args, "latest") or "9" * 20
    with_ends = flag(args, "inclusive")
    # Of a message's ts all digits count, which a float hasn't.
    low, high = whole(oldest), whole(latest)
    inside = [one for one in spoken if low < whole(one.ts) < high or (with_ends and whole(one.ts) in (low, high))]
    begin = number({"cursor": text(args, "cursor").removeprefix("next:")}, "cursor", default=0)
    limit = min(number(args, "limit", default=100), 999)
    found = [with_thread(space, one, flag(args, "include_all_metadata")) for one in inside[begin : begin + limit]]
    more = begin + limit < len(inside)
    cursor = f"next:{begin + limit}" if more else ""
    return {"messages": [*found], "has_more": more, "response_metadata": {"next_cursor": cursor}}


def whole(ts: str) -> int:
    """Microseconds."""
    seconds, _, rest = ts.partition(".")
    try:
        return int(seconds or "0") * 1_000_000 + int((rest or "0").ljust(6, "0")[:6])
    except ValueError as error:
        raise No("invalid_ts_oldest") from error


def with_thread(space: Workspace, said: Message, metadata: bool) -> Doc:
    found = shown(space, said)
    if metadata and said.metadata:
        found["metadata"] = said.metadata
    if said.thread == said.ts:
        answers = [one for one in space.channels[said.channel].messages.values() if one.thread == said.ts]
        answers = [one for one in answers if one is not said and not one.only_for]
        found |= {"reply_count": len(answers), "reply_users": [*sorted({one.user for one in answers})]}
        if answers:
            found["latest_reply"] = answers[-1].ts
    return found


def info(space: Workspace, args: Doc) -> Doc:
    where = channel(space, args)
    need_for(space, where, "read")
    return {"channel": about(space, where)}


def list_all(space: Workspace, args: Doc) -> Doc:
    need(space, "channels:read", "groups:read", "im:read")
    return listed(space, args, [*space.channels.values()])


def of_user(space: Workspace, args: Doc) -> Doc:
    """users.conversations: where this person, else the app, is a member."""
    need(space, "channels:read", "groups:read", "im:read")
    person = text(args, "user") or space.bot.id
    return listed(space, args, [one for one in space.channels.values() if person in one.members])


def listed(space: Workspace, args: Doc, channels: list[Channel]) -> Doc:
    sorts = (text(args, "types") or "public_channel").split(",")
    names = {"channel": "public_channel", "group": "private_channel", "im": "im"}
    found = [one for one in channels if names[one.sort] in sorts]
    found = [one for one in found if one.sort == "channel" or space.bot.id in one.members]
    if flag(args, "exclude_archived"):
        found = [one for one in found if not one.archived]
    begin = number({"cursor": text(args, "cursor").removeprefix("next:")}, "cursor", default=0)
    limit = min(number(args, "limit", default=100), 999)
    cursor = f"next:{begin + limit}" if begin + limit < len(found) else ""
    part = found[begin : begin + limit]
    return {"channels": [about(space, one) for one in part], "response_metadata": {"next_cursor": cursor}}


def members(space: Workspace, args: Doc) -> Doc:
    where = channel(space, args)
    need_for(space, where, "read")
    return {"members": [*sorted(where.members)], "response_metadata": {"next_cursor": ""}}


def join(space: Workspace, args: Doc) -> Doc:
    where = channel(space, args)
    need(space, "channels:join")
    if where.archived:
        raise No("is_archived")
    if where.sort != "channel":
        raise No("method_not_supported_for_channel_type")
    where.members.add(space.bot.id)
    return {"channel": about(space, where)}


def user_info(space: Workspace, args: Doc) -> Doc:
    need(space, "users:read")
    return {"user": profile(space, user(space, text(args, "user")))}


def users_list(space: Workspace, args: Doc) -> Doc:
    need(space, "users:read")
    found = [profile(space, one) for one in space.users.values() if one.team_id == space.team_id]
    return {"members": [*found], "response_metadata": {"next_cursor": ""}}


def about(space: Workspace, where: Channel) -> Doc:
    """A channel as Slack gives it."""
    if where.sort == "im":
        person = next(one for one in sorted(where.members) if one != space.bot.id)
        return {"id": where.id, "is_im": True, "user": person, "is_archived": False, "is_open": True}
    return {
        "id": where.id,
        "name": where.name,
        "name_normalized": where.name,
        "is_channel": where.sort == "channel",
        "is_group": where.sort == "group",
        "is_im": False,
        "is_mpim": False,
        "is_private": where.sort == "group",
        "is_archived": where.archived,
        "is_general": False,
        "is_member": space.bot.id in where.members,
        "is_ext_shared": False,
        "num_members": len(where.members),
        "context_team_id": space.team_id,
    }


def profile(space: Workspace, person: User) -> Doc:
    """A user as Slack gives it; of who was deactivated, only what Slack still says."""
    names: Doc = {"real_name": person.name, "display_name": person.handle, "team": person.team_id}
    if person.email and "users:read.email" in space.scopes:
        names["email"] = person.email
    found: Doc = {"id": person.id, "team_id": person.team_id, "name": person.handle, "deleted": person.deleted}
    found |= {"profile": names, "is_bot": person.bot, "is_app_user": False, "updated": 1_700_000_000}
    if person.stranger:
        found["is_stranger"] = True
    if person.deleted:
        return found
    return found | {
        "real_name": person.name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": 3_600,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.restricted,
        "is_ultra_restricted": person.ultra_restricted,
    }
