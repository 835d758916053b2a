"""A run, in the engine's own fence, reaches for what a run must not have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkpoints.core.work.release import Environment
from checkpoints.fence.landlock import landlock_abi
from checkpoints.settings import Role
from tests.attacks.conftest import PROBE, ROOT, SECRET, Prey, starter
from tests.attacks.test_provisioners import outcomes
from tests.stage.sandbox import running_sandbox
from to_tools.up import parts

ROLES: tuple[Role, ...] = ("asker", "desk", "owner")
ENGINE = f"""
import sys
from pathlib import Path
from checkpoints.fence.engine import fence_engine
home = Path(sys.argv[1])
print(fence_engine(home, Path({str(ROOT)!r})).says)
exec(sys.argv[2])
"""


def in_the_engine(prey: Prey, code: str) -> str:
    """What `code` prints in a process that has fenced itself as the engine does, without the secret."""
    if landlock_abi() == 0:
        print("this kernel has no Landlock")
        pytest.skip("this kernel has no Landlock")
    done = subprocess.run(
        [sys.executable, "-c", ENGINE, str(prey.settings.home), code],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != SECRET},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def probing(*arguments: str) -> str:
    argv = ["probe.py", *arguments]
    return f"import runpy; sys.argv = {argv!r}; runpy.run_path({str(PROBE)!r}, run_name='__main__')"


@pytest.mark.promise("C6.2")
def test_a_run_reads_no_key_but_the_askers_and_no_persons_token(prey: Prey) -> None:
    asker = str(prey.settings.passfile("asker"))
    tokens = [target for target in prey.targets["read"] if "/cases/" not in target]
    output = in_the_engine(prey, probing("read", *tokens))
    assert outcomes(output, "REACHED") == {f"read {asker}"}
    assert outcomes(output, "HELD") == {f"read {token}" for token in tokens if token != asker}


@pytest.mark.promise("C6.2")
@pytest.mark.parametrize(("kind", "target"), [("proc", SECRET), ("signal", str(os.getpid()))], ids=["proc", "signal"])
def test_a_run_reaches_no_other_process(prey: Prey, kind: str, target: str) -> None:
    output = in_the_engine(prey, probing(kind, target))
    assert outcomes(output, "REACHED") == set()
    assert outcomes(output, "HELD") == {f"{kind} {target}"}


@pytest.mark.promise("C6.2")
def test_a_run_writes_nothing_beside_the_cases(prey: Prey) -> None:
    home = prey.settings.home
    server = prey.settings.prefect_server_home
    server.mkdir()
    places = [home, home / "keys", home / "run", server, ROOT]
    output = in_the_engine(prey, probing("write", *map(str, places)))
    assert outcomes(output, "REACHED") == set()
    assert outcomes(output, "HELD") == {f"write {place}" for place in places}


def test_what_prefects_server_reads_as_code_lies_where_no_run_can_write(prey: Prey) -> None:
    home = Path(parts.prefect_server(prey.settings).environment["PREFECT_HOME"])
    assert home == prey.settings.prefect_server_home
    assert home not in (prey.settings.prefect_home, *prey.settings.prefect_home.parents)
    assert prey.settings.prefect_home not in home.parents


@pytest.mark.promise("C6.2")
def test_a_run_can_t_listen_for_the_cookie_that_a_browser_sends_to_every_port(prey: Prey) -> None:
    code = """
import socket
try:
    socket.create_server(("127.0.0.1", 0)).close()
    print("REACHED a port")
except PermissionError:
    print("HELD a port")
"""
    output = in_the_engine(prey, code)
    assert outcomes(output, "REACHED") == set()
    assert outcomes(output, "HELD") == {"a port"}


def test_a_run_signs_in_as_the_asker_and_as_nobody_else(prey: Prey) -> None:
    urls = {role: plain(prey.settings.url_for(role)) for role in ROLES}
    code = f"""
import psycopg
for role, url in {urls!r}.items():
    try:
        psycopg.connect(url).close()
        print("REACHED", role)
    except psycopg.OperationalError as error:
        print("HELD", role)
"""
    output = in_the_engine(prey, code)
    assert outcomes(output, "REACHED") == {"asker"}
    assert outcomes(output, "HELD") == {"desk", "owner"}


def test_a_run_imports_our_code_also_where_the_home_lies_beside_it(tmp_path: Path) -> None:
    source = tmp_path / "clone"
    (source / "flows").mkdir(parents=True)
    (source / "flows" / "__init__.py").write_text("print('imported')\n")
    home = source / ".countersign"
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "desk.pgpass").write_text("a password\n")
    code = f"""
import sys
from pathlib import Path
from checkpoints.fence.engine import fence_engine
home = Path({str(home)!r})
fence_engine(home, home.parent)
sys.path = [str(home.parent), *sys.path[1:]]
import flows
try:
    print("REACHED", (home / "keys" / "desk.pgpass").read_text())
except PermissionError:
    print("HELD the key")
"""
    if landlock_abi() == 0:
        print("this kernel has no Landlock")
        pytest.skip("this kernel has no Landlock")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "imported" in done.stdout
    assert outcomes(done.stdout, "REACHED") == set()
    assert outcomes(done.stdout, "HELD") == {"the key"}


def test_a_run_imports_prefect_and_has_terraform_run_by_the_starter(prey: Prey) -> None:
    code = """
import os
os.environ["PREFECT_HOME"] = str(home / "prefect")
import prefect.flow_engine
from checkpoints.fence import Fence
from checkpoints.terraform.runner import Runner
runner = Runner(Fence(home))
planned = runner.plan("mine", "sandbox", {"project": "mine"})
print(planned.fence)
print(runner.apply("mine", planned.binding).added)
"""
    with starter(prey.settings):
        output = in_the_engine(prey, code)
    assert "bubblewrap" in output
    assert output.splitlines()[-1] == "12"


def test_a_run_has_a_release_built_tried_out_deployed_and_loaded(prey: Prey) -> None:
    with starter(prey.settings), running_sandbox(prey.settings) as sandbox:
        code = f"""
from checkpoints.cloud.sandbox.deployer import Sandbox
from checkpoints.core.work.release import Environment
from checkpoints.fence import Fence
sandbox = Sandbox(Fence(home, Path({str(prey.settings.run)!r})), Path({str(ROOT)!r}), {sandbox.settings.sandbox_url!r})
release = sandbox.build("mine", "samples/read-later-digest")
print(sandbox.test("mine", release.digest).says)
print(sandbox.scan("mine", release.digest).says)
print(sandbox.deploy("mine", Environment.STAGING, release.digest, []).digest == release.digest)
for name, _ in (*release.migrations, *release.imports):
    print(sandbox.migrate("mine", Environment.STAGING, release.digest, name).says)
print(sandbox.load("mine", Environment.STAGING, 2, 2).good)
"""
        output = in_the_engine(prey, code)
        articles = sandbox.health("mine", Environment.STAGING)["articles"]
    assert output.splitlines()[1:] == [
        "31 of 31 tests passed",
        "0 high, 0 medium, 0 low, 0 secrets",
        "True",
        "migrations/001_articles.sql ran in one transaction: 0 → 1 tables, +0 rows",
        "migrations/002_summaries.sql ran in one transaction: 1 → 1 tables, +0 rows",
        "imports/001_saved_articles.sql ran in one transaction: 1 → 1 tables, +6 rows",
        "True",
    ]
    assert articles == 6


def plain(url: str) -> str:
    """The address as libpq reads it."""
    return url.replace("postgresql+psycopg:", "postgresql:")
