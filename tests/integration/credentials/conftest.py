"""A desk with a vault, a credential asked for, the stand-ins and the sandbox's socket."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkpoints.core.view import Checkpoint
from checkpoints.credentials.checking import Sandbox
from checkpoints.credentials.embedded import Embedded
from checkpoints.settings import Settings
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from tests.integration.credentials.asked import request, sandbox_line, stand_ins
from tests.plugins import invariants
from tests.stage.desks import Office


@pytest.fixture(autouse=True)
def nothing_impossible(database: Settings) -> Iterator[None]:
    yield
    invariants.check(database)


@pytest.fixture
def vault(desk: Desk) -> Embedded:
    assert isinstance(desk.credentials, Embedded)
    return desk.credentials


@pytest.fixture
def run(office: Office) -> runs.Run:
    return office.case()


@pytest.fixture(scope="module")
def services() -> Iterator[str]:
    """The address of the sandbox's stand-ins."""
    with stand_ins() as address:
        yield address


@pytest.fixture
def point(office: Office, run: runs.Run, services: str) -> Checkpoint:
    """Pocket's credential, asked for."""
    return office.ask(run, request(sandbox_url=services))


@pytest.fixture
def line(desk: Desk) -> Iterator[Sandbox]:
    """The sandbox, as a run speaks to it."""
    with tempfile.TemporaryDirectory() as folder, sandbox_line(desk, Path(folder) / "s") as listening:
        yield Sandbox(listening.path)
