"""What is allowed in the vault for one credential, as its policies say it: one path, one thing.

Rule: nothing gets into a policy that could mean more than one path.
"""

import re
import secrets
from collections.abc import Iterable
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
MOST_SWEPT = 20


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


def trial_id(made: datetime) -> UUID:
    """Of a trial: it says by itself when it was made (a UUID of version 7), as no credential's does (version 4)."""
    milliseconds = int(made.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62))


def over(names: Iterable[str], now: datetime) -> list[str]:
    """Those of doors that are closed by now, and of trials from before, which a kill left behind; some at a time."""
    return [name for name in names if _is_over(name, now)][:MOST_SWEPT]


def _is_over(name: str, now: datetime) -> bool:
    if trial := used_by(name):
        return trial.version == 7 and trial.int >> 80 < now.timestamp() * 1000
    ends = name.removeprefix(GIVE).partition("-")[0]
    return name.startswith(GIVE) and ends.isascii() and ends.isdigit() and int(ends) < now.timestamp()


def _policy(where: str, may: str) -> str:
    return f'path "{where}" {{\n  capabilities = ["{may}"]\n}}\n'
