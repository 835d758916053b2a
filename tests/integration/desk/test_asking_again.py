"""Asked again, it is the same question, a revision or a new number; an old card never answers a new one."""

import pytest

from checkpoints.actions import deciding, withdrawing
from checkpoints.actions.by_runs import acting, requesting, submitting
from checkpoints.core.errors import Countersign, IllegalMove
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Request, Subject, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run
from tests.stage.desks import Office, spend


def press(office: Office, point: Checkpoint, verdict: Verdict = Verdict.APPROVE, note: str = "") -> Checkpoint:
    sent = deciding.Press(point.id, point.revision, point.digest, verdict, note=note)
    return deciding.answer(office.desk, office.ada, sent)


def another(cost: str) -> Request:
    return spend(cost, subject=Subject("error tracking", {"what": "a smaller plan", "monthly": cost}))


def revised(office: Office, run: Run, point: Checkpoint) -> Checkpoint:
    submitting.revise(office.asker, run, point, another("55"))
    office.receive()
    return office.show(point)


@pytest.mark.promise("B6.1")
def test_a_run_that_begins_again_finds_its_own_question(office: Office) -> None:
    run = office.case()
    first = office.ask(run, spend("60"))
    again = requesting.ask(office.asker, run, "question", 1, spend("60"))
    assert (again.id, again.number, again.state) == (first.id, first.number, State.OPEN)


@pytest.mark.promise("B6.2", "D2.1")
def test_a_press_on_an_older_revision_is_refused_and_says_so(office: Office) -> None:
    run = office.case()
    old = office.ask(run, spend("60"))
    press(office, old, Verdict.CHANGES, "cheaper")
    new = revised(office, run, old)
    assert (new.number, new.revision, new.state) == (old.number, 2, State.OPEN)
    assert new.digest != old.digest
    with pytest.raises(IllegalMove, match="it is at revision 2 now, you saw 1"):
        press(office, old)
    assert office.show(old).decision is None


@pytest.mark.promise("B6.3")
def test_a_question_asked_anew_has_a_new_number_and_the_old_card_says_so(office: Office) -> None:
    run = office.case()
    old = office.ask(run, spend("60"))
    withdrawing.withdraw(office.desk, office.ada, old.id, "not needed now")
    new = office.ask(run, spend("60"), attempt=2)
    assert new.number == old.number + 1
    with pytest.raises(IllegalMove, match=f"{old.label} was withdrawn at .*not needed now"):
        press(office, old)
    assert office.show(new).state is State.OPEN


@pytest.mark.promise("D2.2")
def test_an_approval_that_became_void_begins_nothing(office: Office) -> None:
    run = office.case()
    point = press(office, office.ask(run, spend("60")))
    submitting.void(office.asker, run, point, "a new plan was made")
    office.receive()
    assert (office.show(point).state, office.show(point).permit) == (State.VOID, Permit.VOID)
    with pytest.raises(Countersign, match="Nothing was begun"):
        acting.begin(office.asker, run, point, "act", point.digest, {})
