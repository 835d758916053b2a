"""What is run behind the fence, as values, and the checks of everything that a requester may choose."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from checkpoints.core.errors import NoName, Refused

if TYPE_CHECKING:
    from checkpoints.settings import Settings

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
DIGEST = re.compile(r"[0-9a-f]{64}")
VARIABLE = re.compile(r"TF_[A-Z_]{1,40}|CHECKPOINT_DISABLE|AWS_[A-Z_]{1,40}|DATABASE|ENVIRONMENT|LISTEN_FD|RELEASE")
"""The only variables that a requester may add: Terraform's own, its providers', and what a release is told."""
LOADERS = ("TF_CLI_ARGS", "TF_LOG")
"""Refused all the same: the first adds arguments nobody approved, the second writes secrets into logs."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MARK = "COUNTERSIGN_PART_OF"
"""In the environment of what belongs to a desk's machine room: its home, by which `countersign down` finds it."""
LONGEST_SECONDS = 6 * 3600


class NoFence(Refused):
    """Others' code can't be held on this machine, so it isn't started."""


@dataclass(frozen=True)
class Fence:
    """Where the desk's home and sockets are, what else others' code may read, where it may connect by TCP.

    `run` is the folder of the sockets, `<home>/run` unless it is given; `kept` the one of the releases, `sockets` the
    database's own.
    """

    home: Path
    run: Path | None = None
    readable: tuple[Path, ...] = ()
    ports: tuple[int, ...] = (443,)
    kept: Path | None = None
    sockets: Path | None = None

    @classmethod
    def of(cls, settings: "Settings") -> "Fence":
        """The fence of a desk."""
        host = parse_qs(urlsplit(settings.database_url).query).get("host", [""])[0]
        sockets = Path(host) if host.startswith("/") else None
        return cls(settings.home, settings.run, settings.fence_readable, settings.fence_ports, sockets=sockets)

    @property
    def cases(self) -> Path:
        return self.home / "cases"

    @property
    def releases(self) -> Path:
        """One folder a case, in it one a kept release, named by its digest; `<home>/releases` unless it is given."""
        return self.kept or self.home / "releases"

    @property
    def socket(self) -> Path:
        """Where the starter listens."""
        return (self.run or self.home / "run") / "fence.sock"

    @property
    def database(self) -> Path:
        """The folder of the database's sockets."""
        return self.sockets or self.socket.with_name("postgres")


@dataclass(frozen=True)
class Job:
    """One process in one case's folder, started in `folder` of it.

    `label` begins the name of its output file; `seconds` is its time limit. `narrow`: of the case's folder it
    sees only `folder`. `release` is the digest of a release of this case that it may read.
    """

    case: str
    argv: tuple[str, ...]
    label: str
    seconds: float
    folder: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    narrow: bool = False
    release: str = ""


@dataclass(frozen=True)
class Finished:
    """How it ended. `output` (stdout) and `errors` (stderr) lie in the case's folder, 0600.

    `exit` is the program's; -n, or 128 + n from within a fence, when signal n ended it.
    """

    exit: int
    timed_out: bool
    output: Path
    errors: Path


def checked(fence: Fence, job: Job) -> Path:
    """The case's folder. Raises Refused for a name, a path, a variable or a limit that nobody may choose."""
    for name in (job.case, job.label, *([job.folder] if job.folder else [])):
        if not NAME.fullmatch(name):
            raise NoName(f"{name[:80]!r} is no name here: small letters, digits and hyphens. Nothing was started.")
    if job.release and not DIGEST.fullmatch(job.release):
        raise Refused(f"{job.release[:80]!r} is no release's digest. Nothing was started.")
    if not job.argv or not Path(job.argv[0]).is_absolute() or any("\0" in part for part in job.argv):
        raise Refused("A program is named by its absolute path. Nothing was started.")
    for name, value in job.environment.items():
        if not VARIABLE.fullmatch(name) or name.startswith(LOADERS) or "\0" in value:
            raise Refused(f"The variable {name[:80]!r} can't be handed to others' code. Nothing was started.")
    if not 0 < job.seconds <= LONGEST_SECONDS:
        raise Refused(f"A time limit is between 0 and {LONGEST_SECONDS} seconds. Nothing was started.")
    folder = fence.cases / job.case
    for place in (folder, folder / job.folder):
        if place.is_symlink() or not place.is_dir():
            raise Refused(f"The case's folder {place.relative_to(fence.home)} is not there. Nothing was started.")
    return folder


def environment(job: Job) -> dict[str, str]:
    """All that the process sees of any environment: nothing of ours."""
    return {"PATH": PATH, "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", **job.environment}
