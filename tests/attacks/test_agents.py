"""Who serves agents from outside, in its own fence, reaches for what decides; each try is a line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.actions.from_outside import overhearing
from checkpoints.fence.heard import reaching
from checkpoints.fence.landlock import landlock_abi
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from tests.attacks.conftest import ROOT, SECRET, Prey
from tests.attacks.test_engine import probing
from tests.attacks.test_provisioners import outcomes
from tests.fakes.post_office import free_port
from tests.integration.from_outside.agents.serving import Door, ask, let
from tests.stage.desks import Office
from tests.stage.runs import eventually

DECIDING = ("checkpoints.actions.deciding", "checkpoints.store.decisions", "to_tools.identity")
SERVED = f"""
import sys
from pathlib import Path
import to_tools.agent_api.__main__
from checkpoints.credentials.handing import Window
from checkpoints.fence.engine import fence_agents
print(fence_agents(Path(sys.argv[1]), Path({str(ROOT)!r})).says)
print("loaded:", [name for name in {DECIDING!r} if name in sys.modules])
exec(sys.argv[2])
"""


def in_the_api(prey: Prey, code: str) -> str:
    """What `code` prints in a process with the API in it, once that has fenced itself."""
    if landlock_abi() == 0:
        pytest.skip("this kernel has no Landlock")
    done = subprocess.run(
        [sys.executable, "-c", SERVED, str(prey.settings.home), code],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != SECRET}
        | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'to-tools'}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def heard(desk: Desk, home: Path) -> list[str]:
    """What the porter writes into the audit of it, the oldest first, without the reason."""
    overhearing.overhear(desk, "agents", overhearing.of_agents(reaching.agents_file(home)))
    tries = [json.loads(line.body) for line in reading.audit_page(desk, 100).lines if line.event == "try refused"]
    assert {(one["by"], one["tried"]) for one in tries} == {("an agent from outside", "get past the agents' door")}
    return [str(one["why"]).partition(": ")[0] for one in reversed(tries)]


@pytest.mark.promise("C6.5")
def test_from_inside_the_api_nothing_that_decides_is_reached_and_each_try_is_a_line(prey: Prey, office: Office) -> None:
    home, asker = prey.settings.home, str(prey.settings.passfile("asker"))
    read = [target for target in prey.targets["read"] if target != asker]
    attacks = [probing("read", *read), probing("list", str(home / "keys")), probing("listen", "")]
    write = [home, home / "cases", home / "prefect", ROOT / "checkpoints"]
    (home / "prefect").mkdir(exist_ok=True)
    attacks.append(probing("write", *map(str, write)))
    output = in_the_api(prey, "\n".join([*attacks, f"import {', '.join(DECIDING)}"]))
    assert "loaded: []" in output
    assert outcomes(output, "REACHED") == set()
    assert heard(office.desk, home) == [
        *(f"read {target}" for target in read),
        f"list {home}/keys",
        "listen at a port",
        *(f"write {place}/left-by-probe" for place in write),
        *(f"import {name}" for name in DECIDING),
    ]


def test_behind_that_fence_the_real_process_serves_agents(database: Settings, office: Office) -> None:
    office.case()
    scout, port = let(office), free_port("127.0.0.1")
    environment = os.environ | {
        "COUNTERSIGN_HOME": str(database.home),
        "COUNTERSIGN_DATABASE_URL": database.database_url,
        "COUNTERSIGN_AGENTS_PORT": str(port),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'to-tools'}",
    }
    command = [sys.executable, "-m", "to_tools.agent_api"]
    with subprocess.Popen(command, cwd="/", env=environment) as process:
        try:
            with Door(f"http://127.0.0.1:{port}", database.home / "logs").agent(scout.token) as agent:
                asked = eventually(lambda: _asked(agent), "the API's answer")
                assert (asked.status_code, asked.json()["request"]) == (202, "sample/1")
                office.receive()
                waited = agent.get("/v1/requests/sample/1?wait=1")
                assert waited.json()["state"] == "open"
        finally:
            process.terminate()
            process.wait(20)


def _asked(agent: httpx.Client) -> httpx.Response | None:
    try:
        return ask(agent)
    except httpx.ConnectError:
        return None
