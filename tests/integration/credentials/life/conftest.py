"""The vault that these tests count in."""

import pytest

from checkpoints.core.ports import Credentials
from checkpoints.store.desk import Desk
from tests.integration.credentials.life.stage import vault_of


@pytest.fixture
def backend(desk: Desk) -> Credentials:
    return vault_of(desk)
