"""A desk with something to steal: keys, tokens, another case, sockets, ports, a secret in the environment."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from checkpoints.fence import Fence
from checkpoints.settings import Settings

HERE = Path(__file__).parent
PROBE = HERE / "reach" / "probe.py"
ROOT = HERE.parents[1]
SECRET = "COUNTERSIGN_TEST_SECRET"


@dataclass(frozen=True)
class Prey:
    """What an attack reaches for, by the probe's kinds, and where the desk is."""

    settings: Settings
    targets: Mapping[str, tuple[str, ...]]

    @property
    def fence(self) -> Fence:
        return Fence.of(self.settings)


@pytest.fixture
def prey(database: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Prey]:
    home = database.home
    monkeypatch.setenv(SECRET, secrets.token_hex(8))
    person = tmp_path / "person" / ".config" / "countersign"
    for folder in (home / "cases" / "other", home / "cases" / "mine", person):
        folder.mkdir(parents=True, exist_ok=True)
    tokens = (
        home / "session",
        person / "token",
        home / "keys" / "slack",
        home / "cases" / "other" / "terraform.tfstate",
    )
    for file in tokens:
        file.write_text("secret")
    files = [*(home / "keys").glob("*.pgpass"), *tokens]
    with ExitStack() as stack:
        ports = [stack.enter_context(listening()) for _ in ("Prefect's API", "the page")]
        yield Prey(
            database,
            {
                "read": tuple(map(str, files)),
                "list": (str(home / "keys"), str(home / "cases" / "other")),
                "write": (str(home), str(home / "cases" / "other")),
                "unix": (database_socket(database),),
                "tcp": tuple(map(str, ports)),
                "listen": ("a port of its own",),
                "environment": (SECRET,),
                "proc": (SECRET,),
            },
        )


def database_socket(settings: Settings) -> str:
    found = re.search(r"host=([^&]+)", settings.database_url)
    assert found
    (path,) = Path(found[1].replace("%2F", "/")).glob(".s.PGSQL.*[0-9]")
    return str(path)


@contextmanager
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@contextmanager
def starter(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The real starter, as `countersign up` runs it, until the block ends."""
    environment = {**os.environ, "COUNTERSIGN_HOME": str(settings.home)}
    command = [sys.executable, "-m", "checkpoints.fence.starter"]
    with subprocess.Popen(command, env=environment, cwd=ROOT) as process:
        try:
            deadline = time.monotonic() + 20
            while not Fence.of(settings).socket.is_socket():
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield process
        finally:
            process.terminate()
            process.wait(40)
