"""A workshop with a sandbox, where whole projects are delivered, and Ada, who answers whatever they ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkpoints.settings import Settings
from flows.delivery import brief
from tests.stage.answers import Answers
from tests.stage.desks import Office, open_office
from tests.stage.runs import Workshop, open_workshop
from tests.stage.sandbox import RunningSandbox, running_sandbox
from tests.stage.servers.prefect_server import PrefectServer

SAMPLE = Path(brief.__file__).with_name("read-later-digest.toml")


@dataclass(frozen=True)
class Deliveries:
    """A workshop whose runs can deploy and call services, and what Ada says there."""

    workshop: Workshop
    sandbox: RunningSandbox
    ada: Answers

    @property
    def office(self) -> Office:
        return self.workshop.office


@contextmanager
def running_deliveries(settings: Settings, prefect: PrefectServer) -> Iterator[Deliveries]:
    """The sandbox, the porter, and an executor: everything that a delivery needs."""
    with running_sandbox(settings) as sandbox:
        known = Settings(
            home=settings.home,
            database_url=settings.database_url,
            prefect_port=prefect.settings.prefect_port,
            sandbox_port=sandbox.settings.sandbox_port,
        )
        office = open_office(known)
        app = office.enrol(office.ada)
        with open_workshop(office, prefect) as workshop:
            workshop.start_executor()
            yield Deliveries(workshop, sandbox, Answers(office.desk, office.ada, app.code))
        office.desk.engine.dispose()
        office.asker.engine.dispose()
