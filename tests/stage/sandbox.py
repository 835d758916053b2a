"""The sandbox's process, the real one, as `countersign up` runs it. A test that kills it starts it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from checkpoints.cloud.sandbox.deployer import SOCKET, Sandbox
from checkpoints.core.work.release import Environment
from checkpoints.fence import Fence
from checkpoints.settings import Settings
from tests.stage.runs import eventually
from tests.stage.wires.plain import NOBODY
from to_tools.up import parts, ports
from to_tools.up.supervisor import Supervisor

SOURCES = Path(__file__).resolve().parents[2]
SAMPLE = "samples/read-later-digest"


class RunningSandbox:
    """`settings` are of its desk, with its port; `deployer` builds from `sources` and asks it."""

    def __init__(self, settings: Settings, sources: Path = SOURCES) -> None:
        url = settings.database_url
        self.settings = Settings(home=settings.home, database_url=url, sandbox_port=ports.free_port())
        self.deployer = Sandbox(Fence.of(self.settings), sources, self.settings.sandbox_url)
        self._supervisor = Supervisor(settings.logs, print)

    @property
    def pid(self) -> int:
        return self._supervisor.children["sandbox"].process.pid

    @property
    def log(self) -> str:
        return (self.settings.logs / "sandbox.log").read_text()

    def start(self, **environment: str) -> None:
        """Returns when it answers, at its socket and at its port."""
        part = parts.sandbox(self.settings)
        part.environment.update(
            COUNTERSIGN_DATABASE_URL=self.settings.database_url,
            COUNTERSIGN_SANDBOX_PORT=str(self.settings.sandbox_port),
            PYTHONPATH=f"{SOURCES}:{SOURCES / 'to-tools'}",
            **environment,
        )
        (self.settings.run / SOCKET).unlink(missing_ok=True)
        self._supervisor.start(part)
        self._supervisor.wait_for("sandbox", self.settings.sandbox_url, 60)

    def kill(self) -> None:
        """SIGKILL, as the kernel does it."""
        process = self._supervisor.children["sandbox"].process
        process.kill()
        process.wait()

    def stop(self) -> None:
        self._supervisor.stop()

    def health(self, case: str, environment: Environment, seconds: float = 30) -> dict[str, object]:
        """What the release that is served there says of itself, once it is served."""

        def said() -> dict[str, object] | None:
            answer = httpx.get(
                f"{self.settings.sandbox_url}/{case}/{environment}/health", verify=NOBODY, trust_env=False
            )
            return dict(answer.json()) if answer.status_code == httpx.codes.OK else None

        return eventually(said, f"the health of {case} in {environment}", seconds)


@contextmanager
def running_sandbox(settings: Settings, sources: Path = SOURCES, **environment: str) -> Iterator[RunningSandbox]:
    """Started for the block, and ended after it however that ends."""
    sandbox = RunningSandbox(settings, sources)
    sandbox.start(**environment)
    try:
        yield sandbox
    finally:
        sandbox.stop()
