"""A branch of a delivery, driven pass by pass as the engine would: from the top, until it ends or somebody is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from agents.delivery.project import Project
from checkpoints.actions import deciding, reading
from checkpoints.actions.courses import opening, starting
from checkpoints.core.model import Verdict
from checkpoints.core.ports import Deployer
from checkpoints.core.view import Case, Checkpoint
from checkpoints.fence import Fence
from checkpoints.store import runs
from checkpoints.store.from_outside.files import Folder
from checkpoints.terraform import engines
from checkpoints.terraform.runner import Runner
from flows import gate
from flows.delivery import brief
from flows.outcomes import NotNeeded, Refusal, Settled
from flows.work import Work
from tests.fakes.shelf import Shelf
from tests.stage.desks import Authenticator, Office
from tests.unit.delivery.test_brief import SAMPLE

Follow = Callable[[Work, Project], Settled | Refusal | NotNeeded]
MOST_PASSES = 20


class Asleep(Exception):
    """The run waits, and its process is gone."""


@dataclass
class Delivery:
    """One case of the sample project, with a deployer that the test rules."""

    office: Office
    shelf: Shelf
    case: Case
    project: Project
    app: Authenticator
    deployer: Deployer | None = None
    """Instead of the shelf."""
    works: dict[str, Work] = field(default_factory=dict)

    def work(self, branch: str) -> Work:
        """The run of a branch, begun where it isn't."""
        if branch not in self.works:
            desk = self.office.desk
            with desk.transaction() as tx:
                run_id = starting.start_run(tx, self.case.id, branch)
                run = runs.by_id(tx, run_id)
            assert run is not None
            terraform = Runner(Fence(self.office.settings.home), engine=next(iter(engines.available())))
            files = Folder(self.office.settings.files)
            asker = replace(self.office.asker, deployer=self.deployer or self.shelf, files=files, terraform=terraform)
            self.works[branch] = Work(asker, run, self.case)
        return self.works[branch]

    def go_on(self, branch: str, follow: Follow) -> Settled | Refusal | NotNeeded | Checkpoint:
        """Its end, or the checkpoint at which it waits for a person."""
        for _ in range(MOST_PASSES):
            try:
                return follow(self.work(branch), self.project)
            except Asleep:
                self.office.receive()
            waiting = [
                point for point in reading.waiting_in(self.office.desk, self.case.slug) if point.branch == branch
            ]
            if waiting:
                return waiting[0]
        raise AssertionError(f"{branch} goes round in circles")

    def settled(self, branch: str, follow: Follow, given: Mapping[str, str] | None = None) -> Settled:
        """Its end, which has to be a good one; whoever it waits for says yes, and fills in what is `given`."""
        outcome = self.go_on(branch, follow)
        while isinstance(outcome, Checkpoint):
            self.answer(outcome, given=given)
            outcome = self.go_on(branch, follow)
        assert isinstance(outcome, Settled), outcome
        return outcome

    def change(self, branch: str, follow: Follow, wish: str) -> Checkpoint:
        """What comes of a wish for changes to what it waits for."""
        self.answer(self.asked(branch, follow), Verdict.CHANGES, wish)
        return self.asked(branch, follow)

    def asked(self, branch: str, follow: Follow) -> Checkpoint:
        """The checkpoint at which it waits."""
        point = self.go_on(branch, follow)
        assert isinstance(point, Checkpoint), point
        return point

    def answer(
        self,
        point: Checkpoint,
        verdict: Verdict = Verdict.APPROVE,
        note: str = "so",
        given: Mapping[str, str] | None = None,
    ) -> None:
        """Ada's answer, with a second factor."""
        press = deciding.Press(point.id, point.revision, point.digest, verdict, given or {}, note)
        deciding.answer(self.office.desk, self.office.ada, press)
        self.office.receive()


@pytest.fixture
def delivery(office: Office, monkeypatch: pytest.MonkeyPatch) -> Delivery:
    """The sample project, whose runs sleep by ending their pass."""

    def suspend(**_: object) -> None:
        raise Asleep

    monkeypatch.setattr(gate, "suspend_flow_run", suspend)
    app = office.enrol(office.ada)
    new = replace(brief.read(SAMPLE), budget=Decimal(500))
    case = opening.open_case(office.desk, office.mira, new)
    return Delivery(office, Shelf(), case, brief.project(new.slug, new.brief), app)
