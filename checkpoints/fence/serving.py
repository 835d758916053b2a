"""Start others' code that goes on running, with a socket to serve on.

Rule: it can't listen by itself; the one listening socket that it has is handed to it.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from checkpoints.core.errors import Refused
from checkpoints.fence import bubblewrap, child, tied
from checkpoints.fence.heard import decoys
from checkpoints.fence.job import MARK, Fence, Job, NoFence, environment
from checkpoints.fence.places import opened
from checkpoints.fence.running import confined

MOST_SAID = 32_000
"""Bytes that fit into a pipe which nobody reads yet."""


def serve(
    fence: Fence, job: Job, listening: socket.socket, said: bytes, *, trusted: bool = False
) -> "subprocess.Popen[bytes]":
    """Start `job`, hand it the socket (its descriptor's number is in LISTEN_FD) and, on standard input, `said`.

    All its output comes by the process's `stdout`. `job.seconds` doesn't count; the caller stops it, and it dies
    with the thread that started it. `trusted`: as in `run`. Raises Refused; nothing was started then.
    """
    if len(said) > MOST_SAID:
        raise Refused(f"More than {MOST_SAID:,} bytes can't be handed over. Nothing was started.")
    job = replace(job, environment={**job.environment, "LISTEN_FD": str(listening.fileno())})
    with opened(fence, job) as places, decoys.laid(bubblewrap.links(fence)) as laid:
        fds = (listening.fileno(), *places.fds)
        try:
            argv = bubblewrap.command(confined(), fence, job, places, laid)
        except NoFence:
            if not trusted:
                raise
            return _started(*_plain(job), fds, said, places.write.path)
        process = _started(argv, environment(job), (*fds, *laid.fds), said, places.write.path)
        laid.follow(job, process)
        return process


def stop(process: "subprocess.Popen[bytes]", seconds: float = 5) -> None:
    """End it and what it started: SIGTERM, and SIGKILL after so many seconds."""
    child.stop(process, seconds)
    decoys.OURS.hear()


def _plain(job: Job) -> tuple[Sequence[str], Mapping[str, str]]:
    argv = [os.path.realpath(sys.executable), "-I", "-S", str(Path(tied.__file__)), str(os.getpid()), *job.argv]
    mark = {MARK: os.environ[MARK]} if MARK in os.environ else {}
    return argv, {**environment(job), **mark}


def _started(
    argv: Sequence[str], told: Mapping[str, str], fds: Sequence[int], said: bytes, cwd: Path
) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env=told,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=fds,
        start_new_session=True,
        umask=0o077,
    )
    assert process.stdin is not None
    try:
        with process.stdin as line:
            line.write(said)
    except BrokenPipeError:
        # It ended before it read: its exit and its last words say why.
        return process
    return process
