"""What the database can't take now is said as it is, in the shell and on the page, within seconds; nothing is green."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.settings import Settings
from tests.integration.machine.database import troubles
from tests.integration.page.serving import answer_form
from tests.integration.shell.commands import Shell
from tests.stage.cluster import SessionCluster
from tests.stage.desks import Office, spend

BOUND = 25.0
"""Seconds that a person waits at most, on a busy machine: a lock is waited for three, a login ten."""
Trouble = Callable[[], AbstractContextManager[None]]
Happens = Callable[[SessionCluster, Settings], AbstractContextManager[None]]


def lock(statement: str) -> Happens:
    return partial(troubles.locked, lock=statement)


TROUBLES = tuple(
    pytest.param(happens, id=name, marks=pytest.mark.promise(number))
    for number, name, happens in (
        ("G3.2", "no connection is free", troubles.no_connection),
        ("G3.3", "the checkpoints are locked", lock("lock table desk.checkpoint in access exclusive mode")),
        ("G3.3", "the end of the audit is locked", lock("select from desk.audit_head for update")),
        ("G3.3", "this very checkpoint is locked", lock("select from desk.checkpoint for update")),
        ("G3.4", "it only reads", troubles.read_only),
    )
)


def in_the_shell(shell: Shell, point: Checkpoint, trouble: Trouble) -> None:
    """A yes in the trouble is refused as "try again"; the same yes after it is recorded."""
    words = ("approve", point.label, "--yes")
    with trouble():
        began = time.monotonic()
        said = shell.run(*words)
        assert time.monotonic() - began < BOUND
    assert said.code == 6, said.out + said.err
    assert "Not recorded" in said.err or "Nothing was changed" in said.err
    assert "try again" in said.err.lower()
    assert said.out == ""
    shell.office.desk.engine.dispose()
    assert shell.office.show(point).state is State.OPEN
    assert shell.run(*words).code == 0
    assert shell.office.show(point).state is State.APPROVED


def on_the_page(ada: httpx.Client, office: Office, point: Checkpoint, trouble: Trouble) -> None:
    """The same press, before and after."""
    form, address = answer_form(ada, point, Verdict.APPROVE), f"/checkpoints/{point.label}/answer"
    with trouble():
        began = time.monotonic()
        answered = ada.post(address, data=form, timeout=BOUND)
        assert time.monotonic() - began < BOUND
    assert answered.status_code == 503, answered.text
    assert "Not recorded" in answered.text
    assert "Try again" in answered.text
    assert "is recorded" not in answered.text
    assert office.show(point).state is State.OPEN
    assert ada.post(address, data=form).status_code == 303
    assert office.show(point).state is State.APPROVED


@pytest.fixture
def point(office: Office) -> Checkpoint:
    """sample/1, open."""
    return office.ask(office.case(), spend())


@pytest.fixture
def full_disk(cluster: SessionCluster, office: Office, point: Checkpoint, tmp_path: Path) -> Iterator[Trouble]:
    """Fills the disk that the database lies on; emptied again after each block."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk that is small")
    with troubles.small_disk(cluster, office.settings, tmp_path / "disk") as folder:
        office.desk.engine.dispose()

        @contextmanager
        def trouble() -> Iterator[None]:
            with troubles.full(folder):
                yield

        yield trouble
        office.desk.engine.dispose()
        office.asker.engine.dispose()


@pytest.mark.promise("G3.1")
def test_a_full_disk_in_the_shell(shell: Shell, point: Checkpoint, full_disk: Trouble) -> None:
    in_the_shell(shell, point, full_disk)


@pytest.mark.promise("G3.1")
def test_a_full_disk_on_the_page(ada: httpx.Client, office: Office, point: Checkpoint, full_disk: Trouble) -> None:
    on_the_page(ada, office, point, full_disk)


@pytest.mark.parametrize("happens", TROUBLES)
def test_what_the_database_does_not_take_in_the_shell(
    cluster: SessionCluster, shell: Shell, point: Checkpoint, happens: Happens
) -> None:
    in_the_shell(shell, point, partial(happens, cluster, shell.office.settings))


@pytest.mark.parametrize("happens", TROUBLES)
def test_what_the_database_does_not_take_on_the_page(
    cluster: SessionCluster, ada: httpx.Client, office: Office, point: Checkpoint, happens: Happens
) -> None:
    on_the_page(ada, office, point, partial(happens, cluster, office.settings))
