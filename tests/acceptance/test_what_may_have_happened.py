"""The engine dies between an effect and its record: the permit is unknown, a person is asked, nothing happens again."""

import json

import pytest

from checkpoints.actions import reading
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.seeing import failpoints
from checkpoints.store.desk import Desk
from tests.acceptance.conftest import WholeDesk
from tests.plugins import invariants
from tests.stage.answers import Answers
from tests.stage.runs import eventually

SLUG = "read-later-digest"
CUT_OFF = ("terraform-plan", "production-deployment")


@pytest.fixture
def desk(whole_desk: WholeDesk, monkeypatch: pytest.MonkeyPatch) -> WholeDesk:
    """Up, its operator with a second factor, and K10 to be armed."""
    points = whole_desk.settings.cases / "points"
    points.mkdir(parents=True)
    monkeypatch.setenv(failpoints.FOLDER, str(points))
    whole_desk.up()
    whole_desk.enrol()
    return whole_desk


@pytest.mark.promise("A2.1", "A2.2", "A2.3")
def test_an_apply_and_a_deployment_cut_off_are_asked_about_and_not_repeated(desk: WholeDesk) -> None:
    with desk.at() as (store, person):
        case = reading.story(store, SLUG).case

        def say(point: Checkpoint) -> tuple[Verdict, str] | None:
            if point.kind in CUT_OFF:
                eventually(lambda: nothing_acts(store), "the end of what else was approved")
                (desk.settings.cases / "points" / "K10").write_text("KILL")
            return None

        ended = Answers(store, person, desk.code).until_it_ends(case, say)
        points = [card.point for card in reading.story(store, SLUG).cards]
        lines = reading.audit_page(store, 10_000).lines
    assert ended.state == "delivered", ended.outcome
    asked = [point.request.subject.parameters for point in points if point.kind == "reconcile"]
    assert len(asked) == len(CUT_OFF)
    assert {point.permit for point in points if point.kind in CUT_OFF} == {Permit.DONE}
    assert len(list((desk.settings.cases / SLUG).glob("apply-*.out"))) == 1
    begun = [json.loads(line.body)["checkpoint"] for line in lines if line.event == "permit begun"]
    assert len(begun) == len(set(begun))
    invariants.check(desk.settings)


def nothing_acts(store: Desk) -> bool | None:
    permits = [card.point.permit for card in reading.story(store, SLUG).cards]
    return None if Permit.UNUSED in permits or Permit.BEGUN in permits else True
