"""The app as Slack wants it described: pasted once, it gives the bot exactly the rights that the desk uses."""

from typing import Literal

from checkpoints.core.model import Json

SCOPES = (
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "users:read",
)
EVENTS = ("app_home_opened", "message.channels", "message.groups", "message.im")
COMMAND = "/countersign"


def manifest(mode: Literal["socket", "http"], page_url: str) -> dict[str, Json]:
    """For "Create an app from a manifest". Over HTTP Slack reaches the desk at the page; over a socket nobody does."""
    url: dict[str, Json] = {"request_url": f"{page_url.rstrip('/')}/slack/events"} if mode == "http" else {}
    command: dict[str, Json] = {
        "command": COMMAND,
        "description": "What waits for you, and your answer",
        "usage_hint": "inbox | show sample/3 | approve sample/3 | link CODE",
        "should_escape": False,
    }
    return {
        "display_information": {"name": "Countersign", "description": "Machines ask, people decide."},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Countersign", "always_online": True},
            "slash_commands": [command | ({"url": url["request_url"]} if url else {})],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": url | {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True} | url,
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }
