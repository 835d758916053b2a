"""What a decision and an effect can't do without: a line of the audit, and the very rows that were approved."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from checkpoints.actions import deciding
from checkpoints.actions.by_runs import acting, requesting
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Field, FieldSort, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run, Step
from tests.stage.desks import Office, spend

REGION = Field("region", "Region", FieldSort.CHOICE, choices=(("us-east-1", ""), ("eu-west-1", "")))


class Owner:
    """Whoever owns the tables."""

    def __init__(self, office: Office) -> None:
        self.engine = create_engine(office.settings.url_for("owner"))

    def does(self, statement: str) -> None:
        with self.engine.begin() as tx:
            assert tx.execute(text(statement)).rowcount != 0


@pytest.fixture
def owner(office: Office) -> Iterator[Owner]:
    made = Owner(office)
    yield made
    made.engine.dispose()


@pytest.fixture
def run(office: Office) -> Run:
    return office.case()


@pytest.fixture
def waiting(office: Office, run: Run) -> Checkpoint:
    return office.ask(run, spend("60", fields=(REGION,)))


def approve(office: Office, point: Checkpoint) -> Checkpoint:
    sent = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE, {"region": "eu-west-1"})
    return deciding.answer(office.desk, office.ada, sent)


def act(office: Office, run: Run, point: Checkpoint) -> Step:
    """As a run acts: on what it reads now."""
    now = office.show(point)
    assert now.decision is not None
    return acting.begin(office.asker, run, now, "act", digest(now.request.subject.parameters), now.decision.fields)


@pytest.mark.promise("G5.1")
def test_without_a_line_of_the_audit_nothing_is_decided(office: Office, owner: Owner, waiting: Checkpoint) -> None:
    owner.does("revoke insert on desk.audit_line from countersign_owner")
    for verdict in Verdict:
        sent = deciding.Press(waiting.id, waiting.revision, waiting.digest, verdict, {"region": "eu-west-1"}, "so")
        with pytest.raises(Countersign):
            deciding.answer(office.desk, office.ada, sent)
    now = office.show(waiting)
    assert (now.state, now.decision, now.permit, now.answers) == (State.OPEN, None, None, ())
    owner.does("grant insert on desk.audit_line to countersign_owner")
    assert approve(office, waiting).state is State.APPROVED


@pytest.mark.promise("G5.1")
def test_without_a_line_of_the_audit_the_rule_passes_nothing(office: Office, owner: Owner, run: Run) -> None:
    cheap = requesting.ask(office.asker, run, "cheap", 1, spend("12"))
    owner.does("revoke insert on desk.audit_line from countersign_owner")
    with pytest.raises(Countersign):
        office.receive()
    assert (office.show(cheap).state, office.show(cheap).decision) == (State.ASKED, None)
    owner.does("grant insert on desk.audit_line to countersign_owner")
    office.receive()
    assert office.show(cheap).state is State.APPROVED


@pytest.mark.promise("G5.2")
def test_without_a_line_of_the_audit_no_effect_begins(
    office: Office, owner: Owner, run: Run, waiting: Checkpoint
) -> None:
    approve(office, waiting)
    owner.does("revoke insert on desk.audit_line from countersign_owner")
    with pytest.raises(Countersign):
        act(office, run, waiting)
    assert office.show(waiting).permit is Permit.UNUSED
    owner.does("grant insert on desk.audit_line to countersign_owner")
    assert act(office, run, waiting).state == "begun"


@pytest.mark.promise("D8.1")
def test_parameters_that_were_edited_after_the_yes_begin_nothing(
    office: Office, owner: Owner, run: Run, waiting: Checkpoint
) -> None:
    approve(office, waiting)
    owner.does("""update desk.revision set request = jsonb_set(request, '{subject,parameters,monthly}', '"6000"')""")
    with pytest.raises(Refused, match=r"not what was approved\. Nothing was begun"):
        act(office, run, waiting)
    assert office.show(waiting).permit is Permit.UNUSED


@pytest.mark.promise("D8.2")
def test_fields_that_were_edited_after_the_yes_begin_nothing(
    office: Office, owner: Owner, run: Run, waiting: Checkpoint
) -> None:
    approve(office, waiting)
    owner.does("""update desk.decision set fields = '{"region": "us-east-1"}'""")
    with pytest.raises(Refused, match=r"not what was approved\. Nothing was begun"):
        act(office, run, waiting)
    assert office.show(waiting).permit is Permit.UNUSED
