"""What may be asked of the fence: a fenced process in a case's folder, for a while, and nothing else."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.fence import Fence, Finished, Job, holds, namespace, run
from checkpoints.fence.bubblewrap import bwrap
from checkpoints.fence.job import NoFence
from checkpoints.settings import Settings
from tests.attacks.conftest import starter

SHELL = "/bin/sh"
NAMES = (
    "..",
    "../keys",
    "../../etc",
    ".",
    "/etc",
    "-rf",
    "--help",
    "a b",
    "a;id",
    "a\n",
    "a\0",
    "A",
    "",
    "x" * 81,
)

CHOOSE: dict[str, Callable[[Job, str], Job]] = {
    "case": lambda job, name: replace(job, case=name),
    "label": lambda job, name: replace(job, label=name),
    "folder": lambda job, name: replace(job, folder=name),
}


@pytest.fixture
def fence(tmp_path: Path) -> Fence:
    home = tmp_path / "home"
    for folder in ("cases/mine", "cases/other", "keys"):
        (home / folder).mkdir(parents=True)
    (home / "keys" / "desk.pgpass").write_text("secret")
    return Fence(home)


@pytest.fixture
def fenced(fence: Fence) -> Fence:
    report = holds(fence)
    if not report.holds:
        print(report.says)
        pytest.skip(report.says)
    return fence


@pytest.fixture
def started(fenced: Fence) -> Iterator[Fence]:
    with starter(Settings(home=fenced.home)):
        yield fenced


def shell(fence: Fence, script: str, seconds: float = 20, more: Mapping[str, str] | None = None) -> Finished:
    return run(fence, Job("mine", (SHELL, "-c", script), "try", seconds, environment=more or {}))


def left(fence: Fence) -> list[Path]:
    return [path for path in fence.cases.rglob("*") if path.is_file()]


@pytest.mark.promise("E7.4")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", CHOOSE)
def test_a_name_reaches_no_path_outside(fence: Fence, part: str, name: str) -> None:
    if part == "folder" and not name:
        return
    good = Job("mine", (SHELL, "-c", "id"), "try", 5)
    with pytest.raises(Refused, match="Nothing was started"):
        run(fence, CHOOSE[part](good, name))
    assert not left(fence)


@pytest.mark.promise("E7.4")
def test_the_starter_refuses_the_same(started: Fence) -> None:
    for name in ("../keys", "-rf", "nobody", ""):
        with pytest.raises(Refused, match="Nothing was started"):
            run(started, Job(name, (SHELL, "-c", "id"), "try", 5))
    assert not left(started)


@pytest.mark.promise("E7.4")
def test_a_case_that_is_a_link_to_the_keys_is_refused(started: Fence) -> None:
    (started.cases / "linked").symlink_to(started.home / "keys")
    with pytest.raises(Refused, match="is not there"):
        run(started, Job("linked", (SHELL, "-c", "cat desk.pgpass"), "try", 5))


@pytest.mark.parametrize(
    "name", ["LD_PRELOAD", "PATH", "PYTHONPATH", "TF_CLI_ARGS_apply", "TF_LOG", "COUNTERSIGN_HOME"]
)
def test_a_variable_that_could_do_more_is_refused(fence: Fence, name: str) -> None:
    with pytest.raises(Refused, match="can't be handed"):
        shell(fence, "id", more={name: "x"})


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b'{"run": 1}', b'{"run": {}}', b"[" * 100_000, b"\xff"])
def test_a_request_that_is_none_starts_nothing(started: Fence, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(10)
        door.connect(str(started.socket))
        door.sendall(line + b"\n")
        assert "refused" in json.loads(door.makefile("rb").readline())


def test_the_starters_door_is_its_owners_alone(started: Fence) -> None:
    assert oct(started.socket.stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("way", ["fenced", "started"])
def test_the_environment_is_clean_and_the_output_is_kept(way: str, request: pytest.FixtureRequest) -> None:
    fence: Fence = request.getfixturevalue(way)
    done = shell(fence, "env; echo wrong >&2; exit 3", more={"TF_INPUT": "0"})
    names = {line.partition("=")[0] for line in done.output.read_text().splitlines()}
    assert names == {"PATH", "HOME", "TMPDIR", "LANG", "TF_INPUT", "PWD"}
    assert (done.exit, done.timed_out, done.errors.read_text()) == (3, False, "wrong\n")
    assert done.output.parent == fence.cases / "mine"


WAITS = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
print("ready", flush=True)
signal.sigwait({signal.SIGINT})
print("tidied", flush=True)
"""
TIDY = (os.path.realpath(sys.executable), "-I", "-S", "-c", WAITS)
"""No shell would do: dash loses a signal that comes while it starts a program, or just before it waits."""


def test_what_takes_too_long_may_tidy_up_and_is_ended(fenced: Fence) -> None:
    done = run(fenced, Job("mine", TIDY, "try", 2))
    assert done.timed_out
    assert done.output.read_text() == "ready\ntidied\n"


def test_what_nobody_waits_for_is_ended(started: Fence) -> None:
    job = {
        "case": "mine",
        "argv": list(TIDY),
        "label": "try",
        "seconds": 60,
        "folder": "",
        "environment": {},
        "narrow": False,
        "release": "",
    }
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(str(started.socket))
        door.sendall(json.dumps({"run": job}).encode() + b"\n")
        until(lambda: "ready" in said(started))
    until(lambda: "tidied" in said(started))


def test_no_process_outlives_the_one_that_was_started(fenced: Fence) -> None:
    # So many that ending them takes the kernel a while: bubblewrap itself doesn't wait for that.
    done = shell(fenced, "for number in $(seq 100); do sleep 300.25 & done")
    assert done.exit == 0
    assert not any(b"sleep\x00300.25" in cmdline(process) for process in Path("/proc").glob("[0-9]*"))


HELD_BACK = """if True:
    import json, os, signal, sys
    first = os.fork()
    if not first:
        os.close(int(sys.argv[1]))
        signal.pause()
    os.write(int(sys.argv[1]), json.dumps({"child-pid": first}).encode())
"""


def test_what_bubblewrap_held_back_when_it_was_killed_is_ended_too() -> None:
    with namespace.told() as around:
        (fd,) = around.fds
        killed = subprocess.Popen([sys.executable, "-I", "-S", "-c", HELD_BACK, str(fd)], pass_fds=[fd])
        around.follow()
        assert killed.wait() == 0
        (left,) = [process for process in Path("/proc").glob("[0-9]*") if HELD_BACK.encode() in cmdline(process)]
        around.until_over()
        assert HELD_BACK.encode() not in cmdline(left)


def test_a_link_left_behind_is_not_written_through(fenced: Fence) -> None:
    first = shell(fenced, "ln -sf ../../keys/desk.pgpass try.out; rm -f try-*.out; ln -s ../../keys/desk.pgpass x.out")
    assert first.exit == 0
    shell(fenced, "echo overwritten")
    assert (fenced.home / "keys" / "desk.pgpass").read_text() == "secret"


@pytest.fixture
def nothing_to_fence_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATH", os.devnull)
    bwrap.cache_clear()
    assert shutil.which("bwrap") is None
    yield
    bwrap.cache_clear()


@pytest.mark.usefixtures("nothing_to_fence_with")
def test_without_a_fence_others_code_is_refused_with_what_to_install(fence: Fence) -> None:
    with pytest.raises(NoFence, match="Install bubblewrap"):
        shell(fence, "id")
    assert not left(fence)
    assert holds(fence).says.startswith("no fence")


@pytest.mark.usefixtures("nothing_to_fence_with")
def test_without_a_fence_what_is_ours_runs_all_the_same(fence: Fence) -> None:
    done = run(fence, Job("mine", (SHELL, "-c", "env; pwd"), "try", 10), trusted=True)
    assert done.exit == 0
    assert "COUNTERSIGN" not in done.output.read_text()


def test_a_starter_that_died_starts_nothing(fence: Fence) -> None:
    fence.socket.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(fence.socket))
    with pytest.raises(Unavailable, match="Nothing was started"):
        shell(fence, "id")
    assert not holds(fence).holds


def said(fence: Fence) -> str:
    return "".join(file.read_text() for file in (fence.cases / "mine").glob("*.out"))


def cmdline(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
