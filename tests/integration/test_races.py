"""Several people, or one in a hurry, press at once: one decision, one effect, and all are told the truth."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding
from checkpoints.actions.by_runs import acting
from checkpoints.core.errors import Countersign, IllegalMove
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.shown.story import when
from checkpoints.core.view import Checkpoint
from checkpoints.store import runs
from tests.integration.desk.moments import at_once
from tests.stage.desks import Office, spend

PRESSES = 100
STEPS = 16
CHECKPOINTS = [pytest.param(10, id="ten"), pytest.param(50, id="fifty", marks=pytest.mark.long)]
ROUNDS = [pytest.param(40, id="forty"), pytest.param(200, id="two hundred", marks=pytest.mark.long)]


@pytest.fixture
def people(office: Office) -> tuple[Person, Person]:
    """Two technical operators who may answer; Mia, a manager, starts the case."""
    return office.ada, office.person("Bob", Role.TO)


@pytest.fixture
def ask(office: Office, people: tuple[Person, Person]) -> Callable[[int], Checkpoint]:
    run = office.case(by=office.person("Mia", Role.MANAGER))
    return lambda number: office.ask(run, spend("60"), f"question {number}")


def press(office: Office, who: Person, point: Checkpoint, verdict: Verdict = Verdict.APPROVE) -> Checkpoint:
    sent = deciding.Press(point.id, point.revision, point.digest, verdict, note="because")
    return deciding.answer(office.desk, who, sent)


def count(office: Office, query: str) -> int:
    with office.desk.transaction() as tx:
        return int(tx.execute(text(query)).scalar_one())


@pytest.mark.promise("B1.1", "B1.2")
@pytest.mark.parametrize("checkpoints", CHECKPOINTS)
def test_a_hundred_presses_at_once_decide_once_and_the_others_are_told(
    office: Office, people: tuple[Person, Person], ask: Callable[[int], Checkpoint], checkpoints: int
) -> None:
    for number in range(checkpoints):
        point = ask(number)
        told = at_once([partial(press, office, who, point) for who in people * (PRESSES // 2)])
        decision = office.show(point).decision
        assert decision is not None
        losers = [one for one in told if not isinstance(one, Checkpoint)]
        assert len(losers) == PRESSES - 1
        assert all(isinstance(one, IllegalMove) for one in losers)
        assert all(f"by {decision.by} at {when(decision.at)}" in str(one) for one in losers)
    assert count(office, "select count(*) from desk.decision") == checkpoints
    assert count(office, "select count(*) from desk.answer") == checkpoints


@pytest.mark.promise("B1.3")
@pytest.mark.parametrize("checkpoints", CHECKPOINTS)
def test_a_permit_is_begun_by_one_step_though_many_try(
    office: Office, people: tuple[Person, Person], ask: Callable[[int], Checkpoint], checkpoints: int
) -> None:
    for number in range(checkpoints):
        point = press(office, people[0], ask(number))
        with office.desk.transaction() as tx:
            run = runs.alive(tx, point.case_id)[0]
        begin = partial(acting.begin, office.asker, run, point, subject_digest=point.digest, fields={})
        told = at_once([partial(begin, name=f"step {number}.{step}") for step in range(STEPS)])
        assert sum(not isinstance(one, Countersign) for one in told) == 1
    assert count(office, "select count(*) from desk.step where state = 'begun'") == checkpoints


@pytest.mark.promise("B2.1", "B2.2")
@pytest.mark.parametrize("rounds", ROUNDS)
def test_yes_and_no_at_the_same_moment_have_one_winner_whom_both_see(
    office: Office, people: tuple[Person, Person], ask: Callable[[int], Checkpoint], rounds: int
) -> None:
    ada, bob = people
    for number in range(rounds):
        point = ask(number)
        yes, no = partial(press, office, ada, point), partial(press, office, bob, point, Verdict.REJECT)
        told = at_once([yes, no])
        decision = office.show(point).decision
        assert decision is not None
        winner = next(one for one in told if isinstance(one, Checkpoint))
        loser = next(one for one in told if not isinstance(one, Checkpoint))
        assert winner.decision == decision
        assert isinstance(loser, IllegalMove)
        assert f"was {winner.state} by {decision.by}" in str(loser)
    assert count(office, "select count(*) from desk.decision") == rounds


@pytest.mark.promise("B3.1", "B3.2")
def test_a_late_press_on_the_first_question_leaves_the_second_alone(
    office: Office, people: tuple[Person, Person], ask: Callable[[int], Checkpoint]
) -> None:
    first = ask(1)
    press(office, people[0], first)
    second = ask(2)
    with pytest.raises(IllegalMove, match=f"{first.label} was approved by Ada at "):
        press(office, people[1], first)
    assert office.show(second).state is State.OPEN
    assert office.show(second).answers == ()
