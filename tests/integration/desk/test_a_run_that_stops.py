"""A run that stops in the midst of a transaction, and one whose last word the desk refuses."""

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import submitting, waiting
from checkpoints.core.errors import Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Verdict
from checkpoints.store import checkpoints
from checkpoints.store.work.waits import Wait
from tests.stage.desks import Office, spend
from tests.stage.runs import eventually


def test_an_open_transaction_of_a_run_holds_up_no_decision_for_long(office: Office) -> None:
    point = office.ask(office.case("one"), spend("60"))
    other = office.case("two")
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    with office.asker.engine.connect() as stopped:
        checkpoints.ask(stopped, other.id, "question", 1, spend("60"), point.digest)

        def answered() -> bool | None:
            try:
                return deciding.answer(office.desk, office.ada, press).state is State.APPROVED
            except Unavailable:
                return None

        assert eventually(answered, "the decision", seconds=30)
        stopped.invalidate()


def test_a_run_is_woken_when_the_desk_refuses_what_it_handed_in(office: Office) -> None:
    run = office.case()
    point = office.ask(run, spend("60"))
    changes = deciding.Press(point.id, point.revision, point.digest, Verdict.CHANGES, note="cheaper")
    changing = deciding.answer(office.desk, office.ada, changes)
    submitting.revise(office.asker, run, changing, spend("60", kind="manual-task"))
    waiting.sleep_for(office.asker, run, Wait(checkpoint_id=changing.id))
    office.receive()
    assert reading.refused_why(office.desk, changing, "revise") == "a revision can't change the kind"
    with office.desk.transaction() as tx:
        wakes = tx.exec_driver_sql("select key from desk.errand where kind = 'wake' and done_at is null").scalars()
        assert str(run.id) in wakes.all()
    assert reading.has_news(office.desk, run.id)
