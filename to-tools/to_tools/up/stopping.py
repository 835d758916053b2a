"""`countersign down` and `countersign reset`: ends a desk that runs, and forgets a home.

Rule: only what belongs to the home is ended or removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress

from checkpoints.settings import Settings
from to_tools.up import ending
from to_tools.up.alone import holder, lock_file

PATIENCE = 60.0
"""Seconds that a desk has to stop by itself."""


def down(settings: Settings) -> bool:
    """Stop the desk, and whatever a killed one left. Says whether one ran."""
    supervisor = holder(settings.home)
    deadline = time.monotonic() + PATIENCE
    if supervisor is not None and supervisor.pid:
        with suppress(ProcessLookupError):
            os.kill(supervisor.pid, signal.SIGTERM)
        while holder(settings.home) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
    ending.end_all(settings.home)
    return supervisor is not None


class NotOurs(Exception):
    """The folder doesn't look like a desk's home, so nothing in it is removed."""


def reset(settings: Settings) -> None:
    """Stop the desk and remove its home for good. Raises NotOurs."""
    if settings.home.exists() and not lock_file(settings.home).exists():
        raise NotOurs(
            f"{settings.home} has no {lock_file(settings.home).name}: no desk ran there. Nothing was removed."
        )
    down(settings)
    for folder in (settings.home, settings.run):
        if folder.exists():
            shutil.rmtree(folder)
