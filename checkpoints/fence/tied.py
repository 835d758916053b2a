"""Run as a script it becomes another program, which the kernel ends together with whoever started it.

`tied.py PARENT PROGRAM ARGUMENT…`. Rule: the standard library only; where the kernel can't, it only becomes it.
"""

import ctypes
import os
import signal
import sys

SET_PARENT_DEATH_SIGNAL = 1


def tie(parent: int) -> None:
    """Die with `parent`, also when it is gone already."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    tie(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
