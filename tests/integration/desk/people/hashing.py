"""Passwords that are hashed with as little work as the library allows: a hash of ours takes a core for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher

from checkpoints.store.secret import passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@contextmanager
def hashed_quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In this process, until the block ends."""
    monkeypatch.setattr(passwords, "HASHER", QUICK)
    passwords.nobodys.cache_clear()
    yield
    passwords.nobodys.cache_clear()
