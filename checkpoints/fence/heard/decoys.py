"""What others' code behind the fence reaches for and doesn't find: a link that leads nowhere lies in its place.

Rule: nothing of worth, no process of ours, no file on a disk. Whoever goes by a link finds nothing, as without it; the
kernel notes the time on it, which nobody in there puts back.
"""

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkpoints.core.model import Json
from checkpoints.fence.heard.tally import Tally
from checkpoints.fence.job import Fence, Job

REACHED = "reached for"
"""The question that a door of ours answers with what was."""
FOLDER = Path("/run/nothing")
"""Inside: an empty place in memory, of that one program."""
EMPTY = (FOLDER, Path("/tmp"))
"""What else is new inside: in it there is room."""
NOWHERE = "nowhere"
CLOSED = "closed to others' code"
LONGEST_TOLD = 4096

Times = tuple[int, int]
"""Of a link, in nanoseconds: when it was last followed, and last changed, as by putting the first time back."""


@dataclass(frozen=True)
class Decoy:
    """At `path` would be `what`; its link is `name` in FOLDER."""

    name: str
    path: Path
    what: str


def wanted(fence: Fence) -> tuple[Decoy, ...]:
    """What there is to reach for at this desk."""
    return (
        Decoy("keys", fence.home / "keys", "the desk's keys"),
        Decoy("token", fence.home / "session", "a person's token"),
        Decoy("files", fence.home / "postgres", "the database's files"),
        Decoy("database", fence.database, "the database's socket"),
        Decoy("starter", fence.socket, "the starter's socket"),
    )


def with_room(fence: Fence, bound: Sequence[Path]) -> tuple[Decoy, ...]:
    """None can be made in or round what is `bound` from outside, nor in place of what is there.

    Without room a program starts all the same, and nobody hears what of this it reaches for.
    """
    found: list[Decoy] = []
    for decoy in wanted(fence):
        path = decoy.path
        # The home is empty inside but for these, whatever lies round it.
        taken = [fence.cases, fence.releases] if fence.home in path.parents else [fence.home, *bound]
        within = any(other in path.parents for other in (*taken, *(one.path for one in found)))
        if not within and not any(_covers(path, other) for other in (*taken, *EMPTY, *(one.path for one in found))):
            found.append(decoy)
    return tuple(found)


def _covers(path: Path, other: Path) -> bool:
    return path == other or path in other.parents


class Program:
    """One that was started: it says itself, before it is others' code, where its links are (`landlock._tell`)."""

    def __init__(
        self, who: str, process: "subprocess.Popen[bytes]", line: socket.socket, laid: Sequence[Decoy]
    ) -> None:
        self.who, self.process = who, process
        self._line, self._left = line, list(laid)
        # Who never says anything must not be waited for; `recv_fds` takes flags and doesn't use them.
        line.setblocking(False)
        self._folder: int | None = None
        self._times: Mapping[str, Times] = {}

    def reached(self) -> list[str]:
        """What it reached for since it was asked last: each once, for the kernel notes the first time alone."""
        if self._folder is None:
            self._be_told()
        if self._folder is None:
            return []
        found = [decoy for decoy in self._left if _times(decoy.name, self._folder) != self._times.get(decoy.name)]
        self._left = [decoy for decoy in self._left if decoy not in found]
        return [decoy.what for decoy in found]

    def _be_told(self) -> None:
        try:
            said, folders, _, _ = socket.recv_fds(self._line, LONGEST_TOLD, 1)
        except OSError:
            # Not yet, or it ended before.
            return
        if folders:
            self._folder, times = folders[0], json.loads(said)
            self._times = {name: (looked, changed) for name, (looked, changed) in times.items()}

    def close(self) -> None:
        self._line.close()
        if self._folder is not None:
            os.close(self._folder)


def _times(name: str, folder: int) -> Times | None:
    """None where it can't be looked at any more, which is nobody's doing but the program's."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    return found.st_atime_ns, found.st_ctime_ns


class Programs:
    """All that this process started, and what was reached for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work: list[Program] = []
        self._tally = Tally()

    def follow(self, program: Program) -> None:
        with self._lock:
            self._at_work.append(program)
        self.hear()

    def hear(self) -> None:
        """What was reached for by now; who is at their end is heard for the last time."""
        with self._lock:
            for program in [*self._at_work]:
                over = program.process.poll() is not None
                for what in program.reached():
                    self._tally.add(f"{program.who} reached for {what}: {CLOSED}")
                if over:
                    self._at_work.remove(program)
                    program.close()

    def told(self, words: Mapping[str, Json]) -> Mapping[str, Json]:
        """What a door answers to `REACHED`."""
        self.hear()
        return self._tally.told(words)


OURS = Programs()


@dataclass(frozen=True)
class Laid:
    """For one program: its links, and the line on which it says where they are; `theirs` is its end."""

    links: tuple[Decoy, ...]
    ours: socket.socket
    theirs: socket.socket

    @property
    def fds(self) -> tuple[int, ...]:
        return (self.theirs.fileno(),)

    def arguments(self) -> list[str]:
        """Bubblewrap's, once everything else that they lie in is there."""
        inside = [part for one in self.links for part in ("--symlink", NOWHERE, str(FOLDER / one.name))]
        outside = [part for one in self.links for part in ("--symlink", str(FOLDER / one.name), str(one.path))]
        return ["--tmpfs", str(FOLDER), *inside, *outside]

    def rule(self) -> Mapping[str, Json]:
        """What the program is told, to say it."""
        return {"line": self.theirs.fileno(), "folder": str(FOLDER), "names": [one.name for one in self.links]}

    def follow(self, job: Job, process: "subprocess.Popen[bytes]") -> None:
        """From its start on, until it ends."""
        OURS.follow(Program(f"{job.case}'s “{job.label}”", process, self.ours.dup(), self.links))


@contextmanager
def laid(links: tuple[Decoy, ...]) -> Iterator[Laid]:
    """Ends with the start of the program, which has its end then."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Laid(links, ours, theirs)
