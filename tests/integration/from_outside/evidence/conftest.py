"""A page, a browser and a shell at an office whose desk keeps files; and an open question."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.files import Folder
from tests.integration.page.serving import Page, running_page
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend


@pytest.fixture
def desk(office: Office) -> Desk:
    """The office's desk, with its folder of files."""
    return replace(office.desk, files=Folder(office.settings.files))


@pytest.fixture
def point(office: Office) -> Checkpoint:
    return office.ask(office.case(), spend())


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
