"""A process of the desk ends at each commit point of one answer: nothing is lost, nothing happens twice, it goes on.

In a whole project an apply and a deployment are cut off: the permit is unknown, a person is asked, nothing is repeated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from checkpoints.actions import reading
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.seeing import failpoints
from checkpoints.store.desk import Desk
from flows.deployments import register
from tests.acceptance.conftest import WholeDesk
from tests.plugins import invariants
from tests.stage import asking_flow
from tests.stage.answers import Answers
from tests.stage.desks import open_case
from tests.stage.runs import eventually
from tests.stage.servers.prepared import Prepared

ASKING, ANSWERING, ACTING = ("K0", "K1", "K2"), ("K3", "K4", "K5", "K6"), ("K7", "K8", "K9", "K10", "K11")
NOT_RECORDED = ("K3", "K4")
SHORT = ("K1", "K4", "K9")
"""A polite end is tried at these in every run, at all of them in `make chaos`: a porter, a shell, an engine."""
ROUNDS = 20
SECONDS = 60
KILLED, TERMINATED = -9, -15
SAMPLE = "read-later-digest"
CUT_OFF = ("terraform-plan", "production-deployment")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[WholeDesk]:
    """One that runs, tells its operator by mail, and has points to arm."""
    folder = tmp_path_factory.mktemp("points")
    running = WholeDesk(folder / "home", prepared)
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


@pytest.mark.long
@pytest.mark.promise("A2.1", "A2.2", "A2.3")
def test_an_apply_and_a_deployment_cut_off_are_asked_about_and_not_repeated(desk: WholeDesk) -> None:
    desk.enrol()
    with desk.at() as (store, person):
        case = reading.story(store, SAMPLE).case

        def say(point: Checkpoint) -> tuple[Verdict, str] | None:
            if point.kind in CUT_OFF:
                eventually(lambda: nothing_acts(store), "the end of what else was approved")
                armed(desk, "K10").write_text("KILL")
            return None

        ended = Answers(store, person, desk.code).until_it_ends(case, say)
        points = [card.point for card in reading.story(store, SAMPLE).cards]
        lines = reading.audit_page(store, 10_000).lines
    assert ended.state == "delivered", ended.outcome
    asked = [point.request.subject.parameters for point in points if point.kind == "reconcile"]
    assert len(asked) == len(CUT_OFF)
    assert {point.permit for point in points if point.kind in CUT_OFF} == {Permit.DONE}
    assert len(list((desk.settings.cases / SAMPLE).glob("apply-*.out"))) == 1
    begun = [json.loads(line.body)["checkpoint"] for line in lines if line.event == "permit begun"]
    begun = [label for label in begun if label.startswith(f"{SAMPLE}/")]
    assert begun
    assert len(begun) == len(set(begun))
    invariants.check(desk.settings)


def nothing_acts(store: Desk) -> bool | None:
    permits = [card.point.permit for card in reading.story(store, SAMPLE).cards]
    return None if Permit.UNUSED in permits or Permit.BEGUN in permits else True
