"""Prefect's server, the real one, on the session's PostgreSQL.

Rule: started as `countersign up` starts it, and killed for real where a test wants to see that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from checkpoints.settings import Settings
from tests.stage.warm import Warm
from to_tools.up import parts, ports
from to_tools.up.supervisor import Supervisor

IMPORTED = ("flows.delivery.flow", "tests.stage.side_by_side_flow")
"""What an executor runs, beside the flow that it brings."""


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

    @cached_property
    def warm_executor(self) -> Warm:
        """For all executors that speak to this server: Prefect reads its settings when it is imported."""
        return Warm.start("tests.stage.executor:main", IMPORTED, self.client_environment(self.settings))

    def client_environment(self, desk: Settings) -> dict[str, str]:
        """The environment of a process of this desk that speaks to this server."""
        return parts.environment(desk) | parts.prefect_client(self.settings)

    def stop(self) -> None:
        if "warm_executor" in self.__dict__:
            self.warm_executor.stop()
        self._supervisor.stop()


@contextmanager
def running_prefect_server(settings: Settings) -> Iterator[PrefectServer]:
    server = PrefectServer(settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()
