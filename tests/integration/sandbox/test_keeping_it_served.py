"""What was deployed is served: after it died, after the host died, and while something better is tried."""

import json
import socket
import threading
import time
from pathlib import Path

import pytest

from checkpoints.cloud.sandbox.deployer import SOCKET
from checkpoints.cloud.sandbox.host import LONGEST_PAUSE, Host
from checkpoints.core.errors import OutcomeUnknown, Refused
from checkpoints.core.work.release import Environment
from checkpoints.settings import Settings
from tests.integration.sandbox.conftest import HERE, Stage, health
from tests.stage.releases import titled, variant
from tests.stage.runs import eventually
from tests.stage.sandbox import SAMPLE, SOURCES, RunningSandbox, running_sandbox

STAGING, PRODUCTION = Environment
SLOW = "import time\nwhile True:\n    time.sleep(1)\n"
DIES_SOON = (
    (SOURCES / SAMPLE / "app.py")
    .read_text()
    .replace("\ndef main() -> None:\n", "\ndef main() -> None:\n    threading.Timer(0.7, os._exit, [7]).start()\n")
    .replace("import sys\n", "import sys\nimport threading\n")
)


def processes_of(digest: str) -> list[str]:
    """Whatever runs with the release's folder in its arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if digest.encode() in (process / "cmdline").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found


def test_one_that_dies_again_and_again_is_started_ever_less_often(stage: Stage, host: Host) -> None:
    host.deploy(HERE, stage.built("dies", {"app.py": DIES_SOON}), ())
    eventually(lambda: True if len(stage.said) > 3 else None, "its deaths")
    assert "It ended with 7" in stage.said[0]
    assert host.sites[HERE].deaths > 1
    assert host.sites[HERE].again > 0
    host.deploy(HERE, stage.built("mended"), ())
    assert health(host)["ok"] is True


def test_a_place_that_never_comes_back_is_still_tried_after_a_day(host: Host) -> None:
    site = host.sites[HERE]
    site.deaths = 5_000
    site.wait()
    assert site.again <= time.monotonic() + LONGEST_PAUSE


def test_a_damaged_record_keeps_nothing_else_from_being_served(stage: Stage) -> None:
    first = stage.host()
    first.open()
    digest = stage.built("one")
    first.deploy(HERE, digest, ())
    first.close()
    damaged = first.record.root / "other" / "staging.json"
    damaged.parent.mkdir()
    damaged.write_text('{"digest": "../../keys"')
    (first.record.root / "hosts.json").write_text("junk")
    second = stage.host()
    second.open()
    try:
        assert health(second)["version"] == digest[:12]
        assert len([line for line in stage.said if "can't be read" in line]) == 2
    finally:
        second.close()


def test_only_what_is_served_and_what_was_before_is_kept_by_the_host(stage: Stage, host: Host) -> None:
    digests = [stage.built(name, titled(name)) for name in ("one", "two", "three")]
    for digest in digests:
        host.deploy(HERE, digest, ())
    assert {folder.name for folder in (host.own.root / HERE.case).iterdir()} == set(digests[1:])
    assert processes_of(digests[0]) == processes_of(digests[1]) == []


def test_after_the_hosts_kill_it_serves_again_and_nothing_of_before_is_left(stage: Stage) -> None:
    with running_sandbox(Settings(home=stage.home), stage.sources) as sandbox:
        one = sandbox.deployer.build("mine", variant(stage.sources, "one", titled("One")))
        two = sandbox.deployer.build("mine", variant(stage.sources, "two", titled("Two")))
        sandbox.deployer.deploy("mine", PRODUCTION, one.digest, [])
        before = sandbox.deployer.deploy("mine", PRODUCTION, two.digest, [])
        old = processes_of(two.digest)
        sandbox.kill()
        eventually(lambda: True if not set(old) & set(processes_of(two.digest)) else None, "the end of the old ones")
        sandbox.start()
        assert sandbox.health("mine", PRODUCTION)["version"] == two.digest[:12]
        assert sandbox.deployer.current("mine", PRODUCTION) == before
        assert sandbox.deployer.deploy("mine", PRODUCTION, one.digest, []).before == two.digest


def test_a_host_that_is_lost_in_the_midst_leaves_it_unknown_and_what_was_served(stage: Stage) -> None:
    with running_sandbox(Settings(home=stage.home), stage.sources) as sandbox:
        good = sandbox.deployer.build("mine", variant(stage.sources, "good"))
        slow = sandbox.deployer.build("mine", variant(stage.sources, "slow", {"app.py": SLOW}))
        served = sandbox.deployer.deploy("mine", STAGING, good.digest, [])
        lost: list[OutcomeUnknown] = []

        def deploy() -> None:
            try:
                sandbox.deployer.deploy("mine", STAGING, slow.digest, [])
            except OutcomeUnknown as error:
                lost.append(error)

        asking = threading.Thread(target=deploy)
        asking.start()
        eventually(lambda: processes_of(slow.digest) or None, "the new one's start")
        sandbox.kill()
        asking.join(20)
        assert lost
        sandbox.start()
        assert sandbox.deployer.current("mine", STAGING) == served
        assert sandbox.health("mine", STAGING)["version"] == good.digest[:12]


JUNK: tuple[object, ...] = (
    {}, [], "deploy", None, 7, {"deploy": None}, {"deploy": {}}, {"launch": {}}, {"deploy": {}, "stop": {}},
    {"deploy": {"case": "../keys", "environment": "staging", "digest": "0" * 64, "tickets": []}},
    {"deploy": {"case": "mine", "environment": "../staging", "digest": "0" * 64, "tickets": []}},
    {"deploy": {"case": "mine", "environment": "staging", "digest": "../" * 22, "tickets": []}},
    {"deploy": {"case": "mine", "environment": "staging", "digest": "0" * 64, "tickets": ["../keys"]}},
    {"deploy": {"case": "mine", "environment": "staging", "digest": "0" * 64, "tickets": [None] * 99}},
    {"current": {"case": ["mine"], "environment": "staging"}},
    {"current": {"case": "mine", "environment": {"a": 1}}},
    {"stop": {"case": ".."}}, {"stop": {"case": None}},
    {"name host": {"case": "mine", "environment": "staging", "host": "../../hosts"}},
    {"check": {"case": "mine"}}, {"check": None},
)  # fmt: skip


@pytest.mark.promise("E7.1")
def test_junk_on_its_socket_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with running_sandbox(Settings(home=tmp_path / "home")) as sandbox:
        said = [told(sandbox, json.dumps(junk).encode()) for junk in JUNK]
        said += [told(sandbox, line) for line in (b"", b"\xff\xfe", b"[" * 50_000, b'{"stop": ' + b"9" * 5_000 + b"}")]
        assert [answer for answer in said if "refused" not in answer] == []
        assert sandbox.deployer.current("mine", STAGING) is None
        assert "Traceback" not in sandbox.log


def told(sandbox: RunningSandbox, line: bytes) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(20)
        door.connect(str(sandbox.settings.run / SOCKET))
        door.sendall(line + b"\n")
        with door.makefile("rb") as lines:
            return dict(json.loads(lines.readline()))


def test_its_socket_is_its_owners_alone(tmp_path: Path) -> None:
    with running_sandbox(Settings(home=tmp_path / "home")) as sandbox:
        assert (sandbox.settings.run / SOCKET).stat().st_mode & 0o777 == 0o600
        assert sandbox.settings.run.stat().st_mode & 0o777 == 0o700


def test_without_a_fence_the_release_that_we_ship_is_served_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources").mkdir()
    with running_sandbox(Settings(home=tmp_path / "home"), SOURCES, PATH=str(tmp_path)) as sandbox:
        shipped = sandbox.deployer.build("mine", SAMPLE)
        sandbox.deployer.deploy("mine", PRODUCTION, shipped.digest, [])
        assert sandbox.health("mine", PRODUCTION)["version"] == shipped.digest[:12]
        sandbox.deployer.sources = tmp_path / "sources"
        other = sandbox.deployer.build("mine", variant(tmp_path / "sources", "other", titled("Other")))
        with pytest.raises(Refused, match=r"no fence: bubblewrap is missing.*Install bubblewrap.*still served"):
            sandbox.deployer.deploy("mine", PRODUCTION, other.digest, [])
        old = processes_of(shipped.digest)
        assert old
        sandbox.kill()
        eventually(lambda: True if not set(old) & set(processes_of(shipped.digest)) else None, "the old one's end")
        sandbox.start(PATH=str(tmp_path))
        assert sandbox.health("mine", PRODUCTION)["version"] == shipped.digest[:12]
