"""The invariants find a breach: each is planted by the owner of the tables, past every guard."""

import pytest
from sqlalchemy import create_engine, text

from checkpoints.actions import deciding
from checkpoints.actions.by_runs import acting
from checkpoints.core.model import Verdict
from tests.plugins import invariants
from tests.stage.desks import Office, spend

STEP = "insert into desk.step (case_id, branch, name, run_id, checkpoint_id, state, begun_at) "
AGAIN = STEP + "select case_id, branch, 'again', run_id, checkpoint_id, '{}', now() from desk.step"
TWICE = """alter table desk.permit drop constraint permit_checkpoint_id_fkey;
    alter table desk.decision drop constraint decision_pkey;
    insert into desk.decision select * from desk.decision"""
KEPT = """insert into desk.credential (case_id, checkpoint_id, service, vault_path, given_by, given_at, ended_at)
        select p.case_id, p.id, 's', 'cases/x', a.id, now(), now() from desk.checkpoint p, desk.person a limit 1;
    insert into desk.credential_version (credential_id, number, vault_path, given_by, given_at)
        select id, 1, vault_path, given_by, given_at from desk.credential"""
UNSAID = "update desk.audit_line set event = 'seen' where event = '{}'"

PLANTED = {
    "decided, and its state": "update desk.checkpoint set state = 'open'",
    "has more than one decision": TWICE,
    "acted on more than once": AGAIN.format("done"),
    "acted on again though nobody": AGAIN.format("unknown"),
    "acted on without a permit": "update desk.permit set step_id = null, state = 'unused'",
    "acted on before": "update desk.decision set at = at + interval '1 hour'",
    "approved by nobody": "update desk.role set ended_at = given_at",
    "approved by fewer people": """update desk.revision set requirement = requirement || '{"roles": ["to", "to"]}'""",
    "approved in an emergency": "update desk.decision set emergency = true",
    "decided without an audit line": UNSAID.format("approved"),
    "has a credential that ended": KEPT,
    "acted on without an audit line": UNSAID.format("permit begun"),
    "its content was changed": "update desk.audit_line set event = 'seen' where number = 1",
}


@pytest.fixture
def acted(office: Office) -> Office:
    """One question that was asked, approved and acted on."""
    run = office.case()
    point = office.ask(run, spend("60"))
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    deciding.answer(office.desk, office.ada, press)
    begun = acting.begin(office.asker, run, point, "act", point.digest, {})
    acting.finish(office.asker, run, begun.id, "done", None)
    return office


def test_they_hold_after_one_question_from_ask_to_effect(acted: Office) -> None:
    invariants.check(acted.settings)


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_breach_is_found(acted: Office, what: str) -> None:
    owner = create_engine(acted.settings.url_for("owner"))
    with owner.begin() as tx:
        tx.execute(text(PLANTED[what]))
    owner.dispose()
    with pytest.raises(pytest.fail.Exception, match=what):
        invariants.check(acted.settings)


def test_every_invariant_has_a_breach_planted_against_it() -> None:
    assert all(any(what.startswith(planted) for planted in PLANTED) for what in invariants.BREACHES)
