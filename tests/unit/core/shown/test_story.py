"""The sentences: how a checkpoint stands, what comes next, and where a case is."""

from dataclasses import replace
from datetime import timedelta, timezone
from uuid import UUID

import pytest

from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Decision, Requirement, Role, Verdict
from checkpoints.core.shown.story import PERMITS, case_line, how_it_stands, phases, what_next, when
from checkpoints.core.view import Case, Checkpoint
from checkpoints.rules.catalogue import read_catalogue
from tests.unit.core.points import ADA, NOON, answer, point

KINDS = read_catalogue()
CASE = Case(
    UUID(int=4),
    "read-later-digest",
    "delivery",
    "Read Later Digest",
    "Client Inc.",
    "running",
    "",
    NOON,
    None,
    None,
    {},
)
YES = Decision("approved", 1, "Ada", False, at=NOON)
AT = "2026-03-02 12:00 UTC"

STANDS = [
    (point(state=State.ASKED), "was asked and is being received by the desk."),
    (point(), "is open and waits for the technical operator."),
    (point(state=State.APPROVED, decision=YES), f"was approved by Ada at {AT}."),
    (point(state=State.EXPIRED), f"expired at {AT}, not approved: nobody answered in time."),
    (point(state=State.WITHDRAWN, because="not needed"), f"was withdrawn at {AT}: not needed."),
    (point(state=State.VOID, because="the plan changed."), f"was approved and became void at {AT}: the plan changed."),
]


@pytest.mark.parametrize(("shown", "sentence"), STANDS, ids=lambda value: getattr(value, "state", ""))
def test_how_it_stands_is_one_sentence(shown: Checkpoint, sentence: str) -> None:
    assert how_it_stands(shown) == f"read-later-digest/3 {sentence}"


def test_who_asked_for_changes_is_said() -> None:
    changing = point(state=State.CHANGING, answers=(answer(ADA, Verdict.CHANGES, note="cheaper"),))
    assert how_it_stands(changing) == f"Ada asked for changes to read-later-digest/3 at {AT}."


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", ["spend", None])
def test_every_state_has_a_next_sentence(state: State, kind: str | None) -> None:
    told = what_next(point(state=state, permit=None), KINDS[kind] if kind else None)
    assert told[0].isupper()
    assert told.endswith(".")


@pytest.mark.parametrize("permit", Permit)
def test_an_approval_says_how_far_it_was_acted_on(permit: Permit) -> None:
    assert what_next(point(state=State.APPROVED, permit=permit), KINDS["spend"]) == PERMITS[permit]


def test_the_line_of_phases_is_whole_and_in_order() -> None:
    shown = phases([point(number=1, kind="project-approval"), point(number=2, kind="terraform-plan")], KINDS)
    assert [(phase.name, len(phase.points)) for phase in shown] == [
        ("initialisation", 1), ("development", 1), ("deployment", 0), ("post-deployment", 0),
    ]  # fmt: skip
    assert phases([point()], KINDS)[-1].name == "any"


def test_a_case_says_what_waits_for_whom() -> None:
    both = Requirement((Role.TO, Role.MANAGER), ordered=True)
    assert case_line(CASE, [point(requirement=both)]) == (
        "The project sleeps: 3 (Buy error tracking) waits for the technical operator, then the manager."
    )
    assert case_line(CASE, []) == "The project is at work; nothing waits for a person."


def test_who_is_still_wanted_is_counted_and_a_yes_that_fell_is_said() -> None:
    two = Requirement((Role.TO, Role.TO, Role.MANAGER), ordered=True)
    said = answer(ADA, Verdict.APPROVE)
    fell = point(requirement=two, answers=(replace(said, stands=False),))
    assert how_it_stands(fell) == (
        "read-later-digest/3 is open and waits for 2 technical operators, then the manager; "
        "the yes of Ada counts no more."
    )
    assert "waits for another technical operator, then the manager." in how_it_stands(replace(fell, answers=(said,)))
    again = how_it_stands(replace(fell, answers=(*fell.answers, said)))
    assert again.endswith("waits for another technical operator, then the manager.")


def test_a_time_is_shown_in_utc_wherever_it_came_from() -> None:
    assert when(NOON.astimezone(timezone(timedelta(hours=-7)))) == AT
    assert when(None) == "–"
