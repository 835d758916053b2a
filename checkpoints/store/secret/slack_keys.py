"""The file with what the desk shows Slack, and knows Slack by: tokens and the signing secret, for its owner alone."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_IMODE

from checkpoints.core.errors import Refused
from checkpoints.store.secret import private_files

NAMES = ("bot_token", "app_token", "signing_secret")


@dataclass(frozen=True)
class SlackKeys:
    """`bot_token` (xoxb-…) speaks, `app_token` (xapp-…) opens the socket, `signing_secret` proves a request over HTTP.

    Empty: not given.
    """

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)


def read(file: Path) -> SlackKeys:
    """Raises Refused when it isn't there, isn't what it should be, or is open to others."""
    try:
        if S_IMODE(file.stat().st_mode) & 0o077:
            raise Refused(f"Others can read {file}: chmod 600, and make new tokens in Slack.")
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused(
            "Slack is not connected: there are no keys for it. Connect it: countersign slack connect"
        ) from None
    except (OSError, ValueError):
        raise Refused(f"{file} can't be read. Write it anew: countersign slack connect") from None
    if not set(told) <= set(NAMES) or not all(isinstance(value, str) for value in told.values()) or not told:
        raise Refused(f"{file} has something else in it than Slack's keys. Write it anew: countersign slack connect")
    if not all(map(_is_one, told.values())):
        # Whatever sends it would repeat it in its complaint.
        raise Refused(f"{file} has a key that is none of Slack's. Write it anew: countersign slack connect")
    return SlackKeys(**{"bot_token": "", **told})


def write(file: Path, keys: SlackKeys) -> None:
    """Instead of what was there. Raises Refused for a key with what no key has."""
    values = {name: getattr(keys, name) for name in NAMES}
    if not all(map(_is_one, values.values())):
        raise Refused("A key of Slack's has letters, digits and dashes only. Nothing was kept.")
    content = "".join(f'{name} = "{value}"\n' for name, value in values.items() if value)
    private_files.replace(file, content.encode())


def _is_one(value: str) -> bool:
    return value.isascii() and value.isprintable() and not set(value) & set("\"\\ '")
