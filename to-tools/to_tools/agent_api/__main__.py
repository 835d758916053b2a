"""`python -m to_tools.agent_api`: serves agents from outside on 127.0.0.1, fenced, until it is told to end.

Rule: it has the asker's login and nothing more: no vault, no key of the desk's, no way to what decides.
"""

import logging
import socket
import sys
from pathlib import Path

import uvicorn

from checkpoints import wiring
from checkpoints.core.errors import Countersign, Refused
from checkpoints.fence.engine import fence_agents
from checkpoints.fence.heard import reaching
from checkpoints.seeing import logs
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from to_tools.agent_api.app import agent_api
from to_tools.agent_api.hands import Hands, Vault
from to_tools.calm_server import CalmServer

HOST = "127.0.0.1"
SOURCE = Path(__file__).resolve().parents[3]
CLOSED = "This desk is closed to agents from outside. To open it: countersign agents open"


class Server(CalmServer):
    """Uvicorn at the agents' door, not yet started. There is no access log: nobody's token gets into one."""

    def __init__(self, desk: Desk, hands: Hands, tried: Path, port: int = 0) -> None:
        self._app = agent_api(desk, hands, tried)
        super().__init__(
            uvicorn.Config(
                self._app,
                host=HOST,
                port=port,
                access_log=False,
                log_config=None,
                log_level="warning",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=3,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the waiting first: uvicorn would wait for it."""
        self._app.state.waiting.close()
        await super().shutdown(sockets)


def main() -> int:
    # Here, before the fence: behind it no more of our code is read than is there.
    from checkpoints.credentials.handing import Window

    settings = Settings()
    logs.set_up("agents", settings)
    try:
        if not settings.agents_port:
            raise Refused(CLOSED)
        vault = Vault(settings.vault_url, settings.vault_mount, _ca(settings), settings.vault_namespace)
        desk = wiring.desk("asker", settings)
    except (Countersign, OSError) as why:
        print(why, file=sys.stderr)
        return 1
    server = Server(desk, Hands(Window(settings.run / "sandbox.sock"), vault), reaching.agents_file(settings.home))
    # Behind the fence nothing can be listened at any more.
    door = socket.create_server((HOST, settings.agents_port))
    report = fence_agents(settings.home, SOURCE)
    logging.getLogger("agents").info("the agents' door: %s", report.says)
    server.run(sockets=[door])
    return 0


def _ca(settings: Settings) -> str:
    """What an agent knows the vault's certificate by; empty where its own system does."""
    return settings.vault_ca.read_text(encoding="ascii") if settings.vault_ca else ""


if __name__ == "__main__":
    sys.exit(main())
