"""The page at an office's desk, the browser and the shell of its first technical operator."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from checkpoints.store.desk import Desk
from tests.integration.page.serving import Page, running_page
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office


@pytest.fixture
def desk(office: Office) -> Desk:
    """With a vault, files and a deployer."""
    return office.desk


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    """The page, listening on a port of its own."""
    with running_page(desk) as running:
        yield running


@pytest.fixture
def ada(page: Page, office: Office) -> Iterator[httpx.Client]:
    """Ada's browser."""
    with page.browser(office.ada) as client:
        yield client


@pytest.fixture
def shell(office: Office, tmp_path: Path) -> Shell:
    """The real `countersign` at an office's desk, with Ada signed in."""
    (tmp_path / "here").mkdir()
    opened = Shell(office, tmp_path / "here")
    opened.sign_in(office.ada)
    return opened
