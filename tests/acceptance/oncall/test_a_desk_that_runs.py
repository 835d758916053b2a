"""A whole desk in trouble: a part that hangs or can't start, a Prefect that is away, connections that are used up."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from sqlalchemy import create_engine, text

from checkpoints.actions import reading
from checkpoints.settings import Settings
from flows.deployments import POOL
from tests.acceptance.conftest import WholeDesk
from tests.acceptance.oncall.pages import Page
from tests.stage.deliveries import SAMPLE
from tests.stage.runs import eventually
from to_tools.up.supervisor import noted

pytestmark = [pytest.mark.acceptance, pytest.mark.soak, pytest.mark.timeout(400)]
LATE = "3 minutes"
"""What came before they passed is late."""


@pytest.fixture
def page(running_desk: WholeDesk) -> Callable[[str], Page]:
    return lambda name: Page(name, {"COUNTERSIGN_HOME": str(running_desk.settings.home)})


def part(desk: WholeDesk, name: str) -> psutil.Process:
    (pid,) = (part.pid for part in noted(desk.settings.logs) if part.name == name)
    return psutil.Process(pid)


def hang(desk: WholeDesk, name: str) -> None:
    """It is there and does nothing, as a process that waits for a dead disk."""
    part(desk, name).send_signal(signal.SIGSTOP)


def waiting(desk: WholeDesk, folder: Path, title: str) -> str:
    """A project of its own that waits at its first checkpoint, whose label this is."""
    brief = folder / "brief.toml"
    brief.write_text(SAMPLE.read_text().replace("Read Later Digest", title))
    started = desk.countersign("project", "start", str(brief))
    assert started.returncode == 0, started.stderr
    label = f"{title.lower().replace(' ', '-')}/1"
    with desk.store() as store:
        eventually(lambda: next((p for p in reading.inbox(store).points if p.label == label), None), label, 100)
    return label


def approve(desk: WholeDesk, label: str) -> None:
    # Who started a project answers with a second factor.
    desk.enrol()
    said = desk.countersign("approve", label, "--yes")
    assert said.returncode == 0, said.stderr


def set_ahead(settings: Settings, interval: str) -> None:
    """The desk's clock, by its owner."""
    owner = create_engine(settings.url_for("owner"))
    with owner.begin() as tx:
        tx.execute(text("update desk.clock set ahead = cast(:ahead as interval)"), {"ahead": interval})
    owner.dispose()


def test_prefect_is_down(running_desk: WholeDesk, page: Callable[[str], Page]) -> None:
    down = page("prefect-down")
    hang(running_desk, "prefect")
    assert "prefect" in down.notice()
    down.follow()
    down.see_it_is_over()


@pytest.mark.parametrize(
    ("name", "hangs", "ahead"), [("errands-growing", "porter", "0"), ("run-stuck", "engine", LATE)]
)
def test_nothing_follows_an_answer(
    running_desk: WholeDesk, page: Callable[[str], Page], tmp_path: Path, name: str, hangs: str, ahead: str
) -> None:
    trouble = page(name)
    label = waiting(running_desk, tmp_path, f"The {hangs} hangs")
    hang(running_desk, hangs)
    approve(running_desk, label)
    set_ahead(running_desk.settings, ahead)
    try:
        trouble.notice()
        trouble.follow()
        trouble.see_it_is_over()
    finally:
        set_ahead(running_desk.settings, "0")


def test_somebody_paused_the_pool_and_doctors_own_command_ends_that(
    running_desk: WholeDesk, page: Callable[[str], Page]
) -> None:
    stuck = page("run-stuck")
    pool = f"{running_desk.settings.prefect_api_url}/work_pools/{POOL}"
    httpx.patch(pool, json={"is_paused": True}).raise_for_status()
    command, _ = stuck.doctor().next[stuck.notice()]
    assert stuck.type(command).returncode == 0, command
    assert httpx.get(pool).json()["is_paused"] is False


def test_a_part_does_not_come_back(running_desk: WholeDesk, page: Callable[[str], Page]) -> None:
    away = page("part-does-not-come-back")
    port = Settings(home=running_desk.settings.home).sandbox_port
    with socket.socket() as others:
        others.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        part(running_desk, "sandbox").kill()
        eventually(lambda: True if _bound(others, port) else None, f"port {port}", 20)
        others.listen()
        away.notice()
        away.follow()
        away.see_it_is_over()
    assert Settings(home=running_desk.settings.home).sandbox_port != port


def test_connections_are_used_up(running_desk: WholeDesk, page: Callable[[str], Page]) -> None:
    used_up = page("connections-used-up")
    address = running_desk.settings.url_for("asker").replace("postgresql+psycopg", "postgresql", 1)
    with ExitStack() as greedy:
        while True:
            try:
                greedy.enter_context(psycopg.connect(address))
            except psycopg.OperationalError:
                break
        assert "by countersign_asker" in used_up.notice()
        used_up.follow()
        used_up.see_it_is_over()


@pytest.mark.promise("G6.2")
def test_the_desks_clock_was_moved_and_doctors_own_command_mends_it(
    running_desk: WholeDesk, page: Callable[[str], Page]
) -> None:
    wrong = page("clock-wrong")
    set_ahead(running_desk.settings, "400 seconds")
    line = wrong.notice()
    command, _ = wrong.doctor().next[line]
    done = wrong.type(command)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    wrong.see_it_is_over()


def _bound(listener: socket.socket, port: int) -> bool:
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
