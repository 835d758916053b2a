"""A desk with everything that makes runs go on: Prefect's server, an executor in a process of its own, the porter."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import httpx

from checkpoints.actions import deciding, reading
from checkpoints.actions.courses import opening
from checkpoints.core.model import Json, Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import NewCase
from checkpoints.store import runs
from checkpoints.store.work import leases
from flows.delivery import brief
from flows.deployments import FLOWS, SOURCE, register
from tests.stage import asking_flow, side_by_side_flow
from tests.stage.asking_flow import BEFORE_SUSPENDING, BEFORE_WAITING, ENTRYPOINT, SORT
from tests.stage.desks import Office
from tests.stage.servers.prefect_server import PrefectServer
from tests.stage.warm import Forked
from tests.stage.wires.plain import NOBODY
from to_tools import porter

PATIENCE = float(os.environ.get("COUNTERSIGN_TEST_PATIENCE", "60"))
SELDOM = 0.5
"""Seconds between two looks at what doesn't come at once."""
T = TypeVar("T")


@dataclass(frozen=True)
class Workshop:
    """Runs go on by themselves here. `start_executor` gives a process that a test may kill."""

    office: Office
    prefect: PrefectServer
    executors: list[Forked] = field(default_factory=list)
    delays: dict[int, tuple[float, float]] = field(default_factory=dict)
    porters: list[tuple[threading.Thread, threading.Event]] = field(default_factory=list)

    def start_executor(self, seconds_before_suspending: float = 0, seconds_before_waiting: float = 0) -> Forked:
        """Executes due runs from now on, instead of the one before unless that does the same."""
        delays = (seconds_before_suspending, seconds_before_waiting)
        alive = [process for process in self.executors if process.poll() is None]
        if alive and not any(delays) and delays == self.delays[alive[0].pid]:
            return alive[0]
        self.kill_executors()
        return self.start_another(delays)

    def start_another(self, delays: tuple[float, float] = (0, 0)) -> Forked:
        """One more that executes due runs, beside those that do already."""
        environment = self.environment() | {BEFORE_SUSPENDING: str(delays[0]), BEFORE_WAITING: str(delays[1])}
        with (self.office.settings.home / "executor.log").open("ab") as log, open(os.devnull, "rb") as nothing:
            process = self.prefect.warm_executor.fork((), environment, SOURCE, (nothing, log, log))
        self.executors.append(process)
        self.delays[process.pid] = delays
        return process

    def environment(self) -> dict[str, str]:
        """Of a process of this desk."""
        return self.prefect.client_environment(self.office.settings) | {
            "COUNTERSIGN_DATABASE_URL": self.office.settings.database_url,
            "COUNTERSIGN_PREFECT_PORT": str(self.office.settings.prefect_port),
            "COUNTERSIGN_SANDBOX_PORT": str(self.office.settings.sandbox_port),
            "PYTHONPATH": os.pathsep.join((str(SOURCE), str(SOURCE / "to-tools"))),
        }

    def start_porter(self) -> None:
        """Receives, carries and keeps the clock from now on."""
        stop = threading.Event()
        address = self.office.settings.address_for("desk")
        thread = threading.Thread(target=porter.keep_working, args=(self.office.desk, address, stop))
        thread.start()
        self.porters.append((thread, stop))

    def stop_porter(self) -> None:
        """Returns when nothing is carried any more."""
        for thread, stop in self.porters:
            stop.set()
            thread.join()
        self.porters.clear()

    def kill_executors(self) -> None:
        """SIGKILL, in whatever they are."""
        for process in self.executors:
            process.kill()
            process.wait()

    def case(self, slug: str, cost: str, troubles: tuple[str, ...] = ()) -> Case:
        """A case that asks one question, what `cost` dollars a month; its effect meets these troubles, one a try."""
        document: dict[str, Json] = {"cost": cost, "troubles": list(troubles)}
        new = NewCase(slug, SORT, slug.title(), "Client Inc.", Decimal(500), document)
        return opening.open_case(self.office.desk, self.office.mira, new)

    def deliver(self, document: bytes) -> Case:
        """A delivery, from a brief."""
        return opening.open_case(self.office.desk, self.office.mira, brief.read(document))

    def question(self, case: Case, number: int = 1, revision: int = 1) -> Checkpoint:
        """A checkpoint of the case, once it is open (or decided by the rule) at this revision."""

        def there() -> Checkpoint | None:
            points = [shown.point for shown in reading.story(self.office.desk, case.slug).cards]
            found = next((point for point in points if point.number == number), None)
            return found if found and found.state != "asked" and found.revision >= revision else None

        return eventually(there, f"{case.slug}/{number}")

    def answer(
        self, point: Checkpoint, verdict: Verdict, note: str = "so", fields: Mapping[str, str] | None = None
    ) -> Checkpoint:
        """Ada's answer to this revision."""
        press = deciding.Press(point.id, point.revision, point.digest, verdict, fields or {}, note)
        return deciding.answer(self.office.desk, self.office.ada, press)

    def ended(self, case: Case) -> Case:
        """The case, once it has ended."""

        def over() -> Case | None:
            now = reading.story(self.office.desk, case.slug).case
            return now if now.state != "running" else None

        return eventually(over, f"the end of {case.slug}")

    def flow_run(self, case: Case) -> dict[str, Json]:
        """Prefect's view of the case's run."""
        prefect_id = reading.story(self.office.desk, case.slug).case.prefect_id
        return dict(
            httpx.get(f"{self.office.desk.prefect_api_url}/flow_runs/{prefect_id}", verify=NOBODY)
            .raise_for_status()
            .json()
        )

    def asleep(self, case: Case) -> dict[str, Json]:
        """Prefect's view of the case's run, once it sleeps."""

        def suspended() -> dict[str, Json] | None:
            run = self.flow_run(case) if reading.story(self.office.desk, case.slug).case.prefect_id else None
            return run if run and run["state_name"] == "Suspended" else None

        def let_go() -> bool | None:
            with self.office.desk.transaction() as tx:
                return None if any(leases.held(tx, run.id) for run in runs.alive(tx, case.id)[:1]) else True

        asleep = eventually(suspended, f"the sleep of {case.slug}")
        # Whoever executed it gives its lease back just after: killed before, it would hold it for a while.
        eventually(let_go, f"the end of the pass of {case.slug}")
        return asleep

    def moved_on(self, case: Case, before: dict[str, Json]) -> bool | None:
        """True once the case's run is in another state than it was, though it may have the same name again."""
        return self.flow_run(case)["state_id"] != before["state_id"] or None

    def effects(self, *cases: Case) -> int:
        """How often the effects of these cases happened, in all."""
        return sum(asking_flow.happened(self.office.settings.home, case.slug) for case in cases)


@contextmanager
def open_workshop(office: Office, prefect: PrefectServer) -> Iterator[Workshop]:
    """Registered with Prefect, the porter at work; the executor is for the test to start."""
    of_tests = {SORT: ENTRYPOINT, side_by_side_flow.SORT: side_by_side_flow.ENTRYPOINT}
    register(office.settings, of_tests | FLOWS)
    workshop = Workshop(office, prefect)
    workshop.start_porter()
    try:
        yield workshop
    finally:
        workshop.kill_executors()
        workshop.stop_porter()


def eventually(found: Callable[[], T | None], what: str, seconds: float = PATIENCE, every: float | None = None) -> T:
    """What `found` gives once it gives something. Raises AssertionError after `seconds`.

    Asked `every` so often, or else more and more seldom: many looks would take the cores that it waits for.
    """
    end = time.monotonic() + seconds
    pause = every or 0.02
    while time.monotonic() < end:
        if (value := found()) is not None:
            return value
        time.sleep(pause)
        pause = every or min(pause * 1.2, SELDOM)
    raise AssertionError(f"{what} did not come within {seconds:g} s")
