"""The namespace of a fenced program: it is over once the kernel has ended everything in it.

Rule: bubblewrap's own end doesn't say so: it comes first, and what the program left behind could still write.
"""

import json
import os
import select
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

from checkpoints.core.errors import OutcomeUnknown

SECONDS = 30
"""More than the kernel needs for what it may kill."""
LONGEST_TOLD = 4096
OUTLIVES = "The program has ended, and what it started can't be ended. Its output is in the case's folder."


class Namespace:
    """Of one program. Bubblewrap says by a pipe which process is the first in it; with it everything in it ends."""

    def __init__(self, ours: BinaryIO, theirs: BinaryIO) -> None:
        self._ours, self._theirs = ours, theirs
        self._said = b""
        self._first: int | None = None

    @property
    def fds(self) -> tuple[int, ...]:
        return (self._theirs.fileno(),)

    def within(self, command: Sequence[str]) -> list[str]:
        """Bubblewrap's command, told to say it."""
        return [command[0], "--info-fd", str(self._theirs.fileno()), *command[1:]]

    def follow(self) -> None:
        """From the start on. Held by a descriptor: a number may be another process's by the time that it is asked."""
        self._theirs.close()
        # It comes in pieces, and not at all where nothing was started.
        while select.select([self._ours], [], [], SECONDS)[0] and (part := os.read(self._ours.fileno(), LONGEST_TOLD)):
            self._said += part
        with suppress(ProcessLookupError):
            self._first = os.pidfd_open(json.loads(self._said)["child-pid"]) if self._said else None

    def until_over(self) -> None:
        """Once bubblewrap has ended. Raises OutcomeUnknown when something in it can't be ended."""
        if self._first is None:
            return
        # Else what is left ends a moment later, or never, where bubblewrap was killed while it still held it back.
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._first, signal.SIGKILL)
        if not select.select([self._first], [], [], SECONDS)[0]:
            raise OutcomeUnknown(OUTLIVES)

    def close(self) -> None:
        for file in (self._ours, self._theirs):
            file.close()
        if self._first is not None:
            os.close(self._first)


@contextmanager
def told() -> Iterator[Namespace]:
    """For one program."""
    ours, theirs = os.pipe()
    namespace = Namespace(os.fdopen(ours, "rb", 0), os.fdopen(theirs, "wb", 0))
    try:
        yield namespace
    finally:
        namespace.close()
