"""One child process, from start to end.

Rule: its output goes to files, and it never outlives its time: SIGINT, SIGKILL.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from checkpoints.fence import bubblewrap, namespace
from checkpoints.fence.heard import decoys
from checkpoints.fence.job import Fence, Finished, Job, environment
from checkpoints.fence.namespace import Namespace
from checkpoints.fence.places import Places, opened

GRACE_SECONDS = 30
"""How long Terraform may take to leave its state in order after SIGINT."""
LOOK_SECONDS = 0.2

Gone = Callable[[], bool]
"""Whether whoever asked has gone away."""


def never() -> bool:
    return False


def fenced(program: str, fence: Fence, job: Job, gone: Gone = never) -> Finished:
    """Run `job` in bubblewrap. Raises Refused when it may not be run; nothing was started then."""
    with opened(fence, job) as places, decoys.laid(bubblewrap.links(fence)) as laid, namespace.told() as around:
        argv = around.within(bubblewrap.command(program, fence, job, places, laid))
        return _run(argv, job, places, gone, Watch(laid, around))


def plain(fence: Fence, job: Job) -> Finished:
    """Run `job` with only a clean environment and its time limit: for what we ship ourselves.

    Raises Refused.
    """
    with opened(fence, job) as places:
        return _run(job.argv, job, places, never)


@dataclass(frozen=True)
class Watch:
    """What is heard of a fenced program: what it reaches for in vain, and when all that it started is over."""

    laid: decoys.Laid
    around: Namespace

    @property
    def fds(self) -> tuple[int, ...]:
        return (*self.laid.fds, *self.around.fds)


def _run(argv: Sequence[str], job: Job, places: Places, gone: Gone, watch: Watch | None = None) -> Finished:
    name = f"{job.label}-{secrets.token_hex(4)}"
    case = places.case
    with _new(case.fd, f"{name}.out") as output, _new(case.fd, f"{name}.err") as errors:
        child = subprocess.Popen(
            argv,
            cwd=case.path / job.folder,
            env=environment(job),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            pass_fds=(*places.fds, *(watch.fds if watch else ())),
            start_new_session=True,
            umask=0o077,
        )
        try:
            if watch:
                watch.laid.follow(job, child)
                watch.around.follow()
            timed_out = not _ended(child, job.seconds, gone)
        finally:
            stop(child, GRACE_SECONDS, signal.SIGINT)
            decoys.OURS.hear()
            if watch:
                watch.around.until_over()
    return Finished(child.returncode, timed_out, case.path / f"{name}.out", case.path / f"{name}.err")


def _ended(child: subprocess.Popen[bytes], seconds: float, gone: Gone) -> bool:
    """Whether it ended by itself, before its time was over and while somebody waited for it."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and not gone():
        with suppress(subprocess.TimeoutExpired):
            child.wait(min(LOOK_SECONDS, left))
            return True
    return child.poll() is not None


def stop(child: subprocess.Popen[bytes], seconds: float, first: signal.Signals = signal.SIGTERM) -> None:
    """End it and what it started: by the first signal, and after so many seconds by SIGKILL."""
    for number in (first, signal.SIGKILL):
        if child.poll() is not None:
            return
        for leader in _leaders(child.pid):
            with suppress(ProcessLookupError):
                os.killpg(leader, number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(seconds)


def _leaders(pid: int) -> Sequence[int]:
    """Whose group hears a signal: bubblewrap passes none on, and its child leads a session of its own."""
    try:
        inner = [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        inner = []
    leaders = [found for found in inner if _leads(found)]
    return leaders or [pid]


def _leads(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def _new(folder_fd: int, name: str) -> BinaryIO:
    """A new file, 0600. Others' code owns the folder: a link that it left there is never written through."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return os.fdopen(os.open(name, flags, 0o600, dir_fd=folder_fd), "wb")
