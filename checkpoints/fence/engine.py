"""The engine fences itself before it imports a flow, and who serves agents from outside before it serves one.

Rule: it reads code, writes cases, releases, evidence and the journal; of keys it sees the asker's only, of tokens none.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from checkpoints.fence import reaching
from checkpoints.fence.landlock import landlock_abi, restrict
from checkpoints.fence.running import Report

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc", "/opt", "/proc", "/sys")
PORTS_SINCE = 4
"""The first ABI of Landlock's that can close ports."""
DEVICES = (
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/pts",
    "/dev/shm",
)


def fence_engine(home: Path, source: Path, also: Sequence[Path] = ()) -> Report:
    """Give up, for good, this process's and its children's sight of keys, tokens and other processes.

    `source` is the folder that holds our packages; what is in `also` may be read too. Sets TMPDIR to a folder
    of the engine's own. What is reached for in vain is written down (`reaching`), by this process and by the program
    that it becomes. Sockets need no right here: Landlock lets connect, and what must not be reached asks for
    a password. Where the kernel has no Landlock nothing is fenced, and the report says so.
    """
    home = home.resolve()
    scratch = home / "prefect" / "tmp"
    own = [home / name for name in ("begun", "cases", "files", "prefect", "releases")]
    for folder in (*own, scratch):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(scratch)
    tempfile.tempdir = None
    more = [part for folder in also for part in around(folder.resolve(), home)]
    return _fence(home, source.resolve(), own, more, reaching.file_of(home))


def fence_agents(home: Path, source: Path) -> Report:
    """The same for who serves agents from outside, which writes nothing at all and reads code and the asker's key.

    What it has open, a port to listen at among it, stays so; its imports are over by then.
    """
    return _fence(home.resolve(), source.resolve(), [], [], reaching.agents_file(home.resolve()))


def _fence(home: Path, source: Path, own: list[Path], more: list[Path], tried: Path) -> Report:
    if landlock_abi() == 0:
        return Report(False, "no fence round it: this system has no Landlock")
    asker = [home / "keys" / "asker.pgpass", home / "settings.toml"]
    heard = _heard(home, [*own, *asker], source, tried)
    read = [*_code(source, home), *more, *asker]
    # A run that listened could be handed a person's cookie: browsers send it to every port of this address.
    write = [*map(Path, DEVICES), *own]
    # Where the home lies among the code, Python must list the folder round it to import from there: names only.
    restrict(read, write, look=[source], listen=landlock_abi() < PORTS_SINCE)
    return Report(True, f"Landlock ABI {landlock_abi()}{heard}")


def _heard(home: Path, own: list[Path], source: Path, tried: Path) -> str:
    """Nothing, or why nobody hears of what is refused: the fence holds without it."""
    try:
        reaching.hear(home, own, source, tried)
    except OSError as wrong:
        return f"; what it keeps closed is not heard of ({wrong.strerror})"
    return ""


def _code(source: Path, home: Path) -> Iterator[Path]:
    roots = [*map(Path, SYSTEM), Path(sys.prefix), Path(sys.base_prefix).resolve(), source]
    for root in roots:
        yield from around(root, home)


def around(root: Path, hidden: Path) -> Iterator[Path]:
    """`root` without `hidden`: Landlock only allows, so what lies beside it is allowed instead."""
    if hidden in (root, *root.parents):
        return
    if root not in hidden.parents:
        yield root
        return
    for entry in root.iterdir():
        yield from around(entry, hidden)
