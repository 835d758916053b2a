"""An older database is put back, and people press again: what was done since is asked about, never done again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from checkpoints.actions import reading
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Case, Checkpoint
from flows.delivery import brief
from flows.engine import reconciling
from tests.integration.machine.database.copies import Copies
from tests.stage.cluster import SessionCluster
from tests.stage.runs import Workshop, eventually
from to_tools.cli.doctor import work
from to_tools.cli.doctor.finding import Finding

SAMPLE = Path(brief.__file__).with_name("read-later-digest.toml")
CHOSEN = {"region": "us-east-1", "database_size": "db.t3.micro", "container_size": "small", "web_tasks": "2"}
HELD = 150.0
"""Seconds. An errand that a porter held while the copy was taken is held in the copy too, for a minute."""


@dataclass(frozen=True)
class Past:
    """The workshop's database as it was at some moment, to be put back."""

    workshop: Workshop
    copies: Copies
    file: Path

    def keep(self) -> None:
        self.copies.dump(self.file)

    @contextmanager
    def again(self) -> Iterator[None]:
        """Everything is stopped, the copy put back; after the block everything runs, and is compared with Prefect."""
        self.workshop.kill_executors()
        self.workshop.stop_porter()
        office = self.workshop.office
        for desk in (office.desk, office.asker):
            desk.engine.dispose()
        self.copies.restore(self.file)
        try:
            yield
        finally:
            self.workshop.start_porter()
            self.workshop.start_executor()
        reconciling.sweep(office.desk)


@pytest.fixture
def past(cluster: SessionCluster, workshop: Workshop, tmp_path: Path) -> Past:
    workshop.start_executor()
    return Past(workshop, Copies(cluster, workshop.office.settings), tmp_path / "copy.dump")


def asked_about(workshop: Workshop, case: Case, point: Checkpoint) -> Checkpoint:
    """The question what became of it, which is the only thing that happened."""
    asked = workshop.question(case, point.number + 1)
    assert (asked.kind, asked.request.about) == ("reconcile", point.id)
    assert workshop.office.show(point).permit is Permit.UNKNOWN
    tried = " ".join(fact.value for fact in asked.request.facts if fact.label == "What was tried")
    assert "this database knows nothing of it" in tried
    return asked


def delivered(workshop: Workshop, case: Case, effects: int) -> None:
    assert workshop.ended(case).state == "delivered"
    assert workshop.effects(case) == effects


def pressed(past: Past, case: Case) -> Checkpoint:
    """Its question, approved before the past comes again, and after."""
    workshop = past.workshop
    workshop.asleep(case)
    asked = workshop.question(case)
    past.keep()
    workshop.answer(asked, Verdict.APPROVE)
    delivered(workshop, case, 1)
    with past.again():
        point = workshop.question(case)
        assert (point.state, point.permit) == (State.OPEN, None)
        (found,) = doctor_on_the_journal(workshop)
        assert found.mark == "look"
        assert f"1 begun, and not in this database, which is an older one: note it ({point.label})" in found.found
        workshop.answer(point, Verdict.APPROVE)
    return point


@pytest.mark.promise("G9.1")
def test_what_was_approved_again_is_asked_about_and_not_done_again(past: Past) -> None:
    workshop, case = past.workshop, past.workshop.case("again", "60")
    asked = asked_about(workshop, case, pressed(past, case))
    assert workshop.effects(case) == 1
    workshop.answer(asked, Verdict.APPROVE, fields={"outcome": "done"})
    delivered(workshop, case, 1)
    assert [found.mark for found in doctor_on_the_journal(workshop)] == ["ok"]


@pytest.mark.long
@pytest.mark.promise("G9.1")
def test_what_was_approved_before_the_copy_and_done_after_it_is_asked_about_without_a_press(past: Past) -> None:
    workshop = past.workshop
    case = workshop.case("approved-before", "60")
    workshop.asleep(case)
    workshop.kill_executors()
    point = workshop.answer(workshop.question(case), Verdict.APPROVE)
    past.keep()
    workshop.start_executor()
    delivered(workshop, case, 1)
    with past.again():
        assert workshop.office.show(point).permit is Permit.UNUSED
    asked_about(workshop, case, point)
    assert workshop.effects(case) == 1


@pytest.mark.long
@pytest.mark.promise("G9.1")
def test_the_answer_to_that_question_is_forgotten_too_and_asked_for_again(past: Past) -> None:
    workshop, case = past.workshop, past.workshop.case("twice-back", "60")
    point = pressed(past, case)
    asked = asked_about(workshop, case, point)
    past.keep()
    workshop.answer(asked, Verdict.APPROVE, fields={"outcome": "failed"})
    delivered(workshop, case, 2)
    with past.again():
        workshop.answer(workshop.question(case, asked.number), Verdict.APPROVE, fields={"outcome": "failed"})
    again = workshop.question(case, asked.number + 1)
    assert (again.kind, again.request.about) == ("reconcile", point.id)
    assert workshop.effects(case) == 2
    workshop.answer(again, Verdict.APPROVE, fields={"outcome": "done"})
    delivered(workshop, case, 2)


@pytest.mark.long
@pytest.mark.promise("G9.1")
def test_a_case_that_the_copy_does_not_have_is_asked_about_when_it_is_started_again(past: Past) -> None:
    workshop = past.workshop
    past.keep()
    case = workshop.case("begun-anew", "60")
    workshop.answer(workshop.question(case), Verdict.APPROVE)
    delivered(workshop, case, 1)
    with past.again():
        anew = workshop.case("begun-anew", "60")
        assert anew.id != case.id
    point = workshop.question(anew)
    workshop.answer(point, Verdict.APPROVE)
    asked_about(workshop, anew, point)
    assert workshop.effects(anew) == 1


@pytest.mark.long
@pytest.mark.promise("G9.1")
def test_a_plan_that_was_applied_is_not_applied_again(past: Past) -> None:
    workshop = past.workshop
    case = workshop.deliver(SAMPLE.read_bytes().replace(b"Read Later Digest", b"Applied Before"))
    for number, fields in ((1, {}), (2, CHOSEN)):
        workshop.answer(workshop.question(case, number), Verdict.APPROVE, fields=fields)
    point = eventually(lambda: of_kind(workshop, case, "terraform-plan"), "the plan")
    past.keep()
    workshop.answer(point, Verdict.APPROVE)
    eventually(lambda: workshop.office.show(point).permit is Permit.DONE or None, "the apply")
    with past.again():
        workshop.answer(workshop.office.show(point), Verdict.APPROVE)
    asked = eventually(lambda: of_kind(workshop, case, "reconcile"), "the question about it", HELD)
    assert asked.request.about == point.id
    folder = workshop.office.settings.cases / case.slug
    assert len(list(folder.glob("apply-*.out"))) == 1
    workshop.answer(asked, Verdict.APPROVE, fields={"outcome": "done"})
    eventually(lambda: workshop.office.show(point).permit is Permit.DONE or None, "the permit's end")
    assert len(list(folder.glob("apply-*.out"))) == 1


def doctor_on_the_journal(workshop: Workshop) -> list[Finding]:
    with workshop.office.desk.transaction() as tx:
        return list(work.journal(tx, workshop.office.settings))


def of_kind(workshop: Workshop, case: Case, kind: str) -> Checkpoint | None:
    """The open question of a kind."""
    points = (shown.point for shown in reading.story(workshop.office.desk, case.slug).cards)
    return next((point for point in points if (point.kind, point.state) == (kind, State.OPEN)), None)
