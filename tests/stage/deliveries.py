"""A workshop with a sandbox, where whole projects are delivered, and Ada, who answers whatever they ask.

Rule: she answers by the actions that page and shell use, as the card's fields want it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from checkpoints.actions import deciding, reading
from checkpoints.actions.credentials import consenting, giving
from checkpoints.actions.people import proving
from checkpoints.core.errors import IllegalMove, NeedsFactor
from checkpoints.core.lifecycle import State
from checkpoints.core.model import FieldSort, Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.settings import Settings
from flows.delivery import brief
from tests.integration.page.serving import hidden
from tests.stage.desks import Authenticator, Office, open_office
from tests.stage.prefect_server import PrefectServer
from tests.stage.runs import Workshop, eventually, open_workshop
from tests.stage.sandbox import RunningSandbox, running_sandbox

SAMPLE = Path(brief.__file__).with_name("read-later-digest.toml")
SECRETS = {
    "consumer_key": "4711-0123456789abcdef01234567",
    "api_key": "SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}
CHOICES = {"option": "subdomain", "next": "retry", "outcome": "done"}
TEXT = "seen, and as it should be"

Say = Callable[[Checkpoint], tuple[Verdict, str] | None]
"""What Ada says to a question: a verdict and a note; None: as it wants, a yes."""


def yes(_: Checkpoint) -> None:
    return None


@dataclass(frozen=True)
class Deliveries:
    """A workshop whose runs can deploy and call services, and Ada with her authenticator."""

    workshop: Workshop
    sandbox: RunningSandbox
    app: Authenticator

    @property
    def office(self) -> Office:
        return self.workshop.office

    def open_points(self, case: Case) -> list[Checkpoint]:
        cards = reading.story(self.office.desk, case.slug).cards
        return [shown.point for shown in cards if shown.point.state is State.OPEN]

    def answer_until_all_end(self, cases: Sequence[Case], say: Say, seconds: float) -> dict[str, Case]:
        """Whatever waits, of all of them at once; by their short names, as they ended."""
        slugs = {case.slug for case in cases}

        def over() -> dict[str, Case] | None:
            for point in reading.inbox(self.office.desk, len(cases) * 10).points:
                if point.state is State.OPEN and point.case in slugs:
                    self.answer(point, say)
            known = {case.slug: case for case in reading.projects(self.office.desk, len(cases) + 10)}
            return known if all(known[slug].state != "running" for slug in slugs) else None

        return eventually(over, f"the end of {len(cases)} cases", seconds, 0.5)

    def answer_until_it_ends(self, case: Case, say: Say = yes, seconds: float = 170) -> Case:
        """Every question of the case, as `say` has it; the case as it ended."""

        def over() -> Case | None:
            now = reading.story(self.office.desk, case.slug).case
            if now.state != "running":
                return now
            for point in self.open_points(case):
                self.answer(point, say)
            return None

        return eventually(over, f"the end of {case.slug}", seconds)

    def answer(self, point: Checkpoint, say: Say = yes) -> None:
        """One question; what moved meanwhile is looked at again with the next look."""
        said = say(point)
        try:
            if said is not None and said[0] is not Verdict.APPROVE:
                self.workshop.answer(point, *said)
            elif point.kind == "third-party-integration":
                self._consent(point)
            else:
                self._approve(point)
        except IllegalMove as moved:
            print(f"{point.label}: {moved}")

    def _approve(self, point: Checkpoint) -> None:
        values = fields(point)
        secret = any(blank.sort is FieldSort.SECRET for blank in point.request.fields)
        press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE, {} if secret else values)
        desk, ada = self.office.desk, self.office.ada
        try:
            giving.give(desk, ada, press, values) if secret else deciding.answer(desk, ada, press)
        except NeedsFactor:
            proving.prove(desk, ada, self.app.code())
            deciding.answer(desk, ada, press)

    def _consent(self, point: Checkpoint) -> None:
        desk, ada = self.office.desk, self.office.ada
        press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
        _, address = consenting.begin(desk, ada, press)
        with httpx.Client(trust_env=False) as browser:
            form = hidden(browser.get(address).text)
            allowed = {f"scope.{scope}": "yes" for scope in form["scope"].split()}
            back = browser.post(address, data=form | allowed | {"allow": "yes"}).headers["location"]
        query = parse_qs(urlsplit(back).query)
        consenting.finish(desk, ada, consenting.take(desk, ada, query["state"][0]), query["code"][0])


def fields(point: Checkpoint) -> Mapping[str, str]:
    """What the yes fills in."""
    filled = {}
    for blank in point.request.fields:
        choices = [value for value, _ in blank.choices]
        wanted = CHOICES.get(blank.name, "")
        first = wanted if wanted in choices else choices[0] if choices else TEXT
        filled[blank.name] = SECRETS.get(blank.name, "") or blank.default or first
    return filled


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
        with open_workshop(office, prefect) as workshop:
            workshop.start_executor()
            yield Deliveries(workshop, sandbox, office.enrol(office.ada))
        office.desk.engine.dispose()
        office.asker.engine.dispose()
