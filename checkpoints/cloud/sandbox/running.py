"""One release as a process that serves on a socket of ours.

Rule: it is told its secrets on its standard input, once, and nothing that it says of them goes any further.
"""

import json
import os
import secrets
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from checkpoints import fence
from checkpoints.cloud.sandbox.record import Place
from checkpoints.cloud.sandbox.releases import Kept
from checkpoints.cloud.sandbox.trying import DATABASE, PYTHON, trusted
from checkpoints.cloud.sandbox.trying import place as made
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.work.signs import Sign

HEALTHY_SECONDS = 20.0
"""Within which a release has to answer its health check."""
LOOK_SECONDS = 0.05
DRAIN_SECONDS = 3.0
STOP_SECONDS = 5.0
LISTEN_SECONDS = 1.0
"""For what it said last to arrive, once it ended."""
LAST_LINES, LONGEST_LINE = 8, 300
HIDDEN = "⟦secret⟧"

Secrets = Mapping[str, Mapping[str, str]]
"""Service → field → value."""


@dataclass
class Running:
    """A release's process. `path` is its socket; `visits` counts the requests that it has in hand."""

    release: Kept
    process: "subprocess.Popen[bytes]"
    path: Path
    secrets: Secrets
    said: "deque[str]" = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    visits: int = 0

    def __post_init__(self) -> None:
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def until_healthy(self, seconds: float = HEALTHY_SECONDS) -> None:
        """Wait for its health check to answer 200. Raises Refused, in its last words, when that doesn't come."""
        overdue = threading.Timer(seconds, self.process.kill)
        overdue.daemon = True
        overdue.start()
        deadline = time.monotonic() + seconds
        try:
            with httpx.Client(transport=_to(self.path), timeout=seconds, trust_env=False) as line:
                while not self.ended and time.monotonic() < deadline:
                    if self._is_well(line):
                        return
                    time.sleep(LOOK_SECONDS)
        finally:
            overdue.cancel()
        why = (
            "It ended before it was well." if time.monotonic() < deadline else f"It was not well within {seconds:g} s."
        )
        self.stop()
        raise Refused(f"{why} {self.last_words()}", sign=Sign.HEALTH_CHECK)

    def _is_well(self, line: httpx.Client) -> bool:
        try:
            with line.stream("GET", f"http://localhost{self.release.manifest.health}") as answer:
                return answer.status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def last_words(self) -> str:
        """How it ended, if it did, and its last lines."""
        code = self.process.poll()
        if code is not None:
            self._listener.join(LISTEN_SECONDS)
        ended = f"It ended with {code}. " if code is not None else ""
        words = " ".join(f"“{line}”" for line in list(self.said))
        return f"{ended}It said last: {words}" if words else f"{ended}It said nothing."

    def stop(self) -> None:
        """End it, after the requests that it has in hand, or some seconds."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while self.visits and not self.ended and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        fence.stop(self.process, STOP_SECONDS)
        self.path.unlink(missing_ok=True)

    def _listen(self) -> None:
        """Keeps its last lines, so that nothing it says fills a pipe, a disk or a log."""
        assert self.process.stdout is not None
        with self.process.stdout as words:
            while line := words.readline(65_536):
                text = hide(line.decode("utf-8", "replace").strip(), self.secrets)
                if text:
                    self.said.append("".join(filter(str.isprintable, text))[:LONGEST_LINE])


def start(desk: fence.Fence, sockets: Path, place: Place, release: Kept, given: Secrets) -> Running:
    """Start it, in a thread that stays: with the thread it would die. Raises Refused, Unavailable."""
    made(desk.cases, place.case, place.environment)
    wanted = {service: dict(given[service]) for service in release.manifest.secrets if service in given}
    digest = release.release.digest
    program = str(release.folder / release.manifest.start)
    told = {"DATABASE": DATABASE, "ENVIRONMENT": str(place.environment), "RELEASE": digest}
    argv = (PYTHON, "-B", "-u", program)
    job = fence.Job(
        place.case, argv, "release", 1, str(place.environment), environment=told, narrow=True, release=digest
    )
    path = sockets / f"{secrets.token_hex(6)}.sock"
    try:
        with _listening(path) as listening:
            process = fence.serve(desk, job, listening, json.dumps(wanted).encode(), trusted=trusted(digest))
    except OSError as error:
        raise Unavailable(f"It can't be started on this machine now ({os.strerror(error.errno or 0)}).") from error
    return Running(release, process, path, wanted)


def hide(text: str, given: Secrets) -> str:
    """The text without any secret, nor any line of one."""
    lines = {line for fields in given.values() for value in fields.values() for line in value.splitlines() if line}
    for line in sorted(lines, key=len, reverse=True):
        text = text.replace(line, HIDDEN)
    return text


def _listening(path: Path) -> socket.socket:
    """Ours to make, so that no release listens anywhere else."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.bind(os.fspath(path))
    path.chmod(0o600)
    line.listen(128)
    return line


def _to(path: Path) -> httpx.HTTPTransport:
    return httpx.HTTPTransport(uds=os.fspath(path), verify=False)
