"""A desk with everything that makes runs go on: Prefect's server, an executor in a process of its own, the porter."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import httpx

from checkpoints.actions import deciding, opening, reading
from checkpoints.core.model import Json, Person, Verdict
from checkpoints.core.view import Case, Checkpoint
from flows.deployments import SOURCE, register
from tests.asking_flow import DELAY, EFFECTS, ENTRYPOINT, SORT
from tests.desks import Office
from tests.prefect_server import PrefectServer
from to_tools import porter

PATIENCE = 60.0
T = TypeVar("T")


@dataclass(frozen=True)
class Workshop:
    """Runs go on by themselves here. `start_executor` gives a process that a test may kill."""

    office: Office
    prefect: PrefectServer
    executors: list[subprocess.Popen[bytes]]

    def start_executor(self, seconds_before_suspending: float = 0) -> subprocess.Popen[bytes]:
        """Executes due runs from now on."""
        environment = self.prefect.client_environment(self.office.settings) | {
            DELAY: str(seconds_before_suspending),
            "COUNTERSIGN_DATABASE_URL": self.office.settings.database_url,
            "PYTHONPATH": os.pathsep.join((str(SOURCE), str(SOURCE / "to-tools"))),
        }
        log = (self.office.settings.home / "executor.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.executor"], env=environment, stdout=log, stderr=log, cwd=SOURCE
        )
        log.close()
        self.executors.append(process)
        return process

    def case(self, slug: str, cost: str) -> Case:
        """A case that asks one question, what `cost` dollars a month."""
        new = opening.NewCase(slug, SORT, slug.title(), "Client Inc.", Decimal(500), {"cost": cost})
        return opening.open_case(self.office.desk, self.office.ada, new)

    def question(self, case: Case) -> Checkpoint:
        """The case's question, once it is open (or decided by the rule)."""

        def there() -> Checkpoint | None:
            points = [shown.point for shown in reading.story(self.office.desk, case.slug).cards]
            return next((point for point in points if point.state != "asked"), None)

        return eventually(there, f"the question of {case.slug}")

    def answer(self, point: Checkpoint, verdict: Verdict, person: Person | None = None, note: str = "so") -> Checkpoint:
        """Answered at this revision."""
        press = deciding.Press(point.id, point.revision, point.digest, verdict, note=note)
        return deciding.answer(self.office.desk, person or self.office.ada, press)

    def ended(self, case: Case) -> Case:
        """The case, once it has ended."""

        def over() -> Case | None:
            now = reading.story(self.office.desk, case.slug).case
            return now if now.state != "running" else None

        return eventually(over, f"the end of {case.slug}")

    def flow_run(self, case: Case) -> dict[str, Json]:
        """Prefect's view of the case's run."""
        prefect_id = reading.story(self.office.desk, case.slug).case.prefect_id
        return dict(httpx.get(f"{self.office.desk.prefect_api_url}/flow_runs/{prefect_id}").raise_for_status().json())

    def asleep(self, case: Case) -> dict[str, Json]:
        """Prefect's view of the case's run, once it sleeps."""

        def suspended() -> dict[str, Json] | None:
            run = self.flow_run(case) if reading.story(self.office.desk, case.slug).case.prefect_id else None
            return run if run and run["state_name"] == "Suspended" else None

        return eventually(suspended, f"the sleep of {case.slug}")

    def effects(self) -> list[str]:
        """The slugs of the cases whose effect happened, once for each time that it did."""
        file = self.office.settings.home / EFFECTS
        return file.read_text().split() if file.exists() else []


@contextmanager
def open_workshop(office: Office, prefect: PrefectServer) -> Iterator[Workshop]:
    """Registered with Prefect, the porter at work; the executor is for the test to start."""
    register(office.settings, {SORT: ENTRYPOINT})
    stop = threading.Event()
    address = office.settings.url_for("desk").replace("postgresql+psycopg", "postgresql", 1)
    carrying = threading.Thread(target=porter.keep_working, args=(office.desk, address, stop))
    carrying.start()
    executors: list[subprocess.Popen[bytes]] = []
    try:
        yield Workshop(office, prefect, executors)
    finally:
        stop.set()
        for process in executors:
            process.send_signal(signal.SIGKILL)
            process.wait()
        carrying.join()


def eventually(found: Callable[[], T | None], what: str, seconds: float = PATIENCE) -> T:
    """What `found` gives once it gives something. Raises AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (value := found()) is not None:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {seconds:g} s")
