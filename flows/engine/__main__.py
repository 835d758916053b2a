"""Launches what executes runs: fences itself, then becomes Prefect's worker. It reads no key but the asker's."""

import logging
import os
import sys

from checkpoints.fence.engine import fence_engine
from checkpoints.settings import Settings
from flows.deployments import POOL, SOURCE, WORKER

AT_ONCE = "16"


def main() -> None:
    """Does not return: the fence holds for this process and all that it starts."""
    settings = Settings()
    report = fence_engine(settings.home, SOURCE, also=[settings.repositories])
    logging.basicConfig(level=logging.INFO)
    logging.getLogger(__name__).info("the engine: %s", report.says)
    worker = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", WORKER]
    os.chdir(SOURCE)
    os.execv(sys.executable, [*worker, "--name", f"engine-{os.getpid()}", "--limit", AT_ONCE])


if __name__ == "__main__":
    main()
