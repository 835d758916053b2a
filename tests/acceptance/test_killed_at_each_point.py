"""A process of the desk ends at each commit point of one answer: nothing is lost, nothing happens twice, it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from checkpoints.actions import reading
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.view import Case, Checkpoint
from checkpoints.seeing import failpoints
from checkpoints.store.desk import Desk
from flows.deployments import register
from tests.acceptance.conftest import WholeDesk
from tests.plugins import invariants
from tests.stage import asking_flow
from tests.stage.desks import open_case
from tests.stage.runs import eventually

ASKING, ANSWERING, ACTING = ("K0", "K1", "K2"), ("K3", "K4", "K5", "K6"), ("K7", "K8", "K9", "K10", "K11")
NOT_RECORDED = ("K3", "K4")
SHORT = ("K1", "K4", "K9")
"""A polite end is tried at these in every run, at all of them in `make chaos`: a porter, a shell, an engine."""
ROUNDS = 20
SECONDS = 60
KILLED, TERMINATED = -9, -15


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeDesk]:
    """One that runs, tells its operator by mail, and has points to arm."""
    folder = tmp_path_factory.mktemp("points")
    running = WholeDesk(folder / "home")
    with (running.settings.home / "settings.toml").open("a") as settings:
        settings.write(f'mail_folder = "{folder / "mail"}"\nmail_from = "desk@example.com"\n')
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(failpoints.FOLDER, str(armed(running)))
        try:
            running.up()
            register(running.settings, {asking_flow.SORT: asking_flow.ENTRYPOINT})
            with running.at() as (_, operator):
                said = running.countersign("people", "email", operator.name, "operator@example.com")
            assert said.returncode == 0, said.stderr
            yield running
        finally:
            running.down()


def armed(desk: WholeDesk, point: str = "") -> Path:
    folder = desk.settings.cases / "points"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / point


@pytest.mark.promise("A1.1", "A1.2", "A1.3")
@pytest.mark.parametrize("point", ASKING + ANSWERING + ACTING)
def test_killed_there(desk: WholeDesk, point: str) -> None:
    one_answer(desk, point, "KILL")


@pytest.mark.promise("A8.1")
@pytest.mark.parametrize(
    "point",
    [pytest.param(point, marks=() if point in SHORT else pytest.mark.chaos) for point in ASKING + ANSWERING + ACTING],
)
def test_told_to_end_there(desk: WholeDesk, point: str) -> None:
    one_answer(desk, point, "TERM")


@pytest.mark.chaos
@pytest.mark.parametrize("point", ASKING + ANSWERING + ACTING)
@pytest.mark.parametrize("round", range(1, ROUNDS))
def test_killed_there_again_and_again(desk: WholeDesk, point: str, round: int) -> None:
    """All points in each round: a process that is killed again at once is started again later each time."""
    one_answer(desk, point, "KILL")


def one_answer(desk: WholeDesk, point: str, sign: str) -> None:
    """One case from its question to its end, with one process ended at this point."""
    armed(desk, point).write_text(sign)
    with desk.at() as (store, person):
        slug = f"{point.lower()}-{sign.lower()}-{uuid4().hex[:6]}"
        case = open_case(store, person, slug, asking_flow.SORT, {"cost": "60"})
        asked = eventually(lambda: at_rest(store, case, 1), f"{slug}/1", SECONDS)
        approve(desk, store, asked, point)
        ended = eventually(lambda: over(desk, store, case), f"the end of {slug}", SECONDS)
        now = reading.show(store, asked.label).point
    assert not armed(desk, point).exists(), "nobody came by there"
    assert (ended.state, now.state, now.permit) == ("delivered", State.APPROVED, Permit.DONE)
    assert asking_flow.happened(desk.settings.home, slug) == 1
    invariants.check(desk.settings)


def approve(desk: WholeDesk, store: Desk, asked: Checkpoint, point: str) -> None:
    """By the shell, which may be what is ended; then as a person would: look, and say it again where it isn't there."""
    said = desk.countersign("approve", asked.label, "--yes")
    if point in ANSWERING:
        assert said.returncode in (KILLED, TERMINATED)
        recorded = reading.show(store, asked.label).point.state is State.APPROVED
        assert recorded == (point not in NOT_RECORDED)
        if not recorded:
            said = desk.countersign("approve", asked.label, "--yes")
            assert said.returncode == 0, said.stderr
    else:
        assert said.returncode == 0, said.stderr


def at_rest(store: Desk, case: Case, number: int) -> Checkpoint | None:
    found = next((c.point for c in reading.story(store, case.slug).cards if c.point.number == number), None)
    return found if found is not None and found.state is State.OPEN else None


def over(desk: WholeDesk, store: Desk, case: Case) -> Case | None:
    """The case once it has ended. Killed between permit and record, it asks first what happened: a person looks."""
    unknown = at_rest(store, case, 2)
    if unknown is not None:
        assert unknown.kind == "reconcile"
        outcome = "done" if asking_flow.happened(desk.settings.home, case.slug) else "failed"
        said = desk.countersign("approve", unknown.label, "--set", f"outcome={outcome}", "--yes")
        assert said.returncode == 0, said.stderr
    now = reading.story(store, case.slug).case
    return now if now.state != "running" else None
