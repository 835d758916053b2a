"""A branch gone through pass by pass, without an engine: each pass begins at the top and ends where it would sleep."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from checkpoints.actions import deciding, reading
from checkpoints.core.model import Verdict
from checkpoints.core.ports import Deployer, Files, Terraform
from checkpoints.core.view import Checkpoint
from checkpoints.store import cases, runs
from flows.work import Work
from tests.stage.desks import Office

T = TypeVar("T")
SLEEPS = "Flow runs can only be suspended from within a flow run"


@dataclass(frozen=True)
class Passes(Generic[T]):
    """`follow` is a branch's function. Ada answers."""

    office: Office
    work: Work
    follow: Callable[[Work], T]

    def go(self) -> T | None:
        """One pass after another until the branch ends or has to wait for a person, None then."""
        for _ in range(20):
            received = self._states()
            try:
                return self._pass()
            except RuntimeError as sleeps:
                if SLEEPS not in str(sleeps):
                    raise
            self.office.receive()
            if self._states() == received:
                return None
        raise AssertionError("it neither ended nor came to rest")

    def _pass(self) -> T:
        # In a thread of its own: where an event loop runs (Playwright leaves one), Prefect would hand back a coroutine.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self.follow, self.work).result()

    def points(self) -> list[Checkpoint]:
        return [shown.point for shown in reading.story(self.office.desk, self.work.case.slug).cards]

    def answer(
        self, number: int, verdict: Verdict, fields: Mapping[str, str] | None = None, note: str = "so"
    ) -> T | None:
        """Ada's answer, and the passes that it leads to."""
        point = next(point for point in self.points() if point.number == number)
        press = deciding.Press(point.id, point.revision, point.digest, verdict, fields or {}, note)
        deciding.answer(self.office.desk, self.office.ada, press)
        return self.go()

    def _states(self) -> list[tuple[str, int, str | None]]:
        return [(point.state, point.revision, point.permit) for point in self.points()]


def passes(
    office: Office,
    slug: str,
    follow: Callable[[Work], T],
    deployer: Deployer | None = None,
    terraform: Terraform | None = None,
    files: Files | None = None,
) -> Passes[T]:
    """For a case's branch `follow`; the case is opened where it isn't yet. A branch is told by its question here."""
    with office.desk.transaction() as tx:
        known = cases.by_slug(tx, slug)
        run = runs.alive(tx, known.id)[0] if known else None
    run = run or office.case(slug)
    case = reading.case_of(office.desk, run.case_id)
    assert case is not None
    desk = replace(office.asker, deployer=deployer, terraform=terraform, files=files)
    return Passes(office, Work(desk, run, case), follow)
