"""Which methods there are, and who may call them."""

from collections.abc import Callable

from tests.fakes.slack.docs import Doc
from tests.fakes.slack.methods import chat, conversations, views
from tests.fakes.slack.methods.answers import No
from tests.fakes.slack.workspace import Workspace

Method = Callable[[Workspace, Doc], Doc]


def auth_test(space: Workspace, args: Doc) -> Doc:
    bot = space.bot
    return {
        "url": f"{space.url}/",
        "team": space.domain,
        "user": bot.handle,
        "team_id": space.team_id,
        "user_id": bot.id,
        "bot_id": space.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(space: Workspace, args: Doc) -> Doc:
    """apps.connections.open: the address of a socket, good for one connection."""
    ticket = space.new_id("W")
    space.tickets.add(ticket)
    return {"url": f"{space.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={space.app_id}"}


def api_test(space: Workspace, args: Doc) -> Doc:
    return {"args": args}


METHODS: dict[str, Method] = {
    "api.test": api_test,
    "auth.test": auth_test,
    "apps.connections.open": open_connection,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.get_permalink,
    "conversations.open": conversations.open_direct,
    "conversations.history": conversations.history,
    "conversations.replies": conversations.replies,
    "conversations.info": conversations.info,
    "conversations.list": conversations.list_all,
    "conversations.members": conversations.members,
    "conversations.join": conversations.join,
    "users.info": conversations.user_info,
    "users.list": conversations.users_list,
    "users.conversations": conversations.of_user,
    "views.open": views.open_modal,
    "views.update": views.update,
    "views.push": views.push,
    "views.publish": views.publish,
}


def call(space: Workspace, method: str, token: str, args: Doc) -> Doc:
    """What the method answers. Raises No."""
    do = METHODS.get(method)
    if do is None:
        raise No("unknown_method", req_method=method)
    if method != "api.test":
        let_in(space, method, token)
    return {"ok": True, **do(space, args)}


def let_in(space: Workspace, method: str, token: str) -> None:
    """With the one token that the method takes."""
    if not token:
        raise No("not_authed")
    if token not in (space.bot_token, space.app_token):
        raise No("invalid_auth")
    if space.revoked:
        raise No("token_revoked")
    needs = space.app_token if method == "apps.connections.open" else space.bot_token
    if token != needs:
        raise No("not_allowed_token_type")
