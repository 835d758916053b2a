"""The real `countersign` as a child process of a test, with a home of its own and somebody signed in.

Rule: only what a person or a script has: words, input, exit code, output.
"""

import atexit
import errno
import os
import pty
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TypeAlias

from checkpoints.actions.people import joining
from checkpoints.core.model import Person
from tests.stage.desks import Office
from tests.stage.warm import Warm
from to_tools.cli.who import signed_in

EXECUTABLE = Path(sys.executable).with_name("countersign")
SCRIPT = Path(__file__).parents[3] / "to-tools/approve-checkpoint.sh"
SECONDS = 60
IMPORTED = (
    "sqlalchemy.dialects.postgresql.psycopg",
    "psycopg",
    "psutil",
    "checkpoints.wiring",
    "checkpoints.actions.reading",
    "checkpoints.credentials.embedded",
    "checkpoints.actions.deciding",
    "to_tools.identity",
)
"""What nearly every command imports once it begins."""
BARE_IMPORTS = "import sqlalchemy, psycopg, typer"
"""What any shell on these libraries would take."""


Streams: TypeAlias = tuple[IO[bytes], IO[bytes], IO[bytes]]


@cache
def warm_shell() -> Warm:
    """For all shells of this test process."""
    warm = Warm.start("to_tools.cli.app:main", IMPORTED, os.environ)
    atexit.register(warm.stop)
    return warm


@dataclass(frozen=True)
class Said:
    """How a command ended. `cpu` is seconds of its own work, whatever else the machine does meanwhile."""

    code: int
    out: str
    err: str
    cpu: float


def run_warm(words: Sequence[str | bytes], environment: Mapping[str, str], folder: Path, said: bytes = b"") -> Said:
    """Run `countersign WORDS`, in a process that a warm one becomes."""
    with _streams(said) as streams:
        ended = warm_shell().fork(words, environment, folder, streams)
        return Said(ended.wait(), _text(streams[1]), _text(streams[2]), ended.cpu)


@contextmanager
def _streams(said: bytes) -> Iterator[Streams]:
    """A process's input, with this in it, its output and its errors."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(said)
        given.seek(0)
        yield given, out, err


@dataclass(frozen=True)
class Shell:
    """A shell at an office's desk, in an empty working folder."""

    office: Office
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        settings = self.office.settings
        ours = {
            "COUNTERSIGN_HOME": str(settings.home),
            "COUNTERSIGN_DATABASE_URL": settings.database_url,
            "COUNTERSIGN_PREFECT_PORT": str(settings.prefect_port),
        }
        # The script finds the executable beside the product or on PATH: both are this one.
        path = os.pathsep.join([str(EXECUTABLE.parent), os.environ["PATH"]])
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
        return kept | ours | {"PATH": path}

    def sign_in(self, person: Person) -> None:
        """From here on the shell is this person's."""
        signed_in.keep_token(self.office.settings, joining.new_token(self.office.desk, person, "shell"))

    def run(self, *words: str | bytes, said: bytes = b"", program: Path | None = None, **more: str) -> Said:
        """Run `countersign WORDS` without a terminal; `said` is its input, `more` its further environment.

        Of a warm process, unless a `program` is named: then that is started, imports and all.
        """
        if program is None and all(name.startswith(("COUNTERSIGN_", "SLACK_")) for name in more):
            return run_warm(words, self.environment | more, self.folder, said)
        with _streams(said) as streams:
            return self._start(program or EXECUTABLE, words, self.environment | more, streams)

    def _start(
        self, program: Path, words: tuple[str | bytes, ...], environment: Mapping[str, str], streams: Streams
    ) -> Said:
        given, out, err = streams
        process = subprocess.Popen(
            [program, *words], env=environment, cwd=self.folder, stdin=given, stdout=out, stderr=err
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Said(process.returncode, _text(out), _text(err), used.ru_utime + used.ru_stime)

    def bare(self) -> float:
        """Seconds of work that bare imports take at this moment, the middle of three."""
        return sorted(self.run("-c", BARE_IMPORTS, program=Path(sys.executable)).cpu for _ in range(3))[1]

    def talk(self, *words: str, answers: tuple[str, ...], **more: str) -> Said:
        """Run `countersign WORDS` on a terminal of its own, typing an answer each time that it asks."""
        ours, theirs = pty.openpty()
        try:
            process = subprocess.Popen(
                [EXECUTABLE, *words],
                env=self.environment | {"TERM": "xterm"} | more,
                cwd=self.folder,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
            os.close(theirs)
            shown = _conversation(ours, answers)
            return Said(process.wait(SECONDS), shown, "", 0)
        finally:
            os.close(ours)


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


def _conversation(terminal: int, answers: tuple[str, ...]) -> str:
    """All that was shown until the command ended; a question is a line that ends in a colon and stays there."""
    shown, left, deadline = b"", list(answers), time.monotonic() + SECONDS
    asked_at = 0
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                chunk = os.read(terminal, 65536)
            except OSError as ended:
                if ended.errno != errno.EIO:
                    raise
                break
            if not chunk:
                break
            shown += chunk
        elif left and shown[asked_at:].rstrip(b" ").endswith(b":"):
            os.write(terminal, f"{left.pop(0)}\n".encode())
            asked_at = len(shown)
    return shown.decode()
