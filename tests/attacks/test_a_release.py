"""A release that people approved, and that was made to break out, reaches for what it must not have."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from checkpoints import fence
from checkpoints.cloud.sandbox.deployer import Sandbox
from checkpoints.cloud.sandbox.host import Host
from checkpoints.cloud.sandbox.record import Place
from checkpoints.core.errors import Refused
from checkpoints.core.work.release import Environment
from tests.attacks.conftest import PROBE, SECRET, Prey, starter
from tests.attacks.test_provisioners import outcomes
from tests.stage.releases import variant

APP = '''
"""Serves what its probes said."""
import io, json, os, socket, sys
from contextlib import redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
import probe

class Said(BaseHTTPRequestHandler):
    def do_GET(self):
        said = io.StringIO()
        if self.path == "/said":
            with redirect_stdout(said):
                for kind, targets in json.loads(Path(__file__).with_name("targets.json").read_text()).items():
                    probe.main(kind, *targets)
        content = said.getvalue().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *given):
        pass

if __name__ == "__main__":
    server = ThreadingHTTPServer(("", 0), Said, bind_and_activate=False)
    server.socket = socket.socket(fileno=int(os.environ["LISTEN_FD"]))
    server.serve_forever()
'''
TEST = '''
"""Prints what its probes said, where a test may."""
import json, unittest
from pathlib import Path
import probe

class Reach(unittest.TestCase):
    def test_reach(self):
        targets = json.loads(Path(probe.__file__).with_name("targets.json").read_text())
        for kind, names in targets.items():
            probe.main(kind, *names)
'''
HERE = Place("mine", Environment.STAGING)


@pytest.fixture
def held(prey: Prey) -> Prey:
    report = fence.holds(prey.fence)
    if not report.holds:
        print(report.says)
        pytest.skip(report.says)
    return prey


@pytest.fixture
def host(held: Prey) -> Iterator[Host]:
    opened = Host(held.fence, lambda *_: ("", {}), lambda _: {}, print)
    opened.open()
    yield opened
    opened.close()


def targets(prey: Prey, tmp_path: Path) -> dict[str, list[str]]:
    """What every attack reaches for, and what only a release has beside it."""
    home = prey.settings.home
    for name in ("mine/production", "mine/backups"):
        (home / "cases" / name).mkdir(parents=True)
        (home / "cases" / name / "database.sqlite3").write_text("another environment's")
    beside = [home / "releases", home / "sandbox", home / "cases" / "mine", home / "cases" / "mine" / "production"]
    others = [str(file) for file in (home / "cases" / "mine").glob("*/database.sqlite3")]
    more = {"write": list(map(str, beside)), "read": others, "signal": [str(os.getpid())]}
    return {kind: [*prey.targets.get(kind, ()), *more.get(kind, ())] for kind in {**prey.targets, **more}}


def built(prey: Prey, tmp_path: Path, wanted: dict[str, list[str]]) -> str:
    sources = tmp_path / "sources"
    sources.mkdir()
    changes: dict[str, str | None] = {"app.py": APP, "probe.py": PROBE.read_text(), "targets.json": json.dumps(wanted)}
    changes |= {f"tests/test_{name}.py": TEST if name == "app" else "" for name in ("app", "articles", "page")}
    folder = variant(sources, "hostile", changes)
    return Sandbox(prey.fence, sources, "http://localhost").build(HERE.case, folder).digest


def names(wanted: dict[str, list[str]]) -> set[str]:
    return {f"{kind} {target}" for kind, found in wanted.items() for target in found}


@pytest.mark.promise("C6.3")
def test_a_served_release_reaches_nothing_of_the_desks(held: Prey, host: Host, tmp_path: Path) -> None:
    wanted = targets(held, tmp_path)
    digest = built(held, tmp_path, wanted)
    # Also not its own bytes, where it is served from.
    host.deploy(HERE, digest, ())
    running = host.process_of(HERE)
    assert running is not None
    with httpx.Client(transport=httpx.HTTPTransport(uds=os.fspath(running.path), verify=False), timeout=60) as line:
        said = line.get("http://localhost/said").text
    print(said)
    assert outcomes(said, "REACHED") == set()
    assert outcomes(said, "HELD") == names(wanted)
    assert os.environ[SECRET] not in said


@pytest.mark.promise("C6.3")
def test_a_releases_tests_reach_nothing_of_the_desks(held: Prey, tmp_path: Path) -> None:
    wanted = targets(held, tmp_path)
    digest = built(held, tmp_path, wanted)
    with starter(held.settings):
        report = Sandbox(held.fence, tmp_path, "http://localhost").test(HERE.case, digest)
    said = report.content.decode()
    print(said)
    assert outcomes(said, "REACHED") == set()
    assert outcomes(said, "HELD") == names(wanted)


@pytest.mark.parametrize("name", ["database.sqlite3", "."])
def test_a_link_left_in_its_folder_leads_a_migration_nowhere(held: Prey, tmp_path: Path, name: str) -> None:
    digest = built(held, tmp_path, {})
    other = held.settings.home / "cases" / "other" / "database.sqlite3"
    other.write_bytes(b"")
    folder = held.settings.home / "cases" / "mine" / "staging"
    if name == ".":
        folder.symlink_to(other.parent)
    else:
        folder.mkdir()
        (folder / name).symlink_to(other)
    port = Sandbox(held.fence, tmp_path, "http://localhost")
    with pytest.raises(Refused, match=r"Nothing was (changed|started)"):
        port.migrate(HERE.case, Environment.STAGING, digest, "migrations/001_articles.sql")
    assert other.read_bytes() == b""


@pytest.mark.parametrize("part", ["release", "case"])
def test_a_link_in_place_of_a_release_shows_the_fence_nothing(held: Prey, tmp_path: Path, part: str) -> None:
    digest = built(held, tmp_path, {})
    kept = held.settings.home / "releases" / "mine"
    shutil.move(kept / digest if part == "release" else kept, tmp_path / "moved")
    (kept / digest if part == "release" else kept).symlink_to(held.settings.home / "keys")
    job = fence.Job("mine", ("/bin/ls", str(kept / digest)), "try", 20, release=digest)
    with pytest.raises(Refused, match=r"isn't kept"):
        fence.run(held.fence, job)
