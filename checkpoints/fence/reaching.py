"""What code in the engine reaches for though its fence keeps it closed: written down before it is tried.

Rule: a hook of Python's, which no code in Python takes out again. It breaks no run, and what it writes is bounded.
"""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from checkpoints.core.fields import clean

HEARD_AT = "COUNTERSIGN_FENCE_IS_HEARD_AT"
"""Where a process that has become another program finds what it goes on with."""
DECIDES = ("checkpoints.actions.deciding", "checkpoints.store.decisions", "to_tools")
TOKEN = "/countersign/token"
OF_OTHERS = ("environ", "mem", "maps", "fd", "cwd", "root")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
MOST, HOUR = 60, 3600.0
LONGEST_FILE = 1 << 20
CLOSED = "closed to what a run executes"

Given = tuple[object, ...]


@dataclass(frozen=True)
class Closed:
    """`own` is what of the home is open; in `source` nothing may be written, in `file` is what was tried."""

    home: str
    own: tuple[str, ...]
    source: str
    file: int
    inode: int


@dataclass
class Tries:
    """Of one process: sixty an hour in words, and then only now and then how many came besides."""

    file: int
    since: float = field(default_factory=time.monotonic)
    lines: int = 0
    besides: int = 0
    step: int = 1

    def add(self, why: str) -> None:
        now = time.monotonic()
        if now - self.since >= HOUR:
            self.since, self.lines, self.step = now, 0, 1
        self.lines += 1
        if self.lines > MOST:
            if self.besides < self.step:
                self.besides += 1
                return
            self.step *= 2
        said = {"why": clean(why, 300), "besides": self.besides}
        self.besides = 0
        os.write(self.file, json.dumps(said).encode() + b"\n")


def file_of(home: Path) -> Path:
    """Where the engines of this desk write what was tried."""
    return home / "logs" / "engine.tried"


def agents_file(home: Path) -> Path:
    """The same of who serves agents from outside, with what these tried at its doors."""
    return home / "logs" / "agents.tried"


def hear(home: Path, own: list[Path], source: Path, file: Path | None = None) -> None:
    """From now on, in this process and in the program that it becomes. Before the fence: then no run opens the file.

    `file`: where else than the engines' it is written. Raises OSError where it can't be.
    """
    file = file or file_of(home)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    if os.fstat(fd).st_size > LONGEST_FILE:
        os.ftruncate(fd, 0)
    os.set_inheritable(fd, True)
    closed = Closed(str(home), tuple(map(str, own)), str(source), fd, os.fstat(fd).st_ino)
    os.environ[HEARD_AT] = json.dumps(asdict(closed))
    sys.addaudithook(_hook(closed))


def go_on() -> None:
    """In the program that a fenced process became; elsewhere nothing."""
    told = os.environ.pop(HEARD_AT, "")
    if not told:
        return
    said = json.loads(told)
    closed = Closed(**{**said, "own": tuple(said["own"])})
    try:
        if os.fstat(closed.file).st_ino != closed.inode:
            return
    except OSError:
        return
    os.set_inheritable(closed.file, False)
    sys.addaudithook(_hook(closed))


def read(line: str) -> tuple[str, int]:
    """Why it was refused, and how many came before that aren't written. Raises ValueError for a line that is none."""
    said = json.loads(line)
    why, besides = (said.get("why"), said.get("besides")) if isinstance(said, dict) else (None, None)
    if not isinstance(why, str) or not isinstance(besides, int) or besides < 0:
        raise ValueError("this says nothing of a try")
    return why, besides


def _hook(closed: Closed) -> Callable[[str, Given], None]:
    tries, within = Tries(closed.file), threading.local()

    def hook(event: str, given: Given) -> None:
        # It is called for everything: most of it is over after this line.
        if event not in EVENTS or hasattr(within, "hook"):
            return
        within.hook = True
        try:
            # Whatever is wrong here is no reason to keep a run from its work.
            with suppress(Exception):
                if why := EVENTS[event](closed, given):
                    tries.add(why)
        finally:
            del within.hook

    return hook


def _opened(closed: Closed, given: Given) -> str:
    flags = given[2] if len(given) > 2 else 0
    writing = isinstance(flags, int) and bool(flags & WRITES)
    return _reached(closed, "write" if writing else "read", given[0])


def _listed(closed: Closed, given: Given) -> str:
    return _reached(closed, "list", given[0])


def _moved(closed: Closed, given: Given) -> str:
    return _reached(closed, "write", given[0]) or _reached(closed, "write", given[1])


def _reached(closed: Closed, how: str, given: object) -> str:
    if not isinstance(given, str | bytes):
        return ""
    path = os.path.abspath(os.fsdecode(given))
    return f"{how} {path}: {CLOSED}" if _is_closed(closed, how, path) else ""


def _is_closed(closed: Closed, how: str, path: str) -> bool:
    if _in(path, closed.home):
        return not any(_in(path, own) for own in closed.own)
    if path.startswith("/proc/"):
        _, _, process, *rest = path.split("/")
        return process.isdigit() and int(process) != os.getpid() and rest[:1] != [] and rest[0] in OF_OTHERS
    # Python itself tries to keep what it compiled, and goes on without.
    code = how == "write" and _in(path, closed.source) and "__pycache__" not in path
    return code or path.endswith(TOKEN)


def _in(path: str, folder: str) -> bool:
    return path.startswith(folder) and path[len(folder) : len(folder) + 1] in ("", "/")


def _imported(_: Closed, given: Given) -> str:
    name = str(given[0])
    found = name.startswith(DECIDES) and any(name == one or name.startswith(f"{one}.") for one in DECIDES)
    return f"import {name}: it leads nowhere, the database lets no run decide" if found else ""


def _signalled(_: Closed, given: Given) -> str:
    """Its own children it may signal, so the kernel is asked."""
    process = given[0]
    if not isinstance(process, int) or process <= 0 or process == os.getpid():
        return ""
    try:
        os.kill(process, 0)
    except PermissionError:
        return f"signal process {process}: {CLOSED}"
    except OSError:
        return ""
    return ""


def _listened(_: Closed, given: Given) -> str:
    line = given[0]
    if not isinstance(line, socket.socket) or line.type != socket.SOCK_STREAM:
        return ""
    return f"listen at a port: {CLOSED}" if line.family in (socket.AF_INET, socket.AF_INET6) else ""


EVENTS: Mapping[str, Callable[[Closed, Given], str]] = {
    "open": _opened,
    "import": _imported,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "os.remove": lambda closed, given: _reached(closed, "write", given[0]),
    "os.rename": _moved,
    "os.kill": _signalled,
    "socket.bind": _listened,
}
