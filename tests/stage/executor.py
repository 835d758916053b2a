"""The engine's worker as a test's child process: the real one, with flows that a test may slow down."""

import asyncio
import os

from flows.deployments import POOL
from flows.engine.worker import WarmWorker
from tests.stage.asking_flow import slow_down


def main() -> None:
    slow_down()
    asyncio.run(WarmWorker(POOL, name=f"tests-{os.getpid()}", limit=16).start())
