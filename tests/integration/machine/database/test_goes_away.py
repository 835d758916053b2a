"""PostgreSQL is restarted, cuts everybody off and refuses to serialize, while five hundred are decided."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from psycopg import sql
from sqlalchemy import text

from checkpoints.actions import deciding
from checkpoints.core.errors import IllegalMove, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from tests.integration.machine.database import troubles
from tests.plugins import invariants
from tests.stage.cluster import SessionCluster, running_cluster
from tests.stage.desks import Office, open_office, spend
from to_tools.up import postmaster

DECISIONS = 500
CASES = 5
HANDS = 8
RESTARTS = (signal.SIGQUIT, signal.SIGINT)
"""PostgreSQL's immediate shutdown, as a crash, and its fast one."""
DURABLE = ("fsync=off",)
"""An acknowledged commit must survive the end of the server's processes; no machine is unplugged here."""
BETWEEN_CUTS = 0.4
SERIALIZATION, CUT_OFF = "40001", "57P01"
LONGEST = 120.0


@dataclass
class Own:
    """A cluster of this test's own, an office in it, and the servers that were started since."""

    cluster: SessionCluster
    office: Office
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def restart(self, word: signal.Signals) -> None:
        """Ended with this signal and started again at once."""
        cluster = self.cluster.cluster
        server = postmaster.running(cluster.data)
        assert server is not None
        server.send_signal(word)
        server.wait(30)
        cluster.prepare()
        self.servers.append(cluster.start(self.cluster.settings.home / "postgres.log", *DURABLE))
        cluster.wait()

    def cut_off(self) -> None:
        """Every connection to the office's database is ended."""
        with self.cluster.superuser() as superuser:
            troubles.cut_off(superuser, self.office.settings)

    def be_strict(self) -> None:
        """From now on the database tells apart two that decide at once, by serialization errors."""
        change = sql.SQL("alter role {} set default_transaction_isolation = 'repeatable read'")
        with self.cluster.superuser() as superuser:
            superuser.execute(change.format(troubles.DESK))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    with running_cluster(DURABLE) as cluster:
        own = Own(cluster, open_office(cluster.provide(tmp_path / "home")))
        yield own
        own.office.desk.engine.dispose()
        own.office.asker.engine.dispose()
    for server in own.servers:
        server.wait(30)


class Hands:
    """People's presses, each repeated for as long as the desk says "try again"."""

    def __init__(self, office: Office, points: list[Checkpoint]) -> None:
        self.office = office
        self.left = list(points)
        self.recorded: list[Checkpoint] = []
        self.said: list[str] = []
        self.surprises: list[Exception] = []
        self.threads = [threading.Thread(target=self._press_all) for _ in range(HANDS)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    @property
    def busy(self) -> bool:
        return any(thread.is_alive() for thread in self.threads)

    def _press_all(self) -> None:
        try:
            while self.left:
                self._press(self.left.pop())
        except (IndexError, AssertionError) as over:
            if isinstance(over, AssertionError):
                self.surprises.append(over)

    def _press(self, point: Checkpoint) -> None:
        press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
        end, unsure = time.monotonic() + LONGEST, False
        while True:
            assert time.monotonic() < end, f"{point.label} could not be decided"
            try:
                self.recorded.append(deciding.answer(self.office.desk, self.office.ada, press))
                return
            except Unavailable as again:
                self.said.append(str(again))
                unsure = unsure or "nobody can say" in str(again)
                time.sleep(random.uniform(0.01, 0.1))
            except IllegalMove:
                # Only one who was told that nobody can say may find it decided: by themselves.
                assert unsure, f"{point.label} was decided though it was said that nothing was recorded"
                self.recorded.append(point)
                return


@pytest.mark.promise("G4.1")
def test_five_hundred_decide_while_it_is_cut_off_and_restarted(own: Own) -> None:
    office = own.office
    # Of one case no more than two hundred may wait.
    runs = [office.case(f"sample-{number}") for number in range(CASES)]
    points = [office.ask(runs[number % CASES], spend(), f"question {number}") for number in range(DECISIONS)]
    own.be_strict()
    office.desk.engine.dispose()
    hands = Hands(office, points)
    hands.start()
    restarts = list(RESTARTS)
    while hands.busy:
        if restarts and len(hands.recorded) > DECISIONS * (len(RESTARTS) - len(restarts) + 1) // 4:
            own.restart(restarts.pop(0))
        else:
            own.cut_off()
        time.sleep(BETWEEN_CUTS)
    assert (hands.surprises, restarts) == ([], [])
    for code in (SERIALIZATION, CUT_OFF):
        assert any(code in words for words in hands.said), f"{code} never came"
    assert len(hands.recorded) == DECISIONS
    office.desk.engine.dispose()
    with office.desk.transaction() as tx:
        counted = tx.execute(text("select count(*), count(distinct checkpoint_id) from desk.answer")).one()
        approved = tx.execute(text("select count(*) from desk.checkpoint where state = :yes"), {"yes": State.APPROVED})
        assert (tuple(counted), approved.scalar_one()) == ((DECISIONS, DECISIONS), DECISIONS)
    invariants.check(office.settings)
