"""The commit points of one answer, K0 to K11 (ADR 16 lists them), where a test may end this process.

Rule: nothing happens unless the environment names a folder and the point's file lies in it; the file is used up first.
"""

import os
import signal
from pathlib import Path

FOLDER = "COUNTERSIGN_FAILPOINTS"


def reach(point: str) -> None:
    """Sends this process the signal that the point's file names (KILL, TERM), once; nothing without such a file."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    armed = Path(folder) / point
    try:
        sign = armed.read_text().strip()
        armed.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.Signals[f"SIG{sign}"])
