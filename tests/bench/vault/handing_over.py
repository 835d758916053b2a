"""A credential's way from an agent's question to its reading, on a desk with OpenBao beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

import countersign
from checkpoints.actions import reading
from checkpoints.actions.credentials import entrusting
from checkpoints.actions.from_outside.agents import licensing
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Person, Press, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.credentials import door
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from checkpoints.store.work import hearing
from tests.acceptance.conftest import WholeDesk
from tests.bench.figures import Figure, spread
from tests.bench.vault.floor import Floor
from tests.bench.whole_desk import whole_desk
from tests.stage.runs import eventually
from to_tools.up.ports import free_port

TURNS = 60
PROJECT = "read-later-digest"
KEY = "SG.benchbenchbench12345.benchbenchbenchbenchbenchbench"
VALUES = {"api_key": KEY}
PATIENCE, BETWEEN_LOOKS = 30.0, 0.02


@dataclass
class Took:
    """Seconds of each turn."""

    ours: list[float] = field(default_factory=list)
    woken: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)


def handing_over(home: Path) -> Iterator[Figure]:
    """credential_request_to_read_ms, vault_floor_ms and agent_wake_ms, turn by turn on one desk."""
    took = Took()
    with whole_desk(home) as desk, vault_beside(desk) as settings:
        desk.up()
        desk.enrol()
        with desk.at() as (store, person), ThreadPoolExecutor(1) as agents:
            token = licensing.license(store, person, "scout", [PROJECT]).token
            floor, listener = Floor.of(settings), listening(store)
            for number in range(TURNS + 1):
                turn(Turn(store, person, settings, token, number, listener), agents, took if number else Took())
                begin = time.perf_counter()
                floor.go(VALUES)
                if number:
                    took.floor.append(time.perf_counter() - begin)
            floor.vault.close()
            listener.close()
    yield spread("credential_request_to_read_ms", took.ours)
    yield spread("vault_floor_ms", took.floor)
    yield spread("agent_wake_ms", took.woken)


def listening(store: Desk) -> psycopg.Connection:
    """To whatever moves at this desk. Close it."""
    address = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    listener = psycopg.connect(address, autocommit=True)
    listener.execute("listen desk")
    return listener


@contextmanager
def vault_beside(desk: WholeDesk) -> Iterator[Settings]:
    """As `make up VAULT=1 AGENTS=1` starts it; ended with the block."""
    home = desk.settings.home
    with desk.settings.file.open("a") as file:
        file.write(f"agents_port = {free_port()}\n")
    environment = os.environ | {"COUNTERSIGN_HOME": str(home)}
    subprocess.run(
        [sys.executable, "-m", "tests.stage.servers.vault_here"], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    try:
        # With what the vault was remembered by.
        desk.settings = Settings(home=home)
        yield desk.settings
    finally:
        os.kill(int((home / "vault-here" / "pid").read_text()), signal.SIGTERM)


@dataclass(frozen=True)
class Turn:
    """One credential, asked for under a key of its own."""

    store: Desk
    person: Person
    settings: Settings
    token: str
    number: int
    listener: psycopg.Connection

    def agent(self, told: list[float]) -> dict[str, str]:
        """As an agent does it: asks, waits, reads. `told`: when it heard that it was given."""
        url = f"http://127.0.0.1:{self.settings.agents_port}"
        ask = partial(countersign.request_credential_now, PROJECT, "SendGrid", url=url, token=self.token)
        credential = ask(key=f"bench-turn-{self.number}", uses=1)
        told.append(time.perf_counter())
        return credential.read_now()

    def asked(self) -> Checkpoint:
        """Its question, once it is open. Looked for when the database says that something moved: to look all the time
        would take the cores that it waits for."""
        while hearing.word_within(self.listener, PATIENCE):
            for point in reading.waiting_in(self.store, PROJECT):
                if (point.kind, point.state) == ("api-credential", "open"):
                    return point
        raise AssertionError(f"question {self.number} did not come")

    def said(self, point: Checkpoint) -> bool | None:
        """Once the desk knows that it was read."""
        return reading.show(self.store, point.label).point.permit is Permit.DONE or None

    def give(self, point: Checkpoint) -> None:
        """From the person's side, by the door."""
        press = Press(point.id, point.revision, point.digest, Verdict.APPROVE)
        entrusting.give(self.store, self.person, press, VALUES, door.write)


def turn(one: Turn, agents: ThreadPoolExecutor, took: Took) -> None:
    """Without the time in which a person would think: from the asking until it is open, from the press until read."""
    told: list[float] = []
    begin = time.perf_counter()
    reads = agents.submit(one.agent, told)
    point = one.asked()
    opened = time.perf_counter()
    one.give(point)
    given = time.perf_counter()
    assert reads.result(60) == VALUES
    took.ours.append(time.perf_counter() - begin)
    took.woken.append(told[0] - given)
    # What is said to the desk after the reading is not to be in the floor's way.
    eventually(lambda: one.said(point), f"the report of {one.number}", PATIENCE, BETWEEN_LOOKS)
    print(
        f"    {one.number}: {took.ours[-1]:.3f} s, open after {opened - begin:.3f}, told {took.woken[-1]:.3f}",
        flush=True,
    )
