"""The bubblewrap command, as data.

Rule: an empty file system, into which only what is needed is bound, read-only.
So the desk's home, its sockets and keys, other cases and people's home folders are simply not there.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from checkpoints.fence import landlock
from checkpoints.fence.heard.decoys import Decoy, Laid, wanted, with_room
from checkpoints.fence.job import Fence, Job
from checkpoints.fence.places import Places

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store")
OF_ETC = (
    "alternatives", "ca-certificates", "group", "host.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
    "localtime", "nsswitch.conf", "os-release", "passwd", "pki/tls/certs", "pki/ca-trust/extracted",
    "protocols", "services", "ssl/certs", "ssl/openssl.cnf", "timezone",
)  # fmt: skip
"""What programs need of /etc; the rest holds keys, and root inside may read what root outside may."""


@cache
def bwrap() -> str | None:
    """The absolute path of bubblewrap, None where there is none or it can't make a namespace."""
    found = shutil.which("bwrap") if sys.platform.startswith("linux") else None
    if found is None:
        return None
    probe = [found, "--ro-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "--", "/bin/true"]
    works = subprocess.run(probe, capture_output=True, timeout=20, check=False).returncode == 0
    return os.path.realpath(found) if works else None


def version(program: str) -> str:
    """Such as "bubblewrap 0.8.0"."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    return re.sub(r"\s+", " ", said).strip()


def command(program: str, fence: Fence, job: Job, places: Places, laid: Laid) -> list[str]:
    """The whole argv."""
    write, release = places.write, places.release
    read = ("--ro-bind-fd", str(release.fd), str(release.path)) if release else ()
    return [
        program,
        *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "case"),
        *(part for path in SYSTEM for part in _bound(Path(path))),
        *(part for name in OF_ETC for part in ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")),
        *("--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run", *_resolver()),
        *(part for path in readable(fence) for part in ("--ro-bind-try", str(path), str(path))),
        *("--tmpfs", str(fence.home), "--bind-fd", str(write.fd), str(write.path), *read),
        *laid.arguments(),
        *("--remount-ro", str(fence.home), "--remount-ro", "/", "--chdir", str(places.case.path / job.folder)),
        "--",
        *inside(fence, job, write.path, laid),
    ]


def inside(fence: Fence, job: Job, writable: Path, laid: Laid) -> list[str]:
    """What bubblewrap starts:

    Python with nothing but landlock.py, which says where the decoys are, closes the ports and becomes the program.
    """
    write = [str(writable), "/tmp", "/dev", "/proc"]
    rules = json.dumps({"read": ["/"], "write": write, "connect": fence.ports, "tell": laid.rule()})
    return [os.path.realpath(sys.executable), "-I", "-S", str(Path(landlock.__file__)), rules, *job.argv]


def readable(fence: Fence) -> Iterator[Path]:
    """The interpreter, this package, the engines on PATH, and what the desk's owner adds."""
    package = Path(__file__).resolve().parents[1]
    yield from dict.fromkeys((Path(sys.base_prefix).resolve(), Path(sys.prefix), package))
    yield from (Path(found) for found in map(shutil.which, ("terraform", "tofu")) if found)
    yield from fence.readable


def links(fence: Fence) -> tuple[Decoy, ...]:
    """Those that can lie among all that `command` puts there."""
    return with_room(fence, [*map(Path, (*SYSTEM, "/etc", "/dev", "/proc")), *readable(fence)])


def unheard(fence: Fence) -> list[str]:
    """What others' code could reach for without leaving a trace: it is held from it all the same."""
    heard = links(fence)
    return [decoy.what for decoy in wanted(fence) if decoy not in heard]


def _bound(path: Path) -> Sequence[str]:
    """/bin and /lib are links into /usr on most systems, and must stay links."""
    if path.is_symlink():
        return ("--symlink", os.readlink(path), str(path))
    return ("--ro-bind", str(path), str(path)) if path.exists() else ()


def _resolver() -> Sequence[str]:
    """/etc/resolv.conf is often a link into /run, which is empty inside."""
    return ("--ro-bind-try", os.path.realpath("/etc/resolv.conf"), "/etc/resolv.conf")
