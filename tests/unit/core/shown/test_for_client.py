"""A question and a project in a client's terms: whose turn it is, what became of it, and nobody else's words."""

from dataclasses import replace

import pytest

from checkpoints.core.clock.ladder import OPEN, Rung
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Decision, Fact, Requirement, Role, Verdict
from checkpoints.core.shown.card import card
from checkpoints.core.shown.course import Planned
from checkpoints.core.shown.for_client import clients_card, clients_case, how_it_stands, what_was_said
from checkpoints.core.shown.letter import asking, following, with_code
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import Stage
from checkpoints.rules.catalogue import read_catalogue
from tests.stage.desks import spend
from tests.unit.core.points import ADA, BOB, NOON, answer, point

KIND = read_catalogue()["spend"]
LINK = "https://desk.example/link/x"
WANTS_CLIENT = Requirement((Role.TO, Role.CLIENT), ordered=True, step_up=True, band="over $500")


def asked(**changed: object) -> Checkpoint:
    yes = answer(ADA, Verdict.APPROVE, note="fine by me, Bob")
    request = spend("600", facts=(Fact("Deletes", "errors", dangerous=True),), details="see https://evil.example")
    return replace(point(request=request, requirement=WANTS_CLIENT, answers=(yes,)), **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("says", [OPEN, Rung.REMINDER, Rung.BACKUP])
def test_a_letter_to_a_client_says_what_it_is_and_that_the_link_is_theirs_alone(says: str) -> None:
    told = asking(clients_card(card(asked(), KIND), asked()), LINK, says, own=True)
    assert told.subject.endswith("Your answer is wanted: Buy error tracking (read-later-digest/3)")
    for part in (told.plain, told.html):
        for words in (
            LINK,
            "yours alone",
            "Opening it changes nothing",
            "$600.00 a month",
            "the technical operator said yes",
        ):
            assert words in part.replace("\n", " "), words
        for words in ("Ada", "fine by me", "wakes the run", "second factor", "https://evil", "CHECKPOINT"):
            assert words not in part, words
    assert told.plain.index("Deletes: errors") < told.plain.index("$600.00")


@pytest.mark.parametrize("state", [state for state in State if state not in (State.ASKED, State.OPEN)])
def test_how_it_ended_is_said_without_names_or_reasons(state: State) -> None:
    over = asked(state=state, because="Ada: too dear", permit=Permit.DONE if state is State.APPROVED else None)
    told = following(clients_card(card(over, KIND), over), LINK, own=True)
    assert how_it_stands(over).split(".")[0] in told.plain
    assert not [words for words in ("Ada", "too dear", "read-later-digest/3 was") if words in told.plain]


def test_an_emergency_is_said_with_its_reason_to_a_client_too() -> None:
    alone = Decision("approved", 1, "Ada", False, note="Production is down.", at=NOON, emergency=True)
    over = asked(state=State.APPROVED, permit=Permit.UNUSED, decision=alone)
    told = following(clients_card(card(over, KIND), over), LINK, "EMERGENCY: ", own=True)
    assert told.subject.startswith("EMERGENCY: ")
    assert "in an emergency, by one person alone, past its rule: Production is down." in told.plain


def test_whose_turn_it_is_and_who_said_yes_stands_there_by_role() -> None:
    assert (
        clients_card(card(asked(), KIND), asked()).who == "the technical operator said yes already; now it is up to you"
    )
    first = asked(answers=())
    assert clients_card(card(first, KIND), first).who == "the technical operator, then the client"
    over = asked(state=State.EXPIRED, answers=())
    assert clients_card(card(over, KIND), over).who == "nobody said yes"


def test_what_one_said_oneself_by_a_link_is_shown_and_nobody_elses() -> None:
    mine = replace(answer(BOB, Verdict.REJECT, Role.CLIENT), way="link")
    said = asked(answers=(answer(ADA, Verdict.APPROVE), mine))
    assert what_was_said(said, "link", BOB.id) == "You said no at 2026-03-02 12:00 UTC."
    assert what_was_said(said, "link", ADA.id) == ""


@pytest.mark.parametrize("state", ["running", "delivered", "undelivered", "refused", "cancelled"])
def test_a_project_is_told_in_words_for_every_state_of_it_and_of_its_parts(state: str) -> None:
    case = Case(asked().case_id, "sample", "delivery", "Sample", "Client Inc.", state, "Ada: so", NOON, None, None, {})
    plan = [Planned(str(stage), f"Part {stage}", stage, 7, f"blocked by 7 ({stage})") for stage in Stage]
    points = [asked(), *(asked(state=one) for one in State)]
    told = clients_case(case, plan, points)
    assert len(told.parts) == len(Stage)
    assert len(told.questions) == len(points)
    assert ("2 questions wait for an answer" in told.line) == (state == "running")
    assert "Ada" not in repr(told)
    assert "blocked by" not in repr(told)


def test_a_code_is_readable_and_what_stands_around_it_inert() -> None:
    told = with_code("012345", "See https://evil.example <b>", "Cleo\u202e", "10 minutes")
    assert told.plain.startswith("Your code: 012 345\n")
    for part in (told.subject, told.plain, told.html):
        assert "https://" not in part
        assert "<b>" not in part or part is not told.html
        assert "\u202e" not in part
