"""`countersign up` and `down`, from outside: what runs, what is left, what goes on."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from tests.acceptance.conftest import WholeDesk
from to_tools.up import ending, postmaster
from to_tools.up.alone import holder
from to_tools.up.supervisor import answers

pytestmark = pytest.mark.acceptance


def left(desk: WholeDesk, seconds: float = 30) -> list[str]:
    """What still runs of a desk after a while; the empty list as soon as nothing does."""
    deadline = time.monotonic() + seconds
    while True:
        found: list[psutil.Process] = ending.parts(desk.settings.home)
        server = postmaster.running(desk.settings.home / "postgres")
        names = [process.name() for process in (*found, *filter(None, [server])) if process.is_running()]
        if not names or time.monotonic() > deadline:
            return names
        time.sleep(0.1)


def kill_supervisor(desk: WholeDesk) -> None:
    supervisor = holder(desk.settings.home)
    assert supervisor is not None
    os.kill(supervisor.pid, signal.SIGKILL)


def kill_page(desk: WholeDesk) -> None:
    (page,) = (part for part in ending.parts(desk.settings.home) if "to_tools.page" in part.cmdline())
    page.kill()
    page.wait()


def test_a_desk_comes_up_mends_itself_and_goes_down_whole(new_desk: WholeDesk) -> None:
    said = new_desk.up()
    assert new_desk.settings.page_url in said
    assert "countersign second-factor enrol" in said
    assert answers(f"{new_desk.settings.prefect_api_url}/health")

    again = new_desk.countersign("up")
    assert again.returncode == 1
    assert "already runs" in again.stderr

    kill_page(new_desk)
    deadline = time.monotonic() + 30
    while not answers(new_desk.settings.page_url):
        assert time.monotonic() < deadline, "the page did not come back"
        time.sleep(0.1)
    assert "page was started again." in (new_desk.settings.logs / "up.log").read_text()

    assert new_desk.countersign("down").stdout == "Stopped.\n"
    assert left(new_desk) == []
    assert new_desk.countersign("down").stdout == "No desk was running here.\n"


@pytest.mark.long
def test_a_killed_supervisor_leaves_nothing_the_next_goes_on_and_reset_forgets(whole_desk: WholeDesk) -> None:
    whole_desk.up()
    password = whole_desk.settings.passfile("desk").read_text()
    kill_supervisor(whole_desk)
    assert left(whole_desk) == []

    assert whole_desk.settings.page_url in whole_desk.up()
    assert whole_desk.settings.passfile("desk").read_text() == password

    asked = whole_desk.countersign("reset", said="n\n")
    assert asked.returncode == 1
    assert answers(whole_desk.settings.page_url)
    assert whole_desk.countersign("reset", "--yes").returncode == 0
    assert left(whole_desk) == []
    assert not whole_desk.settings.home.exists()
