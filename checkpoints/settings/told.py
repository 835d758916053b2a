"""Where settings are told: the environment (COUNTERSIGN_…), and `<home>/settings.toml`."""

import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from checkpoints.core.errors import Refused

PREFIX = "COUNTERSIGN_"
PASSWORD = re.compile(r"\b(?:ssl)?password\s*=", re.IGNORECASE)
"""As libpq takes it too: behind the address, or in a line of its own words."""


def from_environment(fields: Sequence[str]) -> dict[str, object]:
    """What is set and not empty. A name that is no setting is somebody else's."""
    named = {field: os.environ.get(PREFIX + field.upper()) for field in fields}
    return {field: value for field, value in named.items() if value}


def from_file(home: Path) -> dict[str, object]:
    """What stands in `<home>/settings.toml`. Raises Refused when it can't be read."""
    file = home / "settings.toml"
    try:
        return tomllib.loads(file.read_text()) if file.exists() else {}
    except (OSError, ValueError) as wrong:
        raise Refused(f"{file} could not be read: {wrong}. Nothing was changed.") from None


def without_password(url: str) -> str:
    """An address of a database. Raises ValueError, which never repeats it, for one with a user or a password."""
    # Not taken apart: a password may have a / in it, and Python's own words repeat what can't be read.
    if "@" in url.replace("://@", "://", 1) or PASSWORD.search(url):
        raise ValueError("has no user or password: they are in <home>/keys/<role>.pgpass")
    return url


def is_host_and_port(url: str) -> bool:
    """Whether an address has a host, and a port that can be one where it has one."""
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False
