"""Where settings are told: the environment (COUNTERSIGN_…), and `<home>/settings.toml`."""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path

from checkpoints.core.errors import Refused

PREFIX = "COUNTERSIGN_"


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
