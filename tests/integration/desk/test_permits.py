"""What a yes allows: exactly what was approved, by the run of its branch, once, and not for ever."""

from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from agents import asking_back
from checkpoints.actions import deciding, escalating, reading, withdrawing
from checkpoints.actions.by_runs import acting, submitting
from checkpoints.actions.courses import opening
from checkpoints.core.errors import Countersign, IllegalMove, NotYourCall, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Field, FieldSort, Person, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store import runs
from checkpoints.store.runs import Run
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office, spend

REGION = Field("region", "Region", FieldSort.CHOICE, choices=(("us-east-1", ""), ("eu-west-1", "")))


def press(
    office: Office, point: Checkpoint, verdict: Verdict = Verdict.APPROVE, who: Person | None = None, **fields: str
) -> Checkpoint:
    sent = deciding.Press(point.id, point.revision, point.digest, verdict, fields, "because")
    return deciding.answer(office.desk, who or office.ada, sent)


@pytest.fixture
def run(office: Office) -> Run:
    return office.case()


@pytest.fixture
def approved(office: Office, run: Run) -> Checkpoint:
    """Approved, with a field filled in."""
    return press(office, office.ask(run, spend("60", fields=(REGION,))), region="eu-west-1")


def begin(office: Office, run: Run, point: Checkpoint, name: str = "act", **other: str) -> UUID:
    fields = {"region": other.get("region", "eu-west-1")}
    return acting.begin(office.asker, run, point, name, other.get("digest", point.digest), fields).id


def permit(office: Office, point: Checkpoint) -> Permit | None:
    return office.show(point).permit


@pytest.mark.parametrize("outcome", ["done", "failed", "unknown"])
def test_a_permit_is_begun_and_ends_known_or_unknown(
    office: Office, run: Run, approved: Checkpoint, outcome: str
) -> None:
    assert permit(office, approved) is Permit.UNUSED
    step = begin(office, run, approved)
    assert permit(office, approved) is Permit.BEGUN
    acting.finish(office.asker, run, step, outcome, {"why": "so"})
    assert permit(office, approved) is Permit(outcome)
    assert f"permit {outcome}" in [line.event for line in reading.history(office.desk, approved.label).lines]


@pytest.mark.parametrize("outcome", ["done", "unknown"])
def test_what_was_done_or_nobody_knows_of_is_never_begun_again(
    office: Office, run: Run, approved: Checkpoint, outcome: str
) -> None:
    acting.finish(office.asker, run, begin(office, run, approved), outcome, None)
    for name in ("act", "another name"):
        with pytest.raises(IllegalMove, match=f"Its permit is {outcome} already. Nothing was begun"):
            begin(office, run, approved, name)


def test_what_is_known_not_to_have_happened_may_begin_again(office: Office, run: Run, approved: Checkpoint) -> None:
    acting.finish(office.asker, run, begin(office, run, approved), "failed", None)
    acting.finish(office.asker, run, begin(office, run, approved), "done", None)
    assert permit(office, approved) is Permit.DONE


@pytest.mark.promise("D2.3")
@pytest.mark.parametrize("other", [{"digest": "0" * 64}, {"region": "us-east-1"}], ids=["subject", "field"])
def test_anything_else_than_what_was_approved_begins_nothing(
    office: Office, run: Run, approved: Checkpoint, other: dict[str, str]
) -> None:
    with pytest.raises(Refused, match=r"not what was approved\. Nothing was begun"):
        begin(office, run, approved, **other)
    assert permit(office, approved) is Permit.UNUSED


@pytest.mark.promise("D2.3")
def test_another_revision_begins_nothing(office: Office, run: Run, approved: Checkpoint) -> None:
    with pytest.raises(Refused, match="not what was approved"), office.asker.transaction() as tx:
        runs.begin(tx, run, approved.id, "act", 2, approved.digest)


@pytest.mark.promise("D2.3")
@pytest.mark.parametrize("missing", ["null, :digest", "1, null"])
def test_a_permit_begins_with_nothing_left_open(office: Office, run: Run, approved: Checkpoint, missing: str) -> None:
    begin_sql = text(f"select desk.begin(:run, :id, 'act', {missing})")
    values = {"run": run.id, "id": approved.id, "digest": approved.digest}
    with pytest.raises(Refused, match="not what was approved"), office.asker.transaction() as tx:
        tx.execute(begin_sql, values)
    assert permit(office, approved) is Permit.UNUSED


def test_an_open_question_begins_nothing(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"))
    with pytest.raises(Refused, match=r"The checkpoint is open, not approved\. Nothing was begun"):
        begin(office, run, point)


@pytest.mark.promise("D4.3")
def test_an_old_approval_begins_nothing(office: Office, run: Run, approved: Checkpoint) -> None:
    later(office, "24 hours")
    with pytest.raises(IllegalMove, match=r"The approval is too old\. Nothing was begun"):
        begin(office, run, approved)


@pytest.mark.promise("B1.4")
def test_another_cases_run_neither_begins_nor_finishes(office: Office, run: Run, approved: Checkpoint) -> None:
    stranger = office.case("another")
    with pytest.raises(Refused, match="No such run at work in the branch"):
        begin(office, stranger, approved)
    step = begin(office, run, approved)
    with pytest.raises(Refused, match="not begun under a permit of this run"):
        acting.finish(office.asker, stranger, step, "done", None)
    with pytest.raises(Refused, match="not begun under a permit"):
        acting.finish(office.asker, run, uuid4(), "done", None)
    assert permit(office, approved) is Permit.BEGUN


@pytest.mark.promise("B1.4")
def test_another_branch_of_the_same_case_begins_nothing(office: Office, run: Run, approved: Checkpoint) -> None:
    with office.desk.transaction() as tx:
        branch = runs.by_id(tx, runs.add(tx, run.case_id, "monitoring"))
    assert branch is not None
    with pytest.raises(Refused, match="No such run at work in the branch"):
        begin(office, branch, approved)


def test_the_ledger_can_t_be_told_of_a_permit_that_was_not_begun(
    office: Office, run: Run, approved: Checkpoint
) -> None:
    step = acting.begin_plain(office.asker, run, "plain")
    with pytest.raises(NotYourCall), office.asker.transaction() as tx:
        tx.execute(text("update desk.step set checkpoint_id = :id where id = :step"), {"id": approved.id, "step": step})


def test_two_steps_at_once_and_one_begins(office: Office, run: Run, approved: Checkpoint) -> None:
    told = at_once([partial(begin, office, run, approved, f"step {number}") for number in range(8)])
    assert [type(one) for one in told].count(UUID) == 1
    assert all(isinstance(one, UUID | IllegalMove) for one in told)


def unknown(office: Office, run: Run, approved: Checkpoint) -> Checkpoint:
    """A permit whose outcome nobody knows, and the question about it."""
    acting.finish(office.asker, run, begin(office, run, approved), "unknown", None)
    return office.ask(run, asking_back.reconcile(approved.label, approved.id, "Hermes", "act", "noon"), "reconcile")


@pytest.mark.parametrize(("found", "after"), [("done", Permit.DONE), ("failed", Permit.FAILED), ("undo", Permit.DONE)])
def test_a_person_says_what_became_of_it(
    office: Office, run: Run, approved: Checkpoint, found: str, after: Permit
) -> None:
    asked = unknown(office, run, approved)
    press(office, asked, outcome=found)
    assert permit(office, approved) is after
    undoing = [p for p in reading.waiting_in(office.desk, run.case) if p.kind == "manual-task"]
    assert bool(undoing) == (found == "undo")
    if found == "failed":
        begin(office, run, approved)


def test_an_outcome_that_the_desk_does_not_know_settles_nothing(office: Office, run: Run, approved: Checkpoint) -> None:
    acting.finish(office.asker, run, begin(office, run, approved), "unknown", None)
    honest = asking_back.reconcile(approved.label, approved.id, "Hermes", "act", "noon")
    loose = Field("outcome", "What you found", FieldSort.TEXT)
    asked = office.ask(run, spend(None, kind="reconcile", facts=honest.facts, fields=(loose,), about=approved.id), "r")
    with pytest.raises(Refused, match=r"right would be one of done, undo, failed\. Nothing was recorded"):
        press(office, asked, outcome="perhaps")
    assert permit(office, approved) is Permit.UNKNOWN


def test_a_reconcile_about_what_is_known_settles_nothing(office: Office, run: Run, approved: Checkpoint) -> None:
    asked = office.ask(run, asking_back.reconcile(approved.label, approved.id, "Hermes", "act", "noon"), "reconcile")
    with pytest.raises(Refused, match="no permit whose outcome is unknown"):
        press(office, asked, outcome="failed")
    assert permit(office, approved) is Permit.UNUSED


def test_a_void_approval_is_not_void_once_it_is_being_acted_on(office: Office, run: Run, approved: Checkpoint) -> None:
    begin(office, run, approved)
    submitting.void(office.asker, run, approved, "too late")
    office.receive()
    assert (office.show(approved).state, permit(office, approved)) == (State.APPROVED, Permit.BEGUN)


def test_a_case_that_ends_leaves_nothing_open_and_nothing_to_act_on(
    office: Office, run: Run, approved: Checkpoint
) -> None:
    waiting = office.ask(run, spend("70"), "another")
    submitting.ended(office.asker, run, "undelivered", "the client left")
    office.receive()
    assert (office.show(approved).state, permit(office, approved)) == (State.VOID, Permit.VOID)
    assert office.show(waiting).because == "the case ended: the client left"
    with pytest.raises(Countersign, match="Nothing was begun"):
        begin(office, run, approved)


def test_a_question_whose_time_is_over_can_t_be_approved_though_nobody_expired_it(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"))
    later(office, "31 days")
    with pytest.raises(IllegalMove, match=r"has expired: not approved\. Nothing was recorded"):
        press(office, point)
    assert escalating.expire_next(office.desk)
    assert not escalating.expire_next(office.desk)
    assert office.show(point).state is State.EXPIRED


def test_an_expired_question_is_reopened_under_a_new_number(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"))
    later(office, "31 days")
    escalating.expire_next(office.desk)
    again = opening.reopen(office.desk, office.ada, point.id, "we were on holiday")
    office.receive()
    assert (again.number, again.reopens, office.show(again).state) == (point.number + 1, point.label, State.OPEN)
    with pytest.raises(IllegalMove, match=f"its question is now {again.label}"):
        opening.reopen(office.desk, office.ada, point.id, "twice")


def test_a_question_that_is_open_is_not_reopened(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"))
    with pytest.raises(IllegalMove, match="is open: it can't be reopened"):
        opening.reopen(office.desk, office.ada, point.id, "why not")


@pytest.mark.parametrize("reopened_first", [True, False])
def test_a_case_that_was_reopened_while_its_run_ended_goes_on(office: Office, run: Run, reopened_first: bool) -> None:
    point = press(office, office.ask(run, spend("60")), Verdict.REJECT)
    if not reopened_first:
        submitting.ended(office.asker, run, "refused", "a person said no")
    again = opening.reopen(office.desk, office.ada, point.id, "on second thoughts")
    if reopened_first:
        submitting.ended(office.asker, run, "refused", "a person said no")
    office.receive()
    assert office.show(again).state is State.OPEN
    assert reading.story(office.desk, run.case).case.state == "running"
    with office.desk.transaction() as tx:
        (alive,) = runs.alive(tx, run.case_id)
    assert alive.id == office.show(again).run_id != run.id


def test_a_reopened_question_that_every_run_passes_by_does_not_keep_the_case_going(office: Office, run: Run) -> None:
    point = press(office, office.ask(run, spend("60")), Verdict.REJECT)
    opening.reopen(office.desk, office.ada, point.id, "on second thoughts")
    for _ in range(2):
        with office.desk.transaction() as tx:
            (alive,) = runs.alive(tx, run.case_id)
        submitting.ended(office.asker, alive, "undelivered", "passed it by")
        office.receive()
    assert reading.story(office.desk, run.case).case.state == "undelivered"


def test_a_person_withdraws_what_they_could_have_approved_and_nobody_else(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"))
    with pytest.raises(NotYourCall, match="waits for the technical operator"):
        withdrawing.withdraw(office.desk, office.person("Mia", Role.MANAGER), point.id, "no")
    after = withdrawing.withdraw(office.desk, office.ada, point.id, "not needed")
    assert (after.state, after.because) == (State.WITHDRAWN, "not needed")
    with pytest.raises(IllegalMove, match="Nothing was changed"):
        withdrawing.withdraw(office.desk, office.ada, point.id, "again")


@pytest.mark.promise("B2.4")
def test_an_answer_and_the_end_of_the_case_at_the_same_moment_leave_one_truth(office: Office) -> None:
    for number in range(30):
        run = office.case(f"case-{number}")
        point = office.ask(run, spend("60"))
        submitting.ended(office.asker, run, "refused", "the client left")
        told = at_once([partial(press, office, point), office.receive])
        after = office.show(point)
        assert not any(isinstance(one, Countersign) and not isinstance(one, IllegalMove) for one in told)
        assert (after.state, after.permit) in [(State.WITHDRAWN, None), (State.VOID, Permit.VOID)]
        assert (after.decision is not None) == (after.state is State.VOID) == isinstance(told[0], Checkpoint)
