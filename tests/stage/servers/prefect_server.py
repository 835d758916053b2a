"""Prefect's server, the real one, on the session's PostgreSQL.

Rule: with the command and the environment that `countersign up` gives it, a process of its own, killed for real where
a test wants to see that; but it is forked from one that has imported it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from checkpoints.settings import Settings
from tests.stage.cluster import SessionCluster
from tests.stage.servers.prepared import Prepared
from tests.stage.warm import SOURCE, Forked, Warm
from to_tools.up import parts, ports
from to_tools.up.supervisor import answers

IMPORTED = ("flows.delivery.flow", "tests.stage.side_by_side_flow")
"""What an executor runs, beside the flow that it brings."""
SERVED = ("prefect.cli.server", "prefect.server.api.server")
SECONDS = 120


class PrefectServer:
    """`settings` name its addresses. It is up, unless `kill()` was called and `start()` not yet."""

    def __init__(self, settings: Settings) -> None:
        self.settings = Settings(home=settings.home, prefect_port=ports.free_port())
        for folder in (self.settings.prefect_home, self.settings.prefect_server_home):
            folder.mkdir(exist_ok=True)
        self.settings.logs.mkdir(mode=0o700, exist_ok=True)
        self._process: Forked | None = None

    def start(self) -> None:
        """Returns when it answers."""
        part = parts.prefect_server(self.settings)
        with (self.settings.logs / "prefect.log").open("ab") as log, open(os.devnull, "rb") as nothing:
            command = part.command[part.command.index("prefect") + 1 :]
            self._process = self._warm.fork(command, part.environment, SOURCE, (nothing, log, log))
        deadline = time.monotonic() + SECONDS
        while not answers(f"{self.settings.prefect_api_url}/health"):
            assert self._process.poll() is None, f"Prefect's server ended: see {log.name}"
            assert time.monotonic() < deadline, f"Prefect's server does not answer: see {log.name}"
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, as the kernel does it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @cached_property
    def _warm(self) -> Warm:
        """For this server alone: Prefect reads its settings when it is imported."""
        return Warm.start("prefect.cli:app", SERVED, parts.prefect_server(self.settings).environment)

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
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGTERM)
            self._process.wait()
        self._warm.stop()


@contextmanager
def running_prefect_server(cluster: SessionCluster, prepared: Prepared) -> Iterator[PrefectServer]:
    """On the cluster's own `prefect`, which has its tables already."""
    prepared.fill(cluster.cluster)
    server = PrefectServer(cluster.settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()
