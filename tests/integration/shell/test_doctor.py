"""`countersign doctor` where much is broken: it says so, with the next command, on one screen, and changes nothing."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from checkpoints.settings import Settings
from tests.integration.shell.commands import Said, Shell
from to_tools.cli.doctor.command import draw
from to_tools.cli.doctor.finding import Finding, Mark, look, ok, wrong

SCREEN = 24
FOLDER_MODE, FILE_MODE = 0o700, 0o600


def marks(said: Said) -> dict[str, str]:
    """The worst mark of each subject."""
    order = list(Mark)
    found: dict[str, str] = {}
    for one in json.loads(said.out)["findings"]:
        found[one["subject"]] = max(found.get(one["subject"], "ok"), one["mark"], key=order.index)
    return found


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below with its mode and bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mode, path.read_bytes()) for path in files}


def test_a_desk_without_processes_is_looked_at_and_left_as_it_was(shell: Shell) -> None:
    home = shell.office.settings.home
    home.chmod(FOLDER_MODE)
    before = contents(home)
    said = shell.run("doctor", "--json")
    found = marks(said)
    fine = ("home", "keys", "settings", "database", "connections", "clock", "schema", "errands", "permits", "audit")
    assert {subject: found[subject] for subject in fine} == dict.fromkeys(fine, "ok"), said.out
    assert found["prefect"] == "wrong"
    assert found["second factor"] == "look"
    assert said.code == 6
    assert contents(home) == before


def test_an_empty_folder_is_told_what_to_type(shell: Shell, tmp_path: Path) -> None:
    said = shell.run("doctor", COUNTERSIGN_HOME=str(tmp_path / "none"), COUNTERSIGN_DATABASE_URL="")
    assert said.code == 6
    assert "→ countersign up --detach" in said.out
    assert "Traceback" not in said.err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("page_port = 'x'\nprobe_seconds = -1\n", ("page_port", "probe_seconds")),
        ("nobody_knows = 1\n", ("nobody_knows",)),
        ("page_port = [\n", ("settings.toml",)),
        ("database_url = 'postgresql+psycopg://me:hunter2@db/x'\n", ("database_url",)),
    ],
)
def test_each_setting_that_makes_no_sense_is_named_and_its_value_is_not_shown(
    shell: Shell, written: str, named: tuple[str, ...]
) -> None:
    shell.office.settings.file.write_text(written)
    said = shell.run("doctor", "--json", COUNTERSIGN_DATABASE_URL="")
    told = [one["found"] for one in json.loads(said.out)["findings"] if one["subject"] == "settings"]
    assert len(told) == len(named)
    assert all(any(name in line for line in told) for name in named)
    assert "hunter2" not in said.out + said.err


def _open_key(settings: Settings) -> None:
    settings.passfile("asker").chmod(FILE_MODE | 0o044)


def _no_key(settings: Settings) -> None:
    settings.passfile("desk").unlink()


def _stale_lock(settings: Settings) -> None:
    (settings.home / "up.lock").write_text("1 ready\n")


def _half_made(settings: Settings) -> None:
    (settings.home / "postgres.new").mkdir()


@pytest.mark.parametrize(
    ("breaking", "subject", "mark"),
    [
        (_open_key, "keys", "wrong"),
        (_no_key, "database", "wrong"),
        (_stale_lock, "desk", "look"),
        (_half_made, "leftovers", "look"),
    ],
)
def test_what_is_broken_is_found(shell: Shell, breaking: Callable[[Settings], None], subject: str, mark: str) -> None:
    breaking(shell.office.settings)
    assert marks(shell.run("doctor", "--json"))[subject] == mark


def test_a_database_that_is_older_than_this_release_is_said(shell: Shell) -> None:
    owner = create_engine(shell.office.settings.url_for("owner"))
    with owner.begin() as tx:
        tx.execute(text("update desk_version set version_num = '0001'"))
    owner.dispose()
    assert marks(shell.run("doctor", "--json"))["schema"] == "wrong"


def test_a_part_is_restarted_only_where_a_desk_runs(shell: Shell) -> None:
    said = shell.run("restart", "porter")
    assert said.code == 1
    assert "There is no porter to restart. No desk runs here: countersign up" in said.err


def test_a_library_that_is_missing_takes_only_its_own_lines_along(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "httpx.py").write_text("raise ImportError('httpx is half installed')\n")
    said = shell.run("doctor", "--json", PYTHONPATH=str(tmp_path))
    found = marks(said)
    assert (found["prefect"], found["database"], found["fence"] in ("ok", "look")) == ("wrong", "ok", True), said.out


def test_a_screen_holds_it_and_what_is_fine_is_folded_first() -> None:
    fine = [ok(f"fine {number}", "x" * 200) for number in range(30)]
    bad = [wrong("disk", "no room " * 10, "rm -r something", "disk-full"), look("clock", "odd", "date")]
    lines = [line for drawn in draw([*fine, *bad], SCREEN) for line in drawn.split("\n")]
    assert len(lines) < SCREEN
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("wrong   disk: no room")
    assert "        → rm -r something" in lines
    assert "runbooks/oncall/disk-full.md" in "\n".join(lines)


def test_words_from_outside_cannot_draw_on_the_screen() -> None:
    hostile = Finding("errands", Mark.WRONG, "bad\x1b[2J\nok      errands: 0 to carry")
    drawn = draw([hostile], SCREEN)
    assert "\x1b" not in "".join(drawn)
    assert not any(line.startswith("ok ") for line in drawn)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_is_said(shell: Shell) -> None:
    shell.office.settings.home.chmod(0o500)
    assert marks(shell.run("doctor", "--json"))["home"] == "wrong"
