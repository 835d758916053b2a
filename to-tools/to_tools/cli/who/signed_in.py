"""The token that the shell is signed in with: one file, 0600. Rule: a token is read from nowhere else."""

import os
from pathlib import Path

from checkpoints.settings import Settings

LONGEST = 256


def token_file(settings: Settings) -> Path:
    """`COUNTERSIGN_TOKEN_FILE`, or `<home>/session`."""
    return Path(os.environ.get("COUNTERSIGN_TOKEN_FILE") or settings.home / "session")


def kept_token(settings: Settings) -> str:
    """The token, or nothing when the shell is not signed in."""
    try:
        with token_file(settings).open("rb") as file:
            return file.read(LONGEST).decode("ascii", "replace").strip()
    except OSError:
        return ""


def keep_token(settings: Settings, token: str) -> Path:
    """Sign the shell in; returns the file, which nobody else can read, not even while it is written."""
    path = token_file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.new")
    written.unlink(missing_ok=True)
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{token}\n")
    return written.replace(path)


def forget_token(settings: Settings) -> None:
    token_file(settings).unlink(missing_ok=True)
