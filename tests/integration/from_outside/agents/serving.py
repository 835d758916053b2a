"""The agents' API that really listens, with the asker's login, and an agent that calls it by httpx."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from checkpoints.actions import receiving
from checkpoints.actions.from_outside.agents import licensing
from checkpoints.core.errors import Refused
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.work.services.handing import Handed
from checkpoints.store.desk import Desk
from tests.fakes.post_office import free_port
from tests.stage.desks import Authenticator, Office
from tests.stage.wires.plain import NOBODY
from to_tools.agent_api.__main__ import HOST, Server
from to_tools.agent_api.hands import Hands, Vault, Window

DEADLINE_S = 20.0
AGENT = "scout"
BODY: dict[str, Json] = {
    "project_id": "sample",
    "credential_type": "api_key",
    "service": "SendGrid",
    "expires_in_minutes": 30,
    "why": "I send the weekly digest.",
}


@dataclass
class NoVault:
    """A desk whose vault is the embedded file: nothing is handed to anybody. What was said to it is kept."""

    alarms: list[tuple[str, UUID, str]] = field(default_factory=list)

    def hand(self, case: str, ticket: UUID, came_from: str) -> Handed:
        raise Refused("This desk's vault is a file on its own machine. Nothing was opened.")

    def alarm(self, case: str, ticket: UUID, why: str) -> None:
        self.alarms.append((case, ticket, why))


@dataclass(frozen=True)
class Door:
    """The API of one desk, and the file in which it writes down what was tried."""

    url: str
    tried: Path

    def agent(self, token: str) -> httpx.Client:
        """An agent's own calls. Close it."""
        signed = {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=signed, verify=NOBODY, trust_env=False, timeout=DEADLINE_S)


@dataclass(frozen=True)
class Let:
    """An agent that may ask in `sample`: its token, whom it works for and that person's authenticator."""

    token: str
    owner: Person
    app: Authenticator


@contextmanager
def running_door(asker: Desk, tried: Path, window: Window, vault: Vault, port: int = 0) -> Iterator[Door]:
    """The API, until the block ends."""
    port = port or free_port(HOST)
    server = Server(asker, Hands(window, vault), tried, port)
    thread = threading.Thread(target=server.run, name="agents")
    thread.start()
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not server.started:
            assert thread.is_alive(), "the API ended at its start"
            assert time.monotonic() < deadline, "the API did not start"
            time.sleep(0.01)
        yield Door(f"http://{HOST}:{port}", tried)
    finally:
        server.should_exit = True
        thread.join(DEADLINE_S)
        assert not thread.is_alive(), "the API did not stop"


def let(office: Office, name: str = AGENT, owner: Person | None = None) -> Let:
    """A manager lets it ask, after their second factor."""
    by = owner or office.person(f"Whom {name} works for", Role.MANAGER)
    app = office.enrol(by)
    return Let(licensing.license(office.desk, by, name, ["sample"]).token, by, app)


def ask(agent: httpx.Client, key: str = "key-0001", **changed: Json) -> httpx.Response:
    """One call to ask, under this key."""
    headers: Mapping[str, str] = {"idempotency-key": key}
    return agent.post("/v1/credential-requests", json=BODY | changed, headers=headers)


@contextmanager
def a_porter(desk: Desk) -> Iterator[None]:
    """Receives what is asked and handed in, until the block ends."""
    stop = threading.Event()

    def rounds() -> None:
        while not stop.wait(0.02):
            while receiving.receive_next(desk):
                pass

    thread = threading.Thread(target=rounds, name="porter")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(DEADLINE_S)


def told(answer: httpx.Response) -> dict[str, str]:
    """What a refusal says, all of it."""
    said = answer.json()
    if not isinstance(said, dict) or set(said) != {"error", "kept", "next"}:
        pytest.fail(f"no refusal of ours: {said}")
    return {name: str(words) for name, words in said.items()}
