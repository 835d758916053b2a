"""The TCP ports of this machine's desk: free ones, chosen once and remembered, so that links stay good.

Rule: a port that a person set in the environment is never changed, only complained about.
"""

from __future__ import annotations

import re
import socket

from checkpoints.settings import Settings

NAMES = ("page_port", "prefect_port", "sandbox_port")


class PortTaken(Exception):
    """A port that we may not change is another program's. The message names it."""


def settle(settings: Settings) -> tuple[Settings, list[str]]:
    """Settings whose ports are free, and what has to be said about it. Raises PortTaken."""
    said = []
    for name in NAMES:
        port: int = getattr(settings, name)
        if is_free(port):
            _remember(settings, name, port)
            continue
        _remember(settings, name, free_port())
        settings = Settings(home=settings.home)
        if getattr(settings, name) == port:
            raise PortTaken(f"Port {port} is another program's. Set COUNTERSIGN_{name.upper()} to a free one.")
        said.append(f"Port {port} is another program's: {name} is {getattr(settings, name)} from now on.")
    return settings, said


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1 at this port now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _remember(settings: Settings, name: str, port: int) -> None:
    """Write one line of settings.toml and leave a person's others, and their comments, as they are."""
    first = "# Written by `countersign up`; yours to edit.\n"
    old = settings.file.read_text() if settings.file.exists() else first
    line = f"{name} = {port}"
    new, found = re.subn(rf"(?m)^{name}\s*=.*$", line, old)
    if not found:
        new = f"{old.rstrip()}\n{line}\n"
    if new != old:
        settings.file.write_text(new)
