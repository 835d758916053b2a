"""The journal of what was begun: what it can't hold isn't done, what it can't read is asked about, once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from checkpoints.actions import deciding
from checkpoints.actions.by_runs import acting
from checkpoints.core.errors import OutcomeUnknown, Unavailable
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run, Step
from checkpoints.store.work import begun
from tests.stage.desks import Office, spend

TOGETHER = 8
ROUNDS = 25


@pytest.fixture
def run(office: Office) -> Run:
    return office.case()


def begin(office: Office, run: Run, question: str = "question") -> tuple[Checkpoint, Step]:
    """Asked, approved, and about to be noted."""
    point = office.ask(run, spend(), question)
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    approved = deciding.answer(office.desk, office.ada, press)
    return approved, acting.begin(office.asker, run, approved, f"act ({point.label})", point.digest, {})


def lines(office: Office) -> list[begun.Begun]:
    return begun.read(office.settings.home, "sample")


def write(office: Office, line: str) -> None:
    folder = office.settings.home / begun.FOLDER
    folder.mkdir(exist_ok=True)
    with (folder / "sample.jsonl").open("a") as journal:
        journal.write(line)


def test_what_the_database_knows_is_no_news(office: Office, run: Run) -> None:
    point, step = begin(office, run)
    acting.note(office.asker, run, point, step)
    acting.finish(office.asker, run, step.id, "failed", {})
    again = acting.begin(office.asker, run, point, step.name, point.digest, {})
    acting.note(office.asker, run, point, again)
    assert [(line.question, line.after) for line in lines(office)] == [("question", ())] * 2


def test_only_the_same_question_is_asked_about_and_once(office: Office, run: Run) -> None:
    lost = begun.Begun("0" * 32, "yesterday", "main", "question", "sample/7", "act (sample/7)")
    begun.write(office.settings.home, "sample", lost)
    acting.note(office.asker, run, *begin(office, run, "another"))
    point, step = begin(office, run)
    with pytest.raises(OutcomeUnknown, match=r"“act \(sample/7\)” was begun before, at yesterday"):
        acting.note(office.asker, run, point, step)
    acting.finish(office.asker, run, step.id, "failed", {})
    acting.note(office.asker, run, point, acting.begin(office.asker, run, point, step.name, point.digest, {}))


@pytest.mark.parametrize("damage", ["{}\n", "[1, 2\n", '{"token": "x", "after": [], "nobody": "knows"}\n', "\\0\\0"])
def test_a_line_that_can_t_be_read_is_asked_about_and_swallows_no_other(office: Office, run: Run, damage: str) -> None:
    write(office, damage)
    point, step = begin(office, run)
    with pytest.raises(OutcomeUnknown, match="a line that can't be read"):
        acting.note(office.asker, run, point, step)
    assert [line.checkpoint for line in lines(office)] == ["", "sample/1"]
    acting.note(office.asker, run, *begin(office, run, "another"))


def test_what_can_t_be_noted_is_not_done(office: Office, run: Run) -> None:
    (office.settings.home / begun.FOLDER).write_text("in the way")
    with pytest.raises(Unavailable, match="Nothing was done"):
        acting.note(office.asker, run, *begin(office, run))


def test_lines_of_branches_that_begin_together_stand_apart(office: Office) -> None:
    home = office.settings.home

    def write_some(hand: int) -> None:
        for number in range(ROUNDS):
            begun.write(home, "sample", begun.Begun(f"{hand}.{number}", step="x" * 4000))

    with ThreadPoolExecutor(TOGETHER) as hands:
        list(hands.map(write_some, range(TOGETHER)))
    written = {json.loads(line)["token"] for line in (home / begun.FOLDER / "sample.jsonl").read_text().splitlines()}
    assert len(written) == TOGETHER * ROUNDS
