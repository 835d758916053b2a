"""An office whose desk keeps files, and an open question."""

from dataclasses import replace

import pytest

from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.files import Folder
from tests.stage.desks import Office, spend


@pytest.fixture
def desk(office: Office) -> Desk:
    """The office's desk, with its folder of files."""
    return replace(office.desk, files=Folder(office.settings.files))


@pytest.fixture
def point(office: Office) -> Checkpoint:
    return office.ask(office.case(), spend())
