"""After every test here, whatever it tried: nothing impossible is in the database."""

from collections.abc import Iterator

import pytest

from checkpoints.settings import Settings
from tests.plugins import invariants


@pytest.fixture(autouse=True)
def nothing_impossible(database: Settings) -> Iterator[None]:
    yield
    invariants.check(database)
