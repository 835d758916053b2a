"""A process that has imported what others begin with, and forks: each a real process of its own, sooner.

Rule: it runs no line of a command before it forked for it. What a start costs is shown by processes started anew.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO

SOURCE = Path(__file__).parents[2]
LENGTH = 8
"""Bytes that say how long an order is."""


@dataclass
class Forked:
    """A process that a warm one became: `subprocess.Popen`, as far as tests need it. `cpu` is in seconds."""

    pid: int
    _news: socket.socket
    returncode: int | None = None
    cpu: float = 0

    def wait(self) -> int:
        """Its exit code; minus a signal's number when that ended it."""
        if self.returncode is None:
            said = self._news.makefile("rb").read()
            self._news.close()
            # The watcher itself was killed, with its group: nobody knows more.
            self.returncode, self.cpu = json.loads(said) if said else (-9, 0)
        return self.returncode

    def poll(self) -> int | None:
        if self.returncode is None:
            self._news.setblocking(False)
            try:
                self._news.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                return None
            finally:
                self._news.setblocking(True)
        return self.wait()

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, 9)


@dataclass(frozen=True)
class Warm:
    """`function` ("module:name") is called in each process that is forked. It ends when whoever started it does."""

    function: str
    _control: socket.socket
    _process: subprocess.Popen[bytes]
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(cls, function: str, modules: Sequence[str], environment: Mapping[str, str]) -> Warm:
        """It imports these modules, in this environment, while the caller goes on."""
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.stage.warm", str(theirs.fileno()), function, *modules]
            process = subprocess.Popen(command, env=environment, cwd=SOURCE, pass_fds=[theirs.fileno()])
        return cls(function, ours, process)

    def fork(
        self, words: Sequence[str | bytes], environment: Mapping[str, str], folder: Path, streams: Sequence[IO[bytes]]
    ) -> Forked:
        """A process with these arguments; the streams are its input, output and errors."""
        order = json.dumps([[os.fsdecode(word) for word in words], dict(environment), str(folder)]).encode()
        news, theirs = socket.socketpair()
        with theirs, self._turn:
            descriptors = [theirs.fileno(), *(stream.fileno() for stream in streams)]
            socket.send_fds(self._control, [len(order).to_bytes(LENGTH)], descriptors)
            self._control.sendall(order)
        return Forked(int.from_bytes(news.recv(LENGTH, socket.MSG_WAITALL)), news)

    def stop(self) -> None:
        self._control.close()
        self._process.wait()


def serve(control: socket.socket) -> None:
    """Returns in each process that was forked, made up as it was ordered; ends this one when nobody orders any more."""
    assert threading.active_count() == 1, threading.enumerate()
    while True:
        length, descriptors, _, _ = socket.recv_fds(control, LENGTH, 4)
        if not length:
            sys.exit()
        order = _whole(control, int.from_bytes(length))
        if watcher := os.fork():
            for descriptor in descriptors:
                os.close(descriptor)
            os.waitpid(watcher, 0)
            continue
        if os.fork():
            os._exit(0)  # Thus nobody waits for the watcher.
        control.close()
        with socket.socket(fileno=descriptors[0]) as news:
            if pid := os.fork():
                _watch(pid, news)
        _become(order, descriptors[1:])
        return


def _whole(control: socket.socket, length: int) -> bytes:
    order = b""
    while len(order) < length:
        order += control.recv(length - len(order))
    return order


def _watch(pid: int, news: socket.socket) -> None:
    news.sendall(pid.to_bytes(LENGTH))
    _, status, used = os.wait4(pid, 0)
    news.sendall(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime]).encode())
    os._exit(0)


def _become(order: bytes, streams: list[int]) -> None:
    words, environment, folder = json.loads(order)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv[1:] = words


if __name__ == "__main__":
    number, function, *modules = sys.argv[1:]
    module, name = function.split(":")
    for imported in (module, *modules):
        import_module(imported)
    serve(socket.socket(fileno=int(number)))
    getattr(sys.modules[module], name)()
