"""Ports are free, remembered, and a person's own choice is never changed."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkpoints.settings import Settings
from to_tools.up import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_gives_way_to_a_free_one_that_is_said_and_kept(tmp_path: Path, taken: int) -> None:
    free = ports.free_port()
    written = f"# mine\npage_port = {taken}  \nprefect_port = {free}\nsandbox_port = {ports.free_port()}\n"
    (tmp_path / "settings.toml").write_text(written)
    settled, said = ports.settle(Settings(home=tmp_path))
    assert settled.page_port not in (taken, free)
    assert settled.prefect_port == free
    assert len(said) == 1
    assert str(taken) in said[0]
    assert (tmp_path / "settings.toml").read_text().startswith("# mine\n")
    assert ports.settle(Settings(home=tmp_path)) == (settled, [])


def test_a_taken_port_from_the_environment_is_refused_by_name(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_PAGE_PORT", str(taken))
    with pytest.raises(ports.PortTaken, match="COUNTERSIGN_PAGE_PORT"):
        ports.settle(Settings(home=tmp_path))


def test_a_new_port_goes_on_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("# mine")
    (page, prefect, sandbox) = (ports.free_port() for _ in ports.NAMES)
    chosen = Settings(home=tmp_path, page_port=page, prefect_port=prefect, sandbox_port=sandbox)
    settled, _ = ports.settle(chosen)
    kept = tomllib.loads((tmp_path / "settings.toml").read_text())
    assert kept == {name: getattr(settled, name) for name in ports.NAMES}
