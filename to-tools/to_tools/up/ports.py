"""The TCP ports of this machine's desk: free ones, chosen once and remembered, so that links stay good.

Rule: a port that a person set in the environment is never changed, only complained about.
"""

from __future__ import annotations

import socket

from checkpoints.settings import Settings
from to_tools.up.remembering import remember

NAMES = ("page_port", "prefect_port", "sandbox_port")


class PortTaken(Exception):
    """A port that we may not change is another program's. The message names it."""


def settle(settings: Settings) -> tuple[Settings, list[str]]:
    """Settings whose ports are free, and what has to be said about it. Raises PortTaken."""
    said = []
    for name in NAMES:
        port: int = getattr(settings, name)
        if is_free(port):
            remember(settings, name, port)
            continue
        remember(settings, name, free_port())
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
