"""Two of three: it is people who are counted, each once, and only as long as what made their yes count holds."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from checkpoints.actions import deciding, reading
from checkpoints.actions.people import joining
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Field, FieldSort, Person, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store import people
from checkpoints.store.runs import Run
from tests.integration.desk.moments import at_once
from tests.stage.desks import Office, spend
from to_tools import identity

ROUNDS = 20
SEATS = Field("seats", "Seats", FieldSort.NUMBER, default="5")
END_ROLE = "update desk.role set ended_at = desk.desk_now() where person_id = :id and role = :role"
LEAVE = "update desk.person set active = false where id = :id and :role <> ''"


def wanting(office: Office, *roles: Role) -> Office:
    """The same office with a catalogue that wants these people for every spending."""
    spending = replace(office.desk.kinds["spend"], floor=roles, by_rule=False)
    return replace(office, desk=replace(office.desk, kinds={**office.desk.kinds, "spend": spending}))


@pytest.fixture
def two(office: Office) -> Office:
    return wanting(office, Role.TO, Role.TO)


@pytest.fixture
def bob(two: Office) -> Person:
    return two.person("Bob", Role.TO)


@pytest.fixture
def cy(two: Office) -> Person:
    return two.person("Cy", Role.TO)


@pytest.fixture
def run(two: Office, bob: Person, cy: Person) -> Run:
    return two.case()


def press(
    office: Office, who: Person, point: Checkpoint, verdict: Verdict = Verdict.APPROVE, **filled: str
) -> Checkpoint:
    sent = deciding.Press(point.id, point.revision, point.digest, verdict, filled, "so")
    return deciding.answer(office.desk, who, sent)


def does(office: Office, statement: str, who: Person, role: Role = Role.TO) -> None:
    with office.desk.transaction() as tx:
        assert tx.execute(text(statement), {"id": who.id, "role": role}).rowcount == 1


def give(office: Office, who: Person, role: Role) -> None:
    with office.desk.transaction() as tx:
        people.give_role(tx, who.id, role, "Ada")


def end_role(office: Office, who: Person) -> None:
    does(office, END_ROLE, who)


def leave(office: Office, who: Person) -> None:
    does(office, LEAVE, who)


def remove(office: Office, who: Person) -> None:
    joining.remove_person(office.desk, office.ada, who.name, "left")


def lose_and_get_back(office: Office, who: Person) -> None:
    end_role(office, who)
    give(office, who, Role.TO)


@pytest.mark.promise("B9.1")
def test_one_person_counts_once_also_by_another_token_and_way(two: Office, bob: Person, run: Run) -> None:
    point = two.ask(run, spend("60"))
    half = press(two, two.ada, point)
    assert (half.state, half.decision, half.waits_for) == (State.OPEN, None, ("another technical operator",))
    on_the_page = identity.verify(two.desk, joining.new_token(two.desk, two.ada, "page"))
    elsewhere = identity.verify(two.desk, joining.new_token(two.desk, two.ada, "shell"))
    for again in (two.ada, on_the_page, elsewhere):
        with pytest.raises(NotYourCall, match=r"You approved sample/1 already; it now waits for another technical"):
            press(two, again, point)
    whole = press(two, bob, point)
    assert (whole.state, whole.permit, [a.person for a in whole.counting]) == (
        State.APPROVED,
        Permit.UNUSED,
        ["Ada", "Bob"],
    )


@pytest.mark.promise("B9.1")
def test_one_person_with_two_of_the_roles_fills_one_of_them(two: Office, bob: Person, run: Run) -> None:
    both = wanting(two, Role.TO, Role.MANAGER)
    give(both, bob, Role.MANAGER)
    point = both.ask(run, spend("60"))
    press(both, bob, point)
    with pytest.raises(NotYourCall, match=r"You approved .* already; it now waits for the manager"):
        press(both, bob, point)
    assert both.show(point).state is State.OPEN
    assert press(both, both.person("Mia", Role.MANAGER), point).state is State.APPROVED


@pytest.mark.promise("B9.1")
def test_the_database_keeps_no_second_yes_of_one_person(two: Office, run: Run) -> None:
    point = two.ask(run, spend("60"))
    press(two, two.ada, point)
    columns = "checkpoint_id, revision, person_id, verdict, role, way, token_id, at"
    with pytest.raises(IntegrityError, match="answer_one_approval"), two.desk.engine.begin() as tx:
        tx.execute(text(f"insert into desk.answer ({columns}) select {columns} from desk.answer"))


@pytest.mark.promise("B9.1")
def test_two_people_at_the_same_moment_both_count_and_decide_once(two: Office, bob: Person, run: Run) -> None:
    for number in range(ROUNDS):
        point = two.ask(run, spend("60"), f"question {number}")
        told = at_once([partial(press, two, two.ada, point), partial(press, two, bob, point)])
        states = [one.state for one in told if isinstance(one, Checkpoint)]
        assert sorted(states) == [State.APPROVED, State.OPEN]
        assert sorted(answer.person for answer in two.show(point).counting) == ["Ada", "Bob"]


@pytest.mark.promise("B9.2")
@pytest.mark.parametrize("yes_before", [0, 1])
def test_one_no_ends_it(two: Office, bob: Person, cy: Person, run: Run, yes_before: int) -> None:
    point = two.ask(run, spend("60"))
    for who in (two.ada,)[:yes_before]:
        press(two, who, point)
    assert press(two, bob, point, Verdict.REJECT).state is State.REJECTED
    for late in (two.ada, cy):
        with pytest.raises(IllegalMove, match="was rejected by Bob"):
            press(two, late, point)
    now = two.show(point)
    assert (now.state, now.permit, len(now.answers)) == (State.REJECTED, None, yes_before + 1)


@pytest.mark.promise("B9.3")
@pytest.mark.parametrize("lose", [end_role, leave, remove, lose_and_get_back])
def test_who_loses_the_role_before_the_last_yes_takes_their_own_along(
    two: Office, bob: Person, cy: Person, run: Run, lose: Callable[[Office, Person], None]
) -> None:
    point = two.ask(run, spend("60"))
    press(two, bob, point)
    lose(two, bob)
    now = two.show(point)
    assert (now.roles_to_come, now.waits_for) == ((Role.TO, Role.TO), ("2 technical operators",))
    assert [answer.person for answer in now.fallen] == ["Bob"]
    stands = reading.show(two.desk, point.label).card.stands
    assert stands == "sample/1 is open and waits for 2 technical operators; the yes of Bob counts no more."
    half = press(two, cy, point)
    assert (half.state, half.permit, half.waits_for) == (State.OPEN, None, ("another technical operator",))
    whole = press(two, two.ada, point)
    assert (whole.state, [answer.person for answer in whole.counting]) == (State.APPROVED, ["Cy", "Ada"])


@pytest.mark.promise("B9.3")
def test_who_gets_the_role_back_says_it_again(two: Office, bob: Person, run: Run) -> None:
    point = two.ask(run, spend("60"))
    press(two, bob, point)
    lose_and_get_back(two, bob)
    again = press(two, bob, point)
    assert (again.state, len(again.counting), len(again.fallen)) == (State.OPEN, 1, 1)
    with pytest.raises(NotYourCall, match="You approved sample/1 already"):
        press(two, bob, point)
    assert press(two, two.ada, point).state is State.APPROVED


@pytest.mark.promise("B9.3")
def test_a_yes_that_came_after_one_that_fell_is_said_again_in_its_turn(two: Office, bob: Person, run: Run) -> None:
    three = wanting(two, Role.TO, Role.MANAGER, Role.CLIENT)
    mia, cleo = three.person("Mia", Role.MANAGER), three.person("Cleo", Role.CLIENT)
    point = three.ask(run, spend("60"))
    press(three, bob, point)
    press(three, mia, point)
    remove(three, bob)
    assert three.show(point).roles_to_come == (Role.TO, Role.MANAGER, Role.CLIENT)
    for early in (cleo, mia):
        with pytest.raises(NotYourCall, match="waits for the technical operator"):
            press(three, early, point)
    assert [press(three, who, point).state for who in (three.ada, mia, cleo)] == [
        State.OPEN,
        State.OPEN,
        State.APPROVED,
    ]


@pytest.mark.promise("B9.3")
def test_what_a_single_operator_said_to_their_own_falls_with_the_second_one(office: Office) -> None:
    alone = wanting(office, Role.TO, Role.TO)
    alone.enrol(alone.ada)
    point = alone.ask(alone.case(by=alone.ada), spend("60"))
    assert press(alone, alone.ada, point).answers[0].same_person
    bob, cy = alone.person("Bob", Role.TO), alone.person("Cy", Role.TO)
    assert alone.show(point).waits_for == ("2 technical operators",)
    assert press(alone, bob, point).state is State.OPEN
    assert press(alone, cy, point).state is State.APPROVED


@pytest.mark.promise("B9.3")
def test_a_removal_and_the_second_yes_at_the_same_moment_leave_one_truth(two: Office, run: Run) -> None:
    for number in range(ROUNDS // 2):
        leaver = two.person(f"Leaver {number}", Role.TO)
        point = two.ask(run, spend("60"), f"question {number}")
        press(two, leaver, point)
        at_once([partial(press, two, two.ada, point), partial(remove, two, leaver)])
        now = two.show(point)
        fell = [line.event for line in reading.history(two.desk, point.label).lines].count("approval counts no more")
        assert (now.state, fell, [a.person for a in now.counting]) in (
            (State.APPROVED, 0, [leaver.name, "Ada"]),
            (State.OPEN, 1, ["Ada"]),
        )


def test_what_was_decided_stays_decided_whoever_leaves(two: Office, bob: Person, cy: Person, run: Run) -> None:
    point = two.ask(run, spend("60"))
    press(two, bob, point)
    remove(two, bob)
    press(two, cy, point)
    whole = press(two, two.ada, point)
    remove(two, cy)
    now = two.show(point)
    assert (now.state, now.counting) == (State.APPROVED, whole.counting)
    assert ([a.person for a in now.counting], [a.person for a in now.fallen]) == (["Cy", "Ada"], ["Bob"])


def test_what_was_filled_in_by_a_yes_that_fell_binds_nobody(two: Office, bob: Person, cy: Person, run: Run) -> None:
    point = two.ask(run, spend("60", fields=(SEATS,)))
    press(two, bob, point, seats="7")
    with pytest.raises(Refused, match="Bob approved seats=7; approve the same"):
        press(two, cy, point, seats="8")
    remove(two, bob)
    press(two, cy, point, seats="8")
    whole = press(two, two.ada, point, seats="8")
    assert whole.decision is not None
    assert whole.decision.fields == {"seats": "8"}
