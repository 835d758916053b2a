"""What is allowed in the vault for one credential, as its policies say it: one path, one thing.

Rule: nothing gets into a policy that could mean more than one path.
"""

import re
import secrets
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.work.services.held import read_policy

PATH = re.compile(r"[\w-][\w.-]{0,99}(/[\w-][\w.-]{0,99}){0,9}", re.ASCII)
"""Neither `*` nor `+`, which mean many paths, nor a quote, nor `..`."""
TOKEN = re.compile(r"[\w.-]{1,500}", re.ASCII)
OURS = "cases/"
"""Where what is given lies; what lies elsewhere was there before, and is only read."""
USE, GIVE = "countersign-use-", "countersign-give-"


def check_path(path: str, *, ours: bool = False) -> str:
    """The same. Raises Refused for what no policy may hold; `ours`: and for what we neither write nor delete."""
    if not PATH.fullmatch(path):
        raise Refused(
            f"“{clean(path)[:200]}” is no path in the vault. Right would be team/sendgrid: letters, digits, dashes."
        )
    if ours and not path.startswith(OURS):
        raise Refused(f"{path} is not one of the desk's own paths ({OURS}…): it is neither written nor deleted by it.")
    return path


def use_name(id: UUID) -> str:
    """Of the policy and of the AppRole of one credential."""
    return f"{USE}{id}"


def used_by(name: str) -> UUID | None:
    """The credential whose policy, or AppRole, it is; None of another."""
    with suppress(ValueError):
        return UUID(name.removeprefix(USE)) if name.startswith(USE) else None
    return None


def use_policy(mount: str, path: str) -> str:
    """Read this, and no more."""
    return read_policy(mount, check_path(path))


def give_policy(mount: str, path: str) -> str:
    """Put something here where nothing lies, and no more."""
    return _policy(f"{mount}/data/{check_path(path)}", "create")


def give_name(ends: datetime) -> str:
    """It says by itself when it is over."""
    return f"{GIVE}{int(ends.timestamp())}-{secrets.token_hex(8)}"


def is_over(name: str, now: datetime) -> bool:
    """Whether it is the policy of a door that is closed by now."""
    ends = name.removeprefix(GIVE).partition("-")[0]
    return name.startswith(GIVE) and ends.isascii() and ends.isdigit() and int(ends) < now.timestamp()


def _policy(where: str, may: str) -> str:
    return f'path "{where}" {{\n  capabilities = ["{may}"]\n}}\n'
