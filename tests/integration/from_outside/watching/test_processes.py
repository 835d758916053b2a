"""The desk's processes as on a person's machine: each says that it is alive, and logs in the form that was told."""

import json
import os
from collections.abc import Iterator

import httpx
import pytest

from checkpoints.actions.from_outside.watching import readiness
from checkpoints.seeing.logs import PROCESS
from checkpoints.settings import Settings
from flows.deployments import register
from tests.integration.from_outside.watching.processes import running
from tests.stage.desks import Office, open_office, spend
from tests.stage.runs import eventually
from tests.stage.wires.plain import NOBODY
from to_tools.up import parts

ITS_OWN_WORDS = ("Worker 'engine-", "Received SIG")
"""What Prefect's command prints beside its log."""
PARTS = ("porter", "page", "sandbox", "engine")


@pytest.fixture
def office_with_prefect(desk_with_prefect: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.delenv(PROCESS, raising=False)
    opened = open_office(desk_with_prefect)
    yield opened
    opened.desk.engine.dispose()
    opened.asker.engine.dispose()


def test_page_porter_and_engine_make_a_desk_ready_and_log_one_object_a_line(office_with_prefect: Office) -> None:
    office = office_with_prefect
    register(office.settings)
    with running(office.settings, parts.porter, parts.sandbox, parts.page, parts.engine, log_format="json") as told:
        office.ask(office.case(), spend())

        def ready() -> bool | None:
            return httpx.get(f"{told.page_url}/readyz", verify=NOBODY).status_code == 200 or None

        eventually(ready, str(readiness(office.desk, told.unseen_seconds)))
        eventually(lambda: "Worker" in (told.logs / "engine.log").read_text() or None, "the worker's first words")
    for name in PARTS:
        for line in (told.logs / f"{name}.log").read_text().splitlines():
            if name == "engine" and line.startswith(ITS_OWN_WORDS):
                continue
            said = json.loads(line)
            assert said["process"] == name, line
            assert {"time", "level", "logger", "message"} <= set(said)
    assert "at work" in (told.logs / "porter.log").read_text()


def test_the_engine_is_silent_once_it_is_dead(office_with_prefect: Office) -> None:
    office = office_with_prefect
    with running(office.settings, parts.page, parts.engine) as told:
        eventually(lambda: readiness(office.desk, 20)["engine"].ok or None, "the engine's pulse")
        with office.desk.transaction() as tx:
            pulse = tx.exec_driver_sql("select pid from desk.process where name = 'engine'").scalar_one()
    eventually(lambda: None if os.path.exists(f"/proc/{pulse}") else True, "the end of the pulse")
    assert "the engine: " in (told.logs / "engine.log").read_text()
