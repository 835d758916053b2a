"""Prefect's server, the real one, on the session's PostgreSQL.

Rule: started as `countersign up` starts it, and killed for real where a test wants to see that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from checkpoints.settings import Settings
from to_tools.up import parts, ports
from to_tools.up.supervisor import Supervisor


class PrefectServer:
    """`settings` name its addresses. It is up, unless `kill()` was called and `start()` not yet."""

    def __init__(self, settings: Settings) -> None:
        self.settings = Settings(home=settings.home, prefect_port=ports.free_port())
        for folder in (self.settings.prefect_home, self.settings.prefect_server_home):
            folder.mkdir(exist_ok=True)
        self._supervisor = Supervisor(settings.logs, print)

    def start(self) -> None:
        """Returns when it answers."""
        self._supervisor.start(parts.prefect_server(self.settings))
        self._supervisor.wait_for("prefect", f"{self.settings.prefect_api_url}/health", 120)

    def kill(self) -> None:
        """SIGKILL, as the kernel does it."""
        process = self._supervisor.children["prefect"].process
        process.kill()
        process.wait()

    def client_environment(self, desk: Settings) -> dict[str, str]:
        """The environment of a process of this desk that speaks to this server."""
        return parts.environment(desk) | parts.prefect_client(self.settings)

    def stop(self) -> None:
        self._supervisor.stop()


@contextmanager
def running_prefect_server(settings: Settings) -> Iterator[PrefectServer]:
    server = PrefectServer(settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()
