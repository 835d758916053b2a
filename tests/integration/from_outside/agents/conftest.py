"""A desk with an agent that may ask, and the API for it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from checkpoints.settings import Settings
from checkpoints.store.runs import Run
from tests.integration.from_outside.agents.serving import Door, Let, NoVault, let, running_door
from tests.plugins import invariants
from tests.stage.desks import Office
from to_tools.agent_api.hands import Vault


@pytest.fixture(autouse=True)
def nothing_impossible(database: Settings) -> Iterator[None]:
    yield
    invariants.check(database)


@pytest.fixture
def run(office: Office) -> Run:
    """The main run of the case in which the agent may ask."""
    return office.case()


@pytest.fixture
def scout(office: Office, run: Run) -> Let:
    return let(office)


@pytest.fixture
def no_vault() -> NoVault:
    return NoVault()


@pytest.fixture
def door(office: Office, tmp_path: Path, no_vault: NoVault) -> Iterator[Door]:
    with running_door(office.asker, tmp_path / "agents.tried", no_vault, Vault("", "")) as running:
        yield running


@pytest.fixture
def agent(door: Door, scout: Let) -> Iterator[httpx.Client]:
    with door.agent(scout.token) as client:
        yield client
