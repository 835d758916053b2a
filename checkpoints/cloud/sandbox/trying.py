"""Run a tool on a kept release, behind the fence.

Rule: the release is others' code, to be read only; where nothing can hold it, only the one that we ship is run.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from checkpoints import fence
from checkpoints.cloud.sandbox import releases
from checkpoints.cloud.sandbox.releases import Kept, Releases
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.work.release import Environment

SCRIPTS = Path(__file__).parent / "scripts"
SHIPPED = Path(__file__).resolve().parents[3] / "samples" / "read-later-digest"
PYTHON = os.path.realpath(sys.executable)
"""Without our virtual environment: a release brings what it needs, and sees nothing of ours."""
OWN_PYTHON = sys.executable
"""With it: our tools are in there."""
DATABASE = "database.sqlite3"
TOOLS = "tools"
MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Said:
    """What a tool printed, and how it ended."""

    exit: int
    timed_out: bool
    output: bytes
    errors: str


@dataclass(frozen=True)
class Bench:
    """Where releases are tried out."""

    desk: fence.Fence
    kept: Releases

    def run(
        self, case: str, release: Kept, label: str, argv: tuple[str, ...], seconds: float, folder: str = TOOLS
    ) -> Said:
        """Run a program that sees the release and, of its case, one folder. Nothing of the client's changes by that.

        Raises Refused or Unavailable when it wasn't started, OutcomeUnknown when the starter was lost.
        """
        place(self.desk.cases, case, folder)
        job = fence.Job(case, argv, label, seconds, folder, narrow=True, release=release.release.digest)
        done = fence.run(self.desk, job, trusted=trusted(release.release.digest))
        try:
            return Said(done.exit, done.timed_out, _read(done.output), _read(done.errors).decode("utf-8", "replace"))
        finally:
            done.output.unlink(missing_ok=True)
            done.errors.unlink(missing_ok=True)

    def look(self, case: str, release: Kept, label: str, argv: tuple[str, ...], seconds: float) -> Said:
        """As `run`, for what can simply be done again. Raises Refused, Unavailable."""
        try:
            said = self.run(case, release, label, argv, seconds)
        except OutcomeUnknown as error:
            raise Unavailable(f"{error} It only looked: try again.") from error
        if said.timed_out:
            raise Refused(f"`{label}` took more than {seconds:g} s with this release and was stopped. {last(said)}")
        return said


def trusted(digest: str) -> bool:
    """Whether it is, to the byte, the release that we ship: that one executes nobody else's code."""
    return SHIPPED.is_dir() and digest == releases.digest_of(releases.written(SHIPPED.parent, SHIPPED.name))


def place(cases: Path, case: str, folder: str | Environment) -> Path:
    """A folder of the case, made where it isn't there; the fence refuses one that is a link."""
    cases.mkdir(mode=0o700, parents=True, exist_ok=True)
    for made in (cases / case, cases / case / str(folder)):
        made.mkdir(mode=0o700, exist_ok=True)
    return made


def last(said: Said) -> str:
    """The last line that it had to say, in words for people."""
    lines = [line.strip() for line in said.errors.splitlines() if line.strip()]
    return f"It said last: {lines[-1][:300]!r}." if lines else "It said nothing."


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused(f"The tool printed more than {MOST_BYTES:,} bytes. Nothing of it was taken.")
    return content
