"""What agents from outside install, against the real API, the sandbox's socket and a real OpenBao."""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
import pytest

import countersign
from checkpoints import wiring
from checkpoints.actions import deciding, reading
from checkpoints.actions.credentials import entrusting, giving
from checkpoints.core.model import Press, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import Handed, Restrictions
from checkpoints.credentials.door import write
from checkpoints.credentials.handing import Window
from checkpoints.fence.wire import Door as Socket
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from countersign import reporting, speaking
from countersign.keeping import STATE, key_for
from countersign.now import finished
from countersign.speaking import TOKEN, URL
from tests.fakes.post_office import free_port
from tests.integration.from_outside.agents.serving import Door, Let, a_porter, running_door
from tests.stage.desks import NEEDED, Office
from tests.stage.runs import eventually
from tests.stage.servers.openbao import OpenBao
from to_tools.agent_api.__main__ import HOST
from to_tools.agent_api.hands import Vault
from to_tools.sandbox import Opening

README = Path(countersign.__file__).parents[1] / "README.md"
NAMESPACE = "team/desk"
KEY = "SG.canarycanary12345.canarycanarycanarycanary"


@pytest.fixture
def vaulted(office: Office, database: Settings, openbao: OpenBao) -> Iterator[Office]:
    """The same office, whose vault is OpenBao, and a porter."""
    desk = wiring.desk("desk", openbao.settings(database), need=NEEDED)
    with a_porter(desk):
        yield replace(office, desk=desk)
    desk.engine.dispose()


@pytest.fixture
def window(vaulted: Office) -> Iterator[Window]:
    with a_window(vaulted.desk) as opened:
        yield opened


@contextmanager
def a_window(desk: Desk) -> Iterator[Window]:
    """The sandbox's socket."""
    with tempfile.TemporaryDirectory() as folder, Socket(Path(folder) / "s", Opening(desk).verbs()) as socket:
        thread = threading.Thread(target=socket.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield Window(Path(folder) / "s")
        socket.shutdown()
        thread.join()


@pytest.fixture
def here(
    vaulted: Office, scout: Let, window: Window, openbao: OpenBao, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Door]:
    """The API, and this process's environment as that agent's own."""
    with running_door(vaulted.asker, tmp_path / "tried", window, Vault(openbao.url, "countersign")) as door:
        for name, value in ((URL, door.url), (TOKEN, scout.token), (STATE, str(tmp_path / "state"))):
            monkeypatch.setenv(name, value)
        yield door


def open_point(desk: Desk, label: str = "sample/1") -> Checkpoint:
    """That question, once it is open."""

    def found() -> Checkpoint | None:
        points = reading.waiting_in(desk, label.partition("/")[0])
        return next((point for point in points if point.label == label and point.state == "open"), None)

    return eventually(found, label)


def give(office: Office, label: str = "sample/1", held: Restrictions | None = None) -> None:
    point = open_point(office.desk, label)
    press = Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    giving.give(office.desk, office.ada, press, {"api_key": KEY}, held=held or Restrictions())


def events(desk: Desk) -> list[str]:
    return [line.event for line in reversed(reading.audit_page(desk, 200).lines)]


@pytest.fixture
def asked(here: Door) -> Iterator["Future[countersign.Credential]"]:
    """An agent that asks, and waits."""
    with ThreadPoolExecutor(1) as agent:
        yield agent.submit(
            countersign.request_credential_now, project_id="sample", service="SendGrid", expires_in_minutes=30
        )


def test_an_agent_asks_waits_and_reads_at_the_vault_itself(
    asked: "Future[countersign.Credential]", vaulted: Office, here: Door, openbao: OpenBao
) -> None:
    give(vaulted)
    credential = asked.result(20)
    assert credential.read_now() == {"api_key": KEY}
    assert credential.vault_link.startswith(f"{openbao.url}/v1/countersign/data/cases/sample/1/")
    assert KEY not in repr(credential)
    assert os.environ[TOKEN] not in repr(credential)
    # Each reading is a handing over of its own, with a line; the first one is what the approval was for.
    assert credential.read_now() == {"api_key": KEY}
    said = events(vaulted.desk)
    assert (said.count("credential opened"), said.count("permit begun"), said.count("permit done")) == (2, 1, 1)
    assert KEY not in here.tried.read_text()
    # Started anew, it finds what it asked, and asks nobody again.
    again = countersign.request_credential_now("sample", "SendGrid", expires_in_minutes=30)
    assert (again.request, again.read_now()) == ("sample/1", {"api_key": KEY})


def test_the_example_of_its_readme_runs(here: Door, vaulted: Office) -> None:
    example = README.read_text(encoding="utf-8").split("```python\n")[1].partition("```")[0]
    environment = {**os.environ, "PYTHONPATH": str(README.parent)}
    code = example.replace("read-later-digest", "sample")
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True) as agent:
        give(vaulted)
        assert agent.communicate(timeout=60)[0] == "sample/1 ['api_key']\n"
    assert agent.returncode == 0
    # Said in the background, which the end of the process waited for.
    assert "permit done" in events(vaulted.desk)


def test_all_fields_of_a_database_login_are_read_and_only_the_secret_ones_at_the_vault(
    here: Door, vaulted: Office, openbao: OpenBao
) -> None:
    plain = {"host": "db.example.com", "port": "5432", "database": "digest", "username": "digest"}
    with ThreadPoolExecutor(1) as agent:
        asked = agent.submit(countersign.request_credential_now, "sample", "PostgreSQL", "database_login")
        point = open_point(vaulted.desk)
        press = Press(point.id, point.revision, point.digest, Verdict.APPROVE)
        giving.give(vaulted.desk, vaulted.ada, press, plain | {"password": KEY})
        credential = asked.result(20)
    assert credential.read_now() == plain | {"password": KEY}
    path = credential.vault_link.removeprefix(f"{openbao.url}/v1/countersign/data/")
    assert openbao.lies(path) == {"password": KEY}
    assert KEY not in repr(credential)


def test_a_report_that_comes_to_nothing_is_a_warning_and_is_made_by_the_next_reading(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reporting, "TRIES_S", 0.3)
    failed: list[bool] = []
    # Nobody is there; and what nobody foresaw.
    for token in ("a-token", "a-token-✓"):
        desk = speaking.Desk(f"http://{HOST}:{free_port(HOST)}", token)
        reporting.report(desk, "sample/1", lambda: failed.append(True))
        finished(reporting.settled(desk))
    assert failed == [True, True]
    said = [record.getMessage() for record in caplog.records if record.name == "countersign"]
    assert [why.partition(" (")[2].partition(")")[0] for why in said] == ["ConnectError", "UnicodeEncodeError"]
    assert all(why.startswith("sample/1 was read") and "a-token" not in why for why in said)


def test_those_that_ask_the_same_at_once_ask_it_under_one_key(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def key(number: int) -> str:
        together.wait()
        return key_for("http://desk", "token", {"asked": number}, folder=tmp_path / "state").key

    with ThreadPoolExecutor(8) as agents:
        for number in range(100):
            (one,) = set(agents.map(key, [number] * 8))
            assert len(one) == 32
    assert len(list((tmp_path / "state").iterdir())) == 100


def test_it_survives_the_api_and_the_agent_being_started_anew(
    vaulted: Office, scout: Let, window: Window, openbao: OpenBao, tmp_path: Path
) -> None:
    port, state = free_port(HOST), tmp_path / "state"
    vault = Vault(openbao.tls_url, "countersign", openbao.ca.read_text())

    async def agent() -> countersign.Credential:
        return await countersign.request_credential(
            "sample", "SendGrid", uses=1, url=f"http://{HOST}:{port}", token=scout.token, state=state, wait_s=60
        )

    with ThreadPoolExecutor(2) as agents:
        # It is there before the API is, and after it was ended in the midst of its waiting; so is its second start.
        asked = [agents.submit(asyncio.run, agent()) for _ in range(2)]
        with running_door(vaulted.asker, tmp_path / "tried", window, vault, port):
            open_point(vaulted.desk)
        with running_door(vaulted.asker, tmp_path / "tried", window, vault, port):
            give(vaulted)
            first, second = (one.result(30) for one in asked)
            assert first.request == second.request == "sample/1"
            assert first.read_now() == {"api_key": KEY}
            # It was for one use.
            with pytest.raises(countersign.Ended, match="were made"):
                second.read_now()


def test_in_a_namespace_it_goes_by_the_vaults_door_and_is_read_there(
    office: Office, database: Settings, scout: Let, openbao: OpenBao, tmp_path: Path
) -> None:
    desk = wiring.desk("desk", openbao.settings(database, NAMESPACE), need=NEEDED)
    vault = Vault(openbao.url, "countersign", namespace=NAMESPACE)
    with (
        a_porter(desk),
        a_window(desk) as window,
        running_door(office.asker, tmp_path / "tried", window, vault) as door,
        ThreadPoolExecutor(1) as agent,
    ):
        ask = partial(countersign.request_credential_now, url=door.url, token=scout.token, state=tmp_path / "state")
        asked = agent.submit(ask, "sample", "SendGrid")
        point = open_point(desk)
        press = Press(point.id, point.revision, point.digest, Verdict.APPROVE)
        entrusting.give(desk, office.ada, press, {"api_key": KEY}, write)
        credential = asked.result(20)
        assert credential.read_now() == {"api_key": KEY}
        assert credential.vault_link.startswith(f"{openbao.url}/v1/{NAMESPACE}/countersign/data/cases/sample/1/")
        path = credential.vault_link.partition("/data/")[2]
        assert not openbao.exists(path)
        openbao.admin("DELETE", f"countersign/metadata/{path}", within=NAMESPACE)
        with pytest.raises(countersign.Ended, match="Nothing lies there in the vault any more"):
            credential.read_now()
    desk.engine.dispose()


@dataclass(frozen=True)
class Thief:
    """Reads along on the way to the agent, and opens it first."""

    window: Window
    vault: str

    def hand(self, case: str, ticket: UUID, came_from: str) -> Handed:
        handed = self.window.hand(case, ticket, came_from)
        opened = httpx.post(f"{self.vault}/v1/sys/wrapping/unwrap", headers={"x-vault-token": handed.token})
        assert opened.status_code == 200
        return handed

    def alarm(self, case: str, ticket: UUID, why: str) -> None:
        self.window.alarm(case, ticket, why)


def test_what_somebody_opened_first_is_an_alarm_and_nothing_opens_it_any_more(
    vaulted: Office, scout: Let, window: Window, openbao: OpenBao, tmp_path: Path
) -> None:
    thief, vault = Thief(window, openbao.url), Vault(openbao.url, "countersign")
    with running_door(vaulted.asker, tmp_path / "tried", thief, vault) as door, ThreadPoolExecutor(1) as agent:
        ask = partial(countersign.request_credential_now, url=door.url, token=scout.token, state=tmp_path / "state")
        asked = agent.submit(ask, "sample", "SendGrid")
        give(vaulted)
        with pytest.raises(countersign.Intercepted):
            asked.result(20).read_now()
        assert "credential may have been read by somebody else" in events(vaulted.desk)
        void = eventually(lambda: _void(vaulted.desk), "its end")
        assert (void.permit, void.because) == ("void", "its agent could not open what it was handed")
        with pytest.raises(countersign.Ended):
            asked.result().read_now()
        # Asked anew, it is another question.
        again = agent.submit(ask, "sample", "SendGrid", wait_s=1)
        with pytest.raises(countersign.Unavailable, match="is not decided yet"):
            again.result(20)
    cards = [card.point for card in reading.story(vaulted.desk, "sample").cards]
    assert [point.label for point in cards if point.kind == "api-credential"] == ["sample/1", "sample/3"]


def _void(desk: Desk) -> Checkpoint | None:
    point = reading.show(desk, "sample/1").point
    return point if point.state == "void" else None


def test_a_person_who_says_no_or_wants_something_else_is_heard(
    asked: "Future[countersign.Credential]", vaulted: Office
) -> None:
    point = open_point(vaulted.desk)
    press = Press(point.id, point.revision, point.digest, Verdict.CHANGES, {}, "Ask for less scope.")
    deciding.answer(vaulted.desk, vaulted.ada, press)
    with pytest.raises(countersign.ChangesWanted, match="Ask for less scope"):
        asked.result(20)
