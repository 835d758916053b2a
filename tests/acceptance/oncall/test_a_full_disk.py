"""A whole desk whose home lies on a disk of its own, which its logs fill."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import WholeDesk
from tests.acceptance.oncall.pages import Page

pytestmark = [pytest.mark.acceptance, pytest.mark.soak, pytest.mark.timeout(400)]
SIZE = "700m"
CHUNK = 1 << 20


@pytest.fixture
def desk_on_a_small_disk(tmp_path: Path) -> Iterator[WholeDesk]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk that is small")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)], check=True)
    try:
        desk = WholeDesk(disk / "home")
        desk.up()
        yield desk
        desk.down()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_the_logs_fill_the_disk(desk_on_a_small_disk: WholeDesk) -> None:
    home = desk_on_a_small_disk.settings.home
    full = Page("disk-full", {"COUNTERSIGN_HOME": str(home)})
    with (home / "logs/engine.log").open("ab", buffering=0) as log:
        while os.statvfs(home).f_bavail:
            log.write(b"again\n" * (CHUNK // 6))
    full.notice()
    full.follow()
    full.see_it_is_over()
    assert desk_on_a_small_disk.countersign("inbox").returncode == 0
