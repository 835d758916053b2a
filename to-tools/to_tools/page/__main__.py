"""`python -m to_tools.page`: serves the page on 127.0.0.1 until it is told to end."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from checkpoints import wiring
from checkpoints.core.errors import Countersign
from checkpoints.seeing import logs
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from to_tools.calm_server import CalmServer
from to_tools.page.app import page
from to_tools.page.from_outside.arrivals import arrivals_key
from to_tools.page.from_outside.watching import metrics_key

if TYPE_CHECKING:
    from to_tools.slack_listener.door import Door

HOST = "127.0.0.1"


class Server(CalmServer):
    """Uvicorn on one port, not yet started. There is no access log: a sign-in link carries a token."""

    def __init__(self, desk: Desk, port: int, door: Door | None = None) -> None:
        self._page = page(desk, door.before if door else None)
        super().__init__(
            uvicorn.Config(
                self._page,
                host=HOST,
                port=port,
                access_log=False,
                log_config=None,
                log_level="warning",
                server_header=False,
                # Uvicorn would believe whoever speaks from this machine: who comes from where is ours to say.
                proxy_headers=False,
                timeout_graceful_shutdown=3,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the open live streams first: uvicorn would wait for them."""
        self._page.state.live.close()
        await super().shutdown(sockets)


def main() -> int:
    settings = Settings()
    logs.set_up("page", settings)
    try:
        desk = wiring.desk("desk", settings, need=("files", "credentials"))
        arrivals_key(settings.keys)
        metrics_key(desk)
        door = _door(settings)
    except Countersign as why:
        print(why, file=sys.stderr)
        return 1
    Server(desk, settings.page_port, door).run()
    if door is not None:
        door.close()
    return 0


def _door(settings: Settings) -> Door | None:
    """Slack's, where it is to come in here. Raises Refused while nobody could say that it is Slack."""
    if settings.slack != "http":
        return None
    from to_tools.slack_listener.door import Door

    # Connections of its own: what waits for a slow database there keeps nobody from the page.
    return Door(wiring.desk("desk", settings, need=("channels",)), settings)


if __name__ == "__main__":
    sys.exit(main())
