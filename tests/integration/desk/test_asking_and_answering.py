"""One question from ask to permit, by the actions alone, on a real database."""

from checkpoints.actions import deciding
from checkpoints.actions.audit import anchoring
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Verdict
from tests.stage.desks import Office, spend


def test_a_yes_gives_one_permit_and_an_audit_that_holds(office: Office) -> None:
    run = office.case()
    point = office.ask(run, spend("60"))
    assert point.state is State.OPEN
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    after = deciding.answer(office.desk, office.ada, press)
    assert (after.state, after.permit) == (State.APPROVED, Permit.UNUSED)
    verified = anchoring.verify(office.desk)
    assert verified.lines > 3
    assert verified.wrong == ()
