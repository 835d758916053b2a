"""The supervisor in the background, as `countersign up --detach` starts it and stays to see it become ready.

Rule: until it is ready it speaks to whoever started it; then it writes its log, where no sign-in link goes.
"""

from __future__ import annotations

import os
import subprocess
import sys

from checkpoints.settings import Settings
from to_tools.up.alone import holder


def detach(settings: Settings) -> int:
    """Start the desk in the background; pass on what it says until it is ready. Returns the exit code."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "to_tools.up"],
        env=os.environ | {"COUNTERSIGN_HOME": str(settings.home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        for line in process.stdout or ():
            print(line, end="", flush=True)
    except KeyboardInterrupt:
        process.terminate()
    running = holder(settings.home)
    if running is not None and running.ready and running.pid == process.pid:
        return 0
    return process.wait()


def turn_to_log(settings: Settings) -> None:
    """Let this process write its log from now on: whoever started it sees the end of its words."""
    log = os.open(settings.logs / "up.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(log, stream.fileno())
    os.close(log)
