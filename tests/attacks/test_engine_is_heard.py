"""What the engine's fence keeps closed to a run, and what leads a run nowhere, is in the audit as a try."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkpoints.actions import reading
from checkpoints.actions.from_outside import overhearing
from checkpoints.fence.heard import reaching
from checkpoints.store.desk import Desk
from tests.attacks.conftest import ROOT, Prey
from tests.attacks.test_engine import in_the_engine, probing
from tests.stage.desks import Office

DECIDING = ("checkpoints.actions.deciding", "checkpoints.store.decisions", "to_tools", "to_tools.identity")
BECOMES = """
import os, sys
os.execv(sys.executable, [sys.executable, "-c", '''
import os, sys
from checkpoints.fence.heard import reaching
reaching.go_on()
print(reaching.HEARD_AT in os.environ)
%s
'''])
"""


def heard(desk: Desk, home: Path) -> list[str]:
    """What the porter writes into the audit, the oldest first, without the reason."""
    overhearing.overhear(desk, "engine", overhearing.of_engine(reaching.file_of(home)))
    tries = [json.loads(line.body) for line in reading.audit_page(desk, 100).lines if line.event == "try refused"]
    assert {(one["by"], one["tried"]) for one in tries} <= {("a run", "get past the engine's fence")}
    return [str(one["why"]).partition(": ")[0] for one in reversed(tries)]


@pytest.mark.promise("H5.1")
def test_a_key_or_a_token_that_a_run_reaches_for_is_a_line(prey: Prey, office: Office) -> None:
    home, asker = prey.settings.home, str(prey.settings.passfile("asker"))
    tokens = [target for target in prey.targets["read"] if "/cases/" not in target]
    in_the_engine(prey, probing("read", *tokens))
    assert heard(office.desk, home) == [f"read {token}" for token in tokens if token != asker]
    # Each once, however often it is listened to.
    assert len(heard(office.desk, home)) == len(tokens) - 1


@pytest.mark.promise("H5.1")
def test_what_a_run_reaches_for_beside_files_is_a_line(prey: Prey, office: Office) -> None:
    home, another = prey.settings.home, os.getpid()
    targets = {
        "list": home / "keys",
        "write": ROOT / "checkpoints",
        "listen": "",
        "signal": another,
        "read": Path(f"/proc/{another}/environ"),
    }
    attacks = "\n".join(probing(kind, str(target)) for kind, target in targets.items())
    in_the_engine(prey, f"{attacks}\nimport {', '.join(DECIDING)}")
    assert heard(office.desk, home) == [
        f"list {home}/keys",
        f"write {ROOT}/checkpoints/left-by-probe",
        "listen at a port",
        f"signal process {another}",
        f"read /proc/{another}/environ",
        *(f"import {name}" for name in DECIDING),
    ]


@pytest.mark.promise("H5.1")
def test_it_is_heard_in_the_program_that_the_engine_becomes_and_can_t_be_cut_off(prey: Prey, office: Office) -> None:
    home = prey.settings.home
    desk, file = home / "keys" / "desk.pgpass", reaching.file_of(home)
    tries = f"for path in ({str(desk)!r}, {str(file)!r}):\n    try: open(path)\n    except PermissionError: print(1)"
    # It ends itself at once after the last: what was tried is written before it is tried.
    output = in_the_engine(prey, BECOMES % f"{tries}\nsys.stdout.flush(); os._exit(0)")
    assert output.splitlines()[1:] == ["False", "1", "1"]
    assert heard(office.desk, home) == [f"read {desk}", f"read {file}"]


@pytest.mark.promise("H5.1")
def test_a_run_that_tries_without_end_fills_neither_the_file_nor_the_audit(tmp_path: Path, office: Office) -> None:
    file = tmp_path / "tried"
    with file.open("wb") as written:
        tries = reaching.Tries(written.fileno())
        for number in range(100_000):
            tries.add(f"read {number}")
        written.write(b"[[\nnull\n" + json.dumps({"why": "\0\ud800", "besides": 10**40}).encode() + b"\n")
    lines = [reaching.read(line) for line in file.read_text().splitlines()[:-3]]
    assert len(lines) < reaching.MOST + 20
    assert 50_000 < sum(1 + besides for _, besides in lines) <= 100_000
    ear = overhearing.of_engine(file)
    # What can't be read, and numbers that can't be, are tries too: no code of ours wrote them.
    assert overhearing.overhear(office.desk, "engine", ear) == len(lines) + 3 + overhearing.MOST_BESIDES
    assert overhearing.overhear(office.desk, "engine", ear) == 0


def test_what_is_wrong_with_the_hook_keeps_no_run_from_its_work(tmp_path: Path) -> None:
    code = f"""
import os, sys
from pathlib import Path
from checkpoints.fence.heard import reaching
home = Path({str(tmp_path)!r})
(home / "key").write_text("a key")
reaching.hear(home, [home / "cases"], Path("/nowhere"))
for number in range(3, 10):
    try: os.close(number)
    except OSError: pass
print((home / "key").read_text(), os.listdir(b"/proc/self/task") != [])
for odd in (object(), ("a",), (1, 2, 3), (None, None, None)):
    for event in reaching.EVENTS:
        sys.audit(event, *odd) if isinstance(odd, tuple) else sys.audit(event)
print("at its end")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["a key True", "at its end"]
