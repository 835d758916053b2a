"""What these tests hash their passwords with."""

from collections.abc import Iterator

import pytest

from tests.integration.desk.people.hashing import hashed_quickly


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with hashed_quickly(monkeypatch):
        yield
