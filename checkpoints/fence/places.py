"""The folders that a job may see, opened.

Rule: others' code and the engine write beside them, so no link is followed, and what was opened is what is bound.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkpoints.core.errors import Refused
from checkpoints.fence.job import Fence, Job, checked


@dataclass(frozen=True)
class Place:
    """A folder and its descriptor."""

    path: Path
    fd: int


@dataclass(frozen=True)
class Places:
    """The case's folder, where output goes; what of it may be written; the release, when one is read."""

    case: Place
    write: Place
    release: Place | None

    @property
    def fds(self) -> tuple[int, ...]:
        """What the child must inherit for its folders to be bound."""
        return (self.write.fd, *([self.release.fd] if self.release else []))


@contextmanager
def opened(fence: Fence, job: Job) -> Iterator[Places]:
    """Open what `job` may see. Raises Refused when it may not be run, or its release is not there."""
    folder = checked(fence, job)
    with ExitStack() as stack:
        case = _opened(stack, folder)
        write = _opened(stack, Path(job.folder), case) if job.narrow and job.folder else case
        try:
            release = _release(stack, fence, job) if job.release else None
        except OSError as error:
            raise Refused(f"The release {job.release[:12]} isn't kept. Nothing was started: build it.") from error
        yield Places(case, write, release)


def _release(stack: ExitStack, fence: Fence, job: Job) -> Place:
    of_case = _opened(stack, Path(job.case), _opened(stack, fence.releases))
    return _opened(stack, Path(job.release), of_case)


def _opened(stack: ExitStack, path: Path, within: Place | None = None) -> Place:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    fd = os.open(path, flags, dir_fd=within.fd if within else None)
    stack.callback(os.close, fd)
    return Place(within.path / path if within else path, fd)
