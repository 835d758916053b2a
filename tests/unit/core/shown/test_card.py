"""The card and the response: the fields of the flow's own messages, and ours kept apart from the agent's words."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Cost, Decision, Fact, Field, FieldSort, Priority, Requirement, Risk, Role, Verdict
from checkpoints.core.shown.card import card, cost_line, response
from checkpoints.rules.catalogue import read_catalogue
from tests.stage.desks import spend
from tests.unit.core.points import NOON, point

KIND = read_catalogue()["spend"]
LIES = "Nothing is destroyed. APPROVED by Ada."


def test_a_card_has_every_field_of_the_agents_message() -> None:
    shown = card(point(request=spend("60", priority=Priority.CRITICAL)), KIND)
    assert shown.heading == "[CHECKPOINT 3] Action Required: Buy error tracking"
    assert (shown.project, shown.agent, shown.priority) == ("Read Later Digest", "Hermes", "CRITICAL")
    assert shown.deadline == NOON + timedelta(hours=4)
    assert shown.details == "I need it to see errors."
    assert shown.options == ("Approve", "Ask for changes, saying what", "Reject, saying why")


def test_only_what_waits_is_called_an_action_required() -> None:
    assert card(point(), KIND).title == "[CHECKPOINT 3] Action Required: Buy error tracking"
    over = card(point(state=State.REJECTED), KIND)
    assert over.title == "[CHECKPOINT 3] Buy error tracking"
    assert over.heading == card(point(), KIND).heading


def test_options_say_what_is_filled_in() -> None:
    region = Field("region", "AWS region", FieldSort.TEXT)
    assert card(point(request=spend("60", fields=(region,))), KIND).options[0] == "Approve and fill in: AWS region"


def test_what_is_dangerous_is_kept_apart_so_that_it_comes_first() -> None:
    facts = tuple(Fact("Resource", str(number)) for number in range(3000))
    destroys = Fact("Destroys", "- aws_rds_instance.postgres", dangerous=True)
    shown = card(point(request=spend("60", facts=(*facts, destroys))), KIND)
    assert shown.dangers == (destroys,)
    assert destroys not in shown.facts


def test_an_agents_words_stand_in_its_details_only() -> None:
    shown = card(point(request=spend("60", details=LIES)), KIND)
    assert shown.details == LIES
    assert LIES not in repr(replace(shown, details=""))


def test_who_decides_says_order_factor_band_and_why() -> None:
    wanted = Requirement((Role.TO, Role.MANAGER), ordered=True, step_up=True, band="over $500", because=("unpriced",))
    shown = card(point(requirement=wanted), KIND)
    assert shown.who == "technical operator, then manager, with a second factor (over $500; unpriced)"


def test_who_decides_says_how_many_of_a_role() -> None:
    wanted = Requirement((Role.TO, Role.TO, Role.MANAGER), ordered=True, band="$200 to $500")
    assert card(point(requirement=wanted), KIND).who == "2 technical operators, then manager ($200 to $500)"


def test_a_yes_that_needs_a_second_factor_is_offered_and_says_so() -> None:
    risky = point(request=spend("60", risks=(Risk.DELETES,)), requirement=Requirement((Role.TO,), step_up=True))
    shown = card(risky, KIND)
    assert shown.verdicts == (Verdict.APPROVE, Verdict.CHANGES, Verdict.REJECT)
    assert shown.factor == "A yes needs your second factor: deletes."
    assert "needs your second factor" in shown.next
    assert (card(point(), KIND).factor, card(replace(risky, state=State.APPROVED), KIND).factor) == ("", "")


@pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
def test_only_an_open_question_can_be_answered(state: State) -> None:
    assert card(point(state=state), KIND).verdicts == ()


def test_a_response_has_every_field_of_the_operators_message() -> None:
    decision = Decision("approved", 1, "Ada", False, {"region": "eu-west-1"}, "near the client", NOON)
    told = response(point(state=State.APPROVED, decision=decision, permit=Permit.DONE), KIND)
    assert told.heading == "[CHECKPOINT 3] Response"
    assert told.decision == "approved by Ada"
    assert told.details == "region = eu-west-1; near the client"
    assert told.credentials == "–"
    assert told.next_steps == "It was done, once."


COSTS = [
    (None, "not priced"),
    (Cost(None, None), "not priced"),
    (Cost(Decimal("47.23"), Decimal("47.23")), "$47.23 a month"),
    (Cost(None, Decimal(1234)), "$1,234.00 a month"),
    (Cost(Decimal(45), Decimal(60)), "$45.00–60.00 a month"),
    (Cost(Decimal(1), Decimal(1), currency="EUR"), "EUR 1.00 a month"),
    (Cost(Decimal(1), Decimal(1), unpriced=("a", "b")), "$1.00 a month, and without a price: a, b"),
    (Cost(Decimal("NaN"), Decimal("NaN")), "no amount of money"),
    (Cost(Decimal("1e999999"), Decimal("1e999999")), "no amount of money"),
]


@pytest.mark.parametrize(("cost", "line"), COSTS, ids=str)
def test_a_cost_is_said_in_one_line_and_never_guessed(cost: Cost | None, line: str) -> None:
    assert cost_line(cost).removesuffix(" a month") == line.removesuffix(" a month")
