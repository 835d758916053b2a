"""What others' code behind the fence reaches for and doesn't find is in the audit as a try, and it can't hide that."""

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints import fence
from checkpoints.actions import reading
from checkpoints.actions.from_outside import overhearing
from checkpoints.core.errors import OutcomeUnknown
from checkpoints.fence import bubblewrap
from checkpoints.fence.heard import decoys
from checkpoints.fence.wire import Door
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from tests.attacks.conftest import PROBE, Prey, starter
from tests.attacks.test_provisioners import PYTHON, outcomes
from tests.attacks.test_requests_to_the_fence import cmdline, until
from tests.stage.desks import Office
from to_tools.cli.doctor import fences

GOES_ON = """
import sys, time, probe
probe.main(*sys.argv[1:])
time.sleep(600)
"""
HIDES = """
import os
for name in os.listdir("/run/nothing"):
    link = "/run/nothing/" + name
    before = os.lstat(link)
    os.path.exists(link)
    for hide in (
        lambda: os.utime(link, ns=(before.st_atime_ns, before.st_mtime_ns), follow_symlinks=False),
        lambda: os.utime(link, follow_symlinks=False),
        lambda: os.unlink(link),
        lambda: os.symlink("nowhere", link + "x"),
        lambda: os.rename(link, link + "y"),
    ):
        try: hide()
        except OSError: print("HELD", end=" ")
os.chmod("/run/nothing", 0)
"""
ALL = ("the desk's keys", "a person's token", "the database's files", "the database's socket", "the starter's socket")


@pytest.fixture
def held(prey: Prey, monkeypatch: pytest.MonkeyPatch) -> Prey:
    report = fence.holds(prey.fence)
    if not report.holds:
        print(report.says)
        pytest.skip(report.says)
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", prey.settings.database_url)
    (prey.settings.cases / "mine" / "probe.py").write_text(PROBE.read_text())
    return prey


def run(prey: Prey, *words: str) -> str:
    """What a program of the client's prints."""
    done = fence.run(prey.fence, fence.Job("mine", (PYTHON, *words), "try", 20))
    print(done.output.read_text(), done.errors.read_text())
    return done.output.read_text()


@contextmanager
def serving(prey: Prey, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A program of the client's that goes on running."""
    (prey.settings.cases / "mine" / "goes_on.py").write_text(GOES_ON)
    with socket.socket(socket.AF_UNIX) as line:
        job = fence.Job("mine", (PYTHON, "-u", "goes_on.py", *words), "try", 20)
        process = fence.serve(prey.fence, job, line, b"")
    try:
        yield process
    finally:
        fence.stop(process)
        assert process.stdout is not None
        process.stdout.close()


def heard(desk: Desk, door: Path) -> list[str]:
    """What the porter writes into the audit, the oldest first."""
    overhearing.overhear(desk, "others' code", overhearing.of_fenced(door))
    tries = [json.loads(line.body) for line in reading.audit_page(desk, 100).lines if line.event == "try refused"]
    assert {(one["by"], one["tried"]) for one in tries} <= {("others' code", "reach past its fence")}
    return [str(one["why"]) for one in reversed(tries)]


def lines(*whats: str) -> list[str]:
    return [f"mine's “try” reached for {what}: closed to others' code" for what in whats]


@pytest.mark.promise("H5.11")
def test_a_key_a_token_or_the_databases_socket_that_others_code_reaches_for_is_a_line(
    held: Prey, office: Office
) -> None:
    home, door = held.settings.home, held.fence.socket
    with starter(held.settings):
        said = run(held, "probe.py", "read", str(home / "keys" / "desk.pgpass"), str(home / "keys" / "owner.pgpass"))
        assert heard(office.desk, door) == lines("the desk's keys")
        said += run(held, "probe.py", "read", str(home / "session"))
        said += run(held, "probe.py", "unix", *held.targets["unix"], str(door))
        found = lines("the desk's keys", "a person's token", "the database's socket", "the starter's socket")
        assert heard(office.desk, door) == found
        # Each once a program, however often it is listened to; and every way to reach for it is one.
        said += run(held, "probe.py", "list", str(home / "keys")) + run(held, "probe.py", "write", str(home / "keys"))
        assert heard(office.desk, door) == [*found, *lines("the desk's keys", "the desk's keys")]
        assert heard(office.desk, door) == [*found, *lines("the desk's keys", "the desk's keys")]
    assert outcomes(said, "REACHED") == set()


@pytest.mark.promise("H5.11")
def test_what_goes_on_running_is_heard_while_it_runs(
    held: Prey, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of this process's own programs: other tests have started some too.
    monkeypatch.setattr(decoys, "OURS", decoys.Programs())
    path = tmp_path / "door.sock"
    targets = [str(held.settings.home / "keys" / "desk.pgpass")]
    with Door(path, {}) as door, serving(held, "read", *targets) as process:
        threading.Thread(target=door.serve_forever, args=(0.01,), daemon=True).start()
        assert process.stdout is not None
        assert b"HELD read" in process.stdout.readline()
        assert heard(office.desk, path) == lines("the desk's keys")
        assert process.poll() is None
        door.shutdown()


@pytest.mark.promise("H5.11")
def test_others_code_can_t_hide_that_it_reached_for_something(held: Prey, office: Office) -> None:
    with starter(held.settings):
        said = run(held, "-c", HIDES)
        assert sorted(heard(office.desk, held.fence.socket)) == sorted(lines(*ALL))
    # To remove, to make and to move one.
    assert said.split() == ["HELD"] * 3 * len(ALL)


def test_who_reaches_for_nothing_is_not_heard(held: Prey, office: Office) -> None:
    places = f"{held.settings.home} /run /etc /dev"
    look = f"find {places}; ls -R {places}; pwd -P; echo mine > kept; cat kept probe.py /etc/passwd; touch /tmp/x"
    with starter(held.settings):
        run(held, "-c", f"import subprocess; subprocess.run(['/bin/sh', '-c', {look!r}], stderr=-3)")
        assert heard(office.desk, held.fence.socket) == []


def test_where_there_is_no_room_for_a_decoy_a_program_starts_all_the_same(held: Prey) -> None:
    home = held.settings.home
    desk = fence.Fence(home, home.parent / "sockets", (home.parent,), sockets=Path("/tmp"))
    assert [one.what for one in bubblewrap.links(desk)] == list(ALL[:3])
    assert bubblewrap.unheard(desk) == list(ALL[3:])
    done = fence.run(desk, fence.Job("mine", (PYTHON, "probe.py", "list", str(home / "keys"), "/tmp"), "try", 20))
    assert outcomes(done.output.read_text(), "HELD") == {f"list {home}/keys"}
    assert done.errors.read_text() == ""
    url = "postgresql+psycopg://@/countersign?host=/tmp"
    said = next(fences.fence(Settings(home=home, database_url=url))).found
    assert "nobody hears when it reaches for the database's socket" in said


@pytest.mark.parametrize("run", ["/tmp/sockets", "/run/sockets", "/var/run/sockets", "/nowhere/sockets"])
def test_wherever_the_sockets_lie_there_is_room_for_a_decoy(held: Prey, run: str) -> None:
    desk = fence.Fence(held.settings.home, Path(run))
    assert bubblewrap.unheard(desk) == []
    done = fence.run(desk, fence.Job("mine", (PYTHON, "probe.py", "unix", f"{run}/postgres/.s.PGSQL.5432"), "try", 20))
    assert outcomes(done.output.read_text(), "HELD") == {f"unix {run}/postgres/.s.PGSQL.5432"}


def test_a_program_that_never_says_where_its_links_are_is_not_waited_for(held: Prey) -> None:
    # Bubblewrap itself fails: in a folder that isn't there.
    desk = replace(held.fence, readable=(Path("/etc/passwd/nowhere"),))
    done = fence.run(desk, fence.Job("mine", (PYTHON, "-c", ""), "try", 20))
    assert (done.exit, done.timed_out) == (1, False)


def test_killed_it_leaves_no_program_and_no_file_behind(held: Prey) -> None:
    (held.settings.cases / "mine" / "goes_on.py").write_text(GOES_ON)
    mark = f"600{os.getpid()}"
    with starter(held.settings) as process:
        before = set(held.settings.home.rglob("*"))
        job = fence.Job("mine", (PYTHON, "-c", f"import time; print(flush=True); time.sleep({mark})"), "try", 60)
        asking = threading.Thread(target=lost, args=(held.fence, job))
        asking.start()
        until(lambda: running(mark))
        process.send_signal(signal.SIGKILL)
        asking.join()
    until(lambda: not running(mark))
    left = {path.suffix for path in set(held.settings.home.rglob("*")) - before}
    assert left == {".out", ".err"}


def lost(desk: fence.Fence, job: fence.Job) -> None:
    with pytest.raises(OutcomeUnknown):
        fence.run(desk, job)


def running(mark: str) -> bool:
    return any(mark.encode() in cmdline(process) for process in Path("/proc").glob("[0-9]*"))
