"""`python -m checkpoints.fence.starter`: starts others' code for processes that are fenced themselves.

Rule: whoever asks gets a fenced process in a case's folder, or nothing; the fence is of our settings.
"""

import json
import os
import signal
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping

from checkpoints.core.errors import Refused
from checkpoints.core.model import Json
from checkpoints.fence import running
from checkpoints.fence.heard import decoys
from checkpoints.fence.heard.tally import QUESTION
from checkpoints.fence.job import Fence, Job, NoFence
from checkpoints.fence.wire import LONGEST_LINE, Listener
from checkpoints.settings import Settings


class Starter(Listener):
    """A request whose asker goes away, or that `stop` ends, is stopped gracefully."""

    def __init__(self, fence: Fence) -> None:
        self.fence = fence
        self.stopping = threading.Event()
        super().__init__(fence.socket, _Request)

    def stop(self) -> None:
        """Take no more requests, end what runs; returns at once."""
        self.stopping.set()
        threading.Thread(target=self.shutdown).start()


class _Request(socketserver.StreamRequestHandler):
    server: Starter

    def handle(self) -> None:
        answer = self._answer(self.rfile.readline(LONGEST_LINE))
        try:
            self.wfile.write(json.dumps(answer).encode() + b"\n")
        except BrokenPipeError:
            # Whoever asked is gone; its program was stopped, and its output lies in the case's folder.
            return

    def _answer(self, line: bytes) -> Mapping[str, Json]:
        try:
            asked = json.loads(line)
            if asked == {"holds": True}:
                report = running.here()
                return {"holds": report.holds, "says": report.says}
            if asked == {QUESTION: {}}:
                return self.server.tally.told({})
            if asked == {decoys.REACHED: {}}:
                return decoys.OURS.told({})
            done = running.direct(self.server.fence, _job(asked["run"]), self._gone)
        except NoFence as error:
            return {"no fence": str(error)}
        except Refused as error:
            return self._refused(str(error))
        except (KeyError, TypeError, ValueError, RecursionError):
            return self._refused("The request can't be read. Nothing was started.")
        except OSError as error:
            return {"refused": f"The program could not be started ({os.strerror(error.errno or 0)})."}
        return {
            "exit": done.exit,
            "timed_out": done.timed_out,
            "output": done.output.name,
            "errors": done.errors.name,
        }

    def _refused(self, why: str) -> Mapping[str, Json]:
        """And counted: whoever asks here is a run, and the audit has what a run tries."""
        self.server.tally.add(why)
        return {"refused": why}

    def _gone(self) -> bool:
        if self.server.stopping.is_set():
            return True
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True


def _job(asked: Mapping[str, Json]) -> Job:
    """Raises KeyError, TypeError or ValueError for what is no job."""
    argv, environment, seconds, narrow = (asked[name] for name in ("argv", "environment", "seconds", "narrow"))
    if not isinstance(argv, list) or not isinstance(environment, dict) or isinstance(seconds, bool):
        raise TypeError
    named = [asked[name] for name in ("case", "label", "folder", "release")]
    if not all(isinstance(text, str) for text in (*named, *argv, *environment.values())):
        raise TypeError
    if not isinstance(seconds, int | float) or not isinstance(narrow, bool):
        raise TypeError
    return Job(
        case=str(asked["case"]),
        argv=tuple(map(str, argv)),
        label=str(asked["label"]),
        seconds=float(seconds),
        folder=str(asked["folder"]),
        environment={name: str(value) for name, value in environment.items()},
        narrow=narrow,
        release=str(asked["release"]),
    )


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    fence = Fence.of(Settings())
    with Starter(fence) as starter:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stopping(starter))
        starter.serve_forever(poll_interval=0.5)
    fence.socket.unlink(missing_ok=True)


def _stopping(starter: Starter) -> Callable[[int, object], None]:
    return lambda _number, _frame: starter.stop()


if __name__ == "__main__":
    main()
