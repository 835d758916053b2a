"""One JSON line there, one back, over a unix socket (0600) between two processes of the desk.

Rule: bounded, and strict; a name in the folder is one that answers.
"""

import json
import os
import socket
import socketserver
from collections.abc import Callable, Mapping
from pathlib import Path

from checkpoints.core.errors import Countersign, IllegalMove, NoName, NotYourCall, OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.work.signs import named
from checkpoints.fence.heard import decoys
from checkpoints.fence.heard.tally import QUESTION, Tally

PATIENCE_SECONDS = 10.0
LONGEST_LINE = 1_000_000
SAYS_NO: dict[str, type[Countersign]] = {
    "illegal move": IllegalMove,
    "not your call": NotYourCall,
    "refused": Refused,
    "unavailable": Unavailable,
    "unknown": OutcomeUnknown,
}
UNREADABLE = "The request can't be read. Nothing was done."

Verb = Callable[[Mapping[str, Json]], Mapping[str, Json]]
"""What is done for one sort of request: its words in, the answer's out. Raises a Countersign, or for words that make
no sense KeyError, TypeError or ValueError."""


class Listener(socketserver.ThreadingUnixStreamServer):
    """Listens at `path`, one thread a request; `tally` has what it refused."""

    def __init__(self, path: Path, request: type[socketserver.BaseRequestHandler]) -> None:
        self.tally = Tally()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Under its name only once it listens: whoever sees it there is answered.
        unheard = path.with_suffix(".new")
        unheard.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            super().__init__(str(unheard), request)
        finally:
            os.umask(before)
        unheard.replace(path)


def connected(path: Path, nobody: str) -> socket.socket:
    """A line to whoever listens there. Raises Unavailable, in the words of `nobody`."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(PATIENCE_SECONDS)
    try:
        line.connect(str(path))
    except OSError as error:
        line.close()
        raise Unavailable(nobody) from error
    return line


def exchange(line: socket.socket, question: object, seconds: float) -> dict[str, Json]:
    """The answer. Raises OSError or ValueError when it was lost, isn't there within `seconds`, or can't be read."""
    line.sendall(json.dumps(question).encode() + b"\n")
    line.settimeout(seconds)
    with line.makefile("rb") as lines:
        answer = json.loads(lines.readline(LONGEST_LINE))
    if not isinstance(answer, dict):
        raise ValueError("the answer is no object")
    return answer


class Door(Listener):
    """Answers `{verb: words}` by what the verb gives, or by why not: `{"refused": …}` and the like."""

    daemon_threads = True

    def __init__(self, path: Path, verbs: Mapping[str, Verb]) -> None:
        super().__init__(path, _Knock)
        self.verbs: Mapping[str, Verb] = {**verbs, QUESTION: self.tally.told, decoys.REACHED: decoys.OURS.told}


class _Knock(socketserver.StreamRequestHandler):
    server: Door

    def handle(self) -> None:
        answer = self._answer(self.rfile.readline(LONGEST_LINE))
        try:
            self.wfile.write(json.dumps(answer).encode() + b"\n")
        except BrokenPipeError:
            # Whoever asked is gone; what they asked for is done, and they will look.
            return

    def _answer(self, line: bytes) -> Mapping[str, Json]:
        try:
            ((verb, words),) = json.loads(line).items()
            return self.server.verbs[verb](words)
        except Countersign as error:
            if isinstance(error, NoName):
                self.server.tally.add(str(error))
            return {name: str(error) for name, kind in SAYS_NO.items() if isinstance(error, kind)} | {
                "sign": error.sign
            }
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            self.server.tally.add(UNREADABLE)
            return {"refused": UNREADABLE}


def ask(
    path: Path, verb: str, words: Mapping[str, Json], seconds: float, *, nobody: str, lost: str
) -> Mapping[str, Json]:
    """Ask who listens at `path` to do something, and wait so many seconds.

    Raises Unavailable, in the words of `nobody`, when it wasn't asked, OutcomeUnknown, in the words of `lost`, when
    it was and didn't answer, and whatever it says no with.
    """
    with connected(path, nobody) as line:
        try:
            answer = exchange(line, {verb: dict(words)}, seconds)
        except (OSError, ValueError) as error:
            raise OutcomeUnknown(lost) from error
    for name, kind in SAYS_NO.items():
        if name in answer:
            raise kind(str(answer[name]), sign=named(str(answer.get("sign"))))
    return answer
