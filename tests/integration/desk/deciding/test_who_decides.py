"""Who may answer what: by role, by cost, in order, once each, and never what one started oneself."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.courses import opening
from checkpoints.actions.people import joining
from checkpoints.core.errors import IllegalMove, NeedsFactor, NotYourCall, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Field, FieldSort, Person, Request, Risk, Role, Subject, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import NewCase
from checkpoints.store import runs
from checkpoints.store.runs import Run
from tests.stage.desks import Office, spend

SEATS = Field("seats", "Seats", FieldSort.NUMBER, default="5")


@pytest.fixture
def run(office: Office) -> Run:
    return office.case()


@pytest.fixture
def manager(office: Office) -> Person:
    return office.person("Mia", Role.MANAGER)


def press(
    office: Office, who: Person, point: Checkpoint, verdict: Verdict = Verdict.APPROVE, note: str = "so", **fields: str
) -> Checkpoint:
    return deciding.answer(
        office.desk, who, deciding.Press(point.id, point.revision, point.digest, verdict, fields, note)
    )


def test_a_small_cost_is_passed_by_the_rule_at_once(office: Office, run: Run) -> None:
    point = office.ask(run, spend("49.99"))
    assert (point.state, point.permit) == (State.APPROVED, Permit.UNUSED)
    assert point.decision is not None
    assert point.decision.by.startswith("the rule, version ")


def test_small_costs_add_up_until_a_person_is_asked(office: Office, run: Run) -> None:
    states = [office.ask(run, spend("20"), f"spend-{number}").state for number in range(4)]
    assert states == [State.APPROVED, State.APPROVED, State.OPEN, State.OPEN]
    assert office.ask(office.case("another"), spend("20")).state is State.APPROVED


def test_over_two_hundred_the_operator_and_then_the_manager_approve(office: Office, run: Run, manager: Person) -> None:
    point = office.ask(run, spend("300"))
    with pytest.raises(NotYourCall, match="waits for the technical operator; your roles: manager"):
        press(office, manager, point)
    half = press(office, office.ada, point)
    assert (half.state, half.decision, half.permit) == (State.OPEN, None, None)
    with pytest.raises(NotYourCall, match=r"You approved .* already; it now waits for the manager"):
        press(office, office.ada, point)
    whole = press(office, manager, point)
    assert (whole.state, whole.permit) == (State.APPROVED, Permit.UNUSED)
    assert whole.decision is not None
    assert whole.decision.by == "Mia"


def test_one_no_ends_it_though_another_said_yes(office: Office, run: Run, manager: Person) -> None:
    point = office.ask(run, spend("300"))
    press(office, office.ada, point)
    assert press(office, manager, point, Verdict.REJECT).state is State.REJECTED


def test_the_second_approves_what_the_first_filled_in_or_says_no(office: Office, run: Run, manager: Person) -> None:
    point = office.ask(run, spend("300", fields=(SEATS,)))
    press(office, office.ada, point, seats="7")
    with pytest.raises(Refused, match="Ada approved seats=7; approve the same"):
        press(office, manager, point, seats="8")
    assert press(office, manager, point, seats="7").state is State.APPROVED


@pytest.mark.promise("D2.1")
def test_after_a_revision_everybody_answers_anew(office: Office, run: Run, manager: Person) -> None:
    point = office.ask(run, spend("300"))
    press(office, office.ada, point)
    submitting.revise(office.asker, run, point, spend("400", subject=Subject("more", {"what": "more"})))
    office.receive()
    revised = office.show(point)
    assert (revised.revision, revised.roles_to_come) == (2, (Role.TO, Role.MANAGER))
    with pytest.raises(NotYourCall):
        press(office, manager, revised)


@pytest.mark.parametrize("asked", [spend("60", risks=(Risk.DELETES,)), spend("500.01")], ids=["deletes", "over $500"])
def test_what_needs_a_second_factor_stays_open_and_can_be_rejected(office: Office, run: Run, asked: Request) -> None:
    point = office.ask(run, asked)
    with pytest.raises(NeedsFactor, match="needs your second factor"):
        press(office, office.ada, point)
    assert (office.show(point).state, office.show(point).answers) == (State.OPEN, ())
    assert press(office, office.ada, point, Verdict.REJECT).state is State.REJECTED


def test_the_single_operator_may_answer_their_own_with_a_second_factor_and_it_stands_there(office: Office) -> None:
    point = office.ask(office.case(by=office.ada), spend("60"))
    with pytest.raises(NeedsFactor, match="you started it yourself"):
        press(office, office.ada, point)
    office.enrol(office.ada)
    assert press(office, office.ada, point).answers[0].same_person
    assert '"same_person": true' in reading.history(office.desk, point.label).lines[-1].body


def test_the_set_ups_sample_is_nobodys_own_and_there_is_one(office: Office) -> None:
    new = NewCase("sample", "delivery", "Sample", "Client Inc.", Decimal(500), {})
    case = opening.open_sample(office.desk, new)
    with office.desk.transaction() as tx:
        point = office.ask(runs.alive(tx, case.id)[0], spend("60"))
    assert not press(office, office.ada, point).answers[0].same_person
    with pytest.raises(IllegalMove, match="There are projects here already"):
        opening.open_sample(office.desk, replace(new, slug="another"))
    assert '"by": "the set-up"' in next(
        line.body for line in reading.audit_page(office.desk).lines if line.event == "case opened"
    )


def test_with_a_second_operator_that_ends_for_good(office: Office) -> None:
    bob = office.person("Bob", Role.TO)
    office.enrol(office.ada)
    point = office.ask(office.case(by=office.ada), spend("60"))
    with pytest.raises(NotYourCall, match="You started sample: another technical operator must answer"):
        press(office, office.ada, point)
    with office.desk.transaction() as tx:
        tx.execute(text("update desk.role set ended_at = desk.desk_now() where person_id = :id"), {"id": bob.id})
    with pytest.raises(NotYourCall, match="another technical operator must answer"):
        press(office, office.ada, point)
    with pytest.raises(NotYourCall, match="your roles: none"):
        press(office, bob, point)


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.CHANGES])
@pytest.mark.parametrize(
    "note", ["", "   ", "x" * 5000, "a\0b", "\udcff"], ids=["empty", "blank", "long", "NUL", "bytes"]
)
def test_a_no_without_words_that_can_be_kept_is_not_recorded(
    office: Office, run: Run, verdict: Verdict, note: str
) -> None:
    point = office.ask(run, spend("60"))
    with pytest.raises(Refused, match="Nothing was recorded"):
        press(office, office.ada, point, verdict, note)
    assert office.show(point).answers == ()


@pytest.mark.parametrize(
    "label", ["", "/", "x", "sample/", "sample/x", "sample/-1", "sample/1" + "0" * 40, "\udcff/1", "a\0/1"]
)
def test_a_label_that_names_nothing_is_refused_in_words(office: Office, run: Run, label: str) -> None:
    with pytest.raises(Refused, match=r"is no checkpoint|There is no checkpoint"):
        reading.show(office.desk, label)


@pytest.mark.promise("C6.1")
def test_a_stolen_person_decides_nothing_with_the_askers_login(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"))
    yes = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    with pytest.raises(NotYourCall, match="This login may not do that"):
        deciding.answer(office.asker, office.ada, yes)
    with pytest.raises(NotYourCall):
        opening.open_case(office.asker, office.ada, NewCase("x", "delivery", "X", "C", Decimal(1), {}))
    assert (office.show(point).state, office.show(point).answers) == (State.OPEN, ())


@pytest.mark.promise("C6.1")
@pytest.mark.parametrize(
    "call",
    [
        "ask_in(null, 'main', 'q', 1, null, null, '{}', '')",
        "errands_add('[]')",
        "audit_append('approved', '{}')",
    ],
)
def test_the_desks_own_functions_are_not_the_askers(office: Office, call: str) -> None:
    with pytest.raises(NotYourCall, match="This login may not do that"), office.asker.transaction() as tx:
        tx.execute(text(f"select desk.{call}"))


def test_somebody_who_signed_out_between_look_and_press_is_refused(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"))
    joining.sign_out(office.desk, office.ada)
    with pytest.raises(NotYourCall, match="not signed in any more"):
        press(office, office.ada, point)
    with pytest.raises(NotYourCall, match="No token was made"):
        joining.new_token(office.desk, office.ada, "page")


def test_a_press_on_another_digest_is_refused(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"))
    with pytest.raises(IllegalMove, match="Look at it again"):
        deciding.answer(office.desk, office.ada, deciding.Press(point.id, 1, "0" * 64, Verdict.APPROVE))


def test_a_kind_that_left_the_catalogue_is_refused_in_words(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"))
    poorer = replace(office.desk, kinds={name: kind for name, kind in office.desk.kinds.items() if name != "spend"})
    yes = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    with pytest.raises(Refused, match="“spend” is not in the catalogue any more"):
        deciding.answer(poorer, office.ada, yes)
    assert office.show(point).state is State.OPEN
