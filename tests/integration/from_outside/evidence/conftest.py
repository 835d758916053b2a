"""An office whose desk keeps files, and an open question."""

import pytest

from checkpoints.core.view import Checkpoint
from tests.stage.desks import Office, spend


@pytest.fixture
def point(office: Office) -> Checkpoint:
    return office.ask(office.case(), spend())
