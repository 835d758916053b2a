"""Launches what executes runs: fences itself, then becomes Prefect's worker. It reads no key but the asker's."""

import logging
import os
import sys
import threading

from checkpoints import wiring
from checkpoints.actions.from_outside.watching import Pulse
from checkpoints.fence.engine import fence_engine
from checkpoints.fence.tied import tie
from checkpoints.seeing import logs
from checkpoints.settings import Settings
from flows.deployments import POOL, SOURCE


def main() -> None:
    """Does not return: the fence holds for this process and all that it starts."""
    settings = Settings()
    report = fence_engine(settings.home, SOURCE, also=[settings.repositories])
    logs.set_up("engine", settings)
    _say_alive(settings)
    logging.getLogger("engine").info("the engine: %s", report.says)
    worker = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"]
    os.chdir(SOURCE)
    os.execv(sys.executable, [*worker, "--name", "engine", "--limit", "10"])


def _say_alive(settings: Settings) -> None:
    """In a child that ends with this process, whatever program this one becomes."""
    engine = os.getpid()
    if os.fork() == 0:
        tie(engine)
        Pulse("engine").keep_beating(wiring.desk("asker", settings), threading.Event())


if __name__ == "__main__":
    main()
