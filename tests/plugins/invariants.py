"""What must hold in the desk's database whatever happened: looked at after every test of A, B and D.

Each is a query for breaches, so that a breach names its checkpoint.
"""

import pytest
from sqlalchemy import Connection, create_engine, text

from checkpoints.core import audit as chain
from checkpoints.settings import Settings
from checkpoints.store import audit

ACTED = "('begun', 'done')"
NOT_ACTED = "('unused', 'failed', 'void')"

BREACHES = {
    "decided, and its state doesn't say so, or the other way round": """
        select desk.label(p.id) from desk.checkpoint p left join desk.decision d on d.checkpoint_id = p.id
        where (p.state in ('approved', 'rejected', 'void')) <> (d.checkpoint_id is not null)""",
    "has more than one decision": """
        select desk.label(checkpoint_id) from desk.decision group by checkpoint_id having count(*) > 1""",
    "acted on more than once": f"""
        select desk.label(checkpoint_id) from desk.step where checkpoint_id is not null and state in {ACTED}
        group by checkpoint_id having count(*) > 1""",
    "acted on again though nobody had found that the first try failed": f"""
        select desk.label(s.checkpoint_id) from desk.step s join desk.step maybe using (checkpoint_id)
        where s.state in {ACTED} and maybe.state = 'unknown' and not exists (
            select from desk.revision r join desk.decision d on d.checkpoint_id = r.checkpoint_id
                and d.revision = r.number and d.outcome = 'approved' and d.fields ->> 'outcome' = 'failed'
            where r.request ->> 'about' = s.checkpoint_id::text and d.at <= s.begun_at)""",
    "acted on without a permit for this step": f"""
        select desk.label(s.checkpoint_id) from desk.step s left join desk.permit t on t.step_id = s.id
        where s.checkpoint_id is not null and s.state in {ACTED}
            and (t.checkpoint_id is distinct from s.checkpoint_id or t.state in {NOT_ACTED})""",
    "acted on before, or without, an approval of this revision": f"""
        select desk.label(s.checkpoint_id) from desk.step s join desk.permit t on t.step_id = s.id
            left join desk.decision d on d.checkpoint_id = t.checkpoint_id and d.outcome = 'approved'
                and d.revision = t.revision and d.at <= s.begun_at
        where s.state in {ACTED} and d.checkpoint_id is null""",
    "approved by nobody who was allowed to": """
        select desk.label(d.checkpoint_id) from desk.decision d
        where d.outcome = 'approved' and not d.by_rule and not exists (
            select from desk.answer a join desk.role r on r.person_id = a.person_id and r.role = a.role
                join desk.checkpoint p on p.id = a.checkpoint_id
            where a.checkpoint_id = d.checkpoint_id and a.revision = d.revision and a.verdict = 'approve'
                and r.given_at <= a.at and (r.ended_at is null or r.ended_at > a.at)
                and coalesce(r.case_id, p.case_id) = p.case_id and coalesce(r.kind, p.kind) = p.kind
                and coalesce(r.ends_at > a.at, true))""",
    "approved by fewer people than had to": """
        select desk.label(d.checkpoint_id) from desk.decision d
            join desk.revision v on v.checkpoint_id = d.checkpoint_id and v.number = d.revision
        where d.outcome = 'approved' and not d.by_rule and not d.emergency
            and jsonb_array_length(v.requirement -> 'roles') > (
            select count(distinct a.person_id)
            from desk.answer a join desk.role r on r.person_id = a.person_id and r.role = a.role
            where a.checkpoint_id = d.checkpoint_id and a.revision = d.revision and a.verdict = 'approve'
                and r.given_at <= a.at and (r.ended_at is null or r.ended_at > d.at))""",
    "approved in an emergency, and no audit line says so": """
        select desk.label(d.checkpoint_id) from desk.decision d where d.emergency and not exists (
            select from desk.audit_line l where l.event = 'glass broken'
                and l.body::jsonb ->> 'checkpoint' = desk.label(d.checkpoint_id))""",
    "decided without an audit line": """
        select desk.label(d.checkpoint_id) from desk.decision d where not exists (
            select from desk.audit_line l where l.body::jsonb ->> 'checkpoint' = desk.label(d.checkpoint_id)
                and l.event in (d.outcome, d.outcome || ' by the rule'))""",
    "has a credential that ended, and a value of it is handed out": """
        select desk.label(k.checkpoint_id) from desk.credential k
            join desk.credential_version v on v.credential_id = k.id
        where k.ended_at is not null and v.retired_at is null""",
    "acted on without an audit line": f"""
        select desk.label(s.checkpoint_id) from desk.step s
        where s.checkpoint_id is not null and s.state in {ACTED} and not exists (
            select from desk.audit_line l where l.event = 'permit begun'
                and l.body::jsonb ->> 'checkpoint' = desk.label(s.checkpoint_id)
                and l.body::jsonb ->> 'step' = s.name)""",
}


ALL = text(
    " union all ".join(f"select {n}, label from ({query}) breach(label)" for n, query in enumerate(BREACHES.values()))
)
"""In one question: it is asked after more than a thousand tests."""


def breaches(tx: Connection) -> list[str]:
    """Every invariant that doesn't hold, with the checkpoint where it doesn't."""
    what = list(BREACHES)
    found = [f"{label}: {what[number]}" for number, label in tx.execute(ALL)]
    return found + chain.verify(audit.lines(tx), audit.head(tx))


def check(settings: Settings) -> None:
    """Raises AssertionError with the breaches."""
    engine = create_engine(settings.url_for("desk"))
    try:
        with engine.begin() as tx:
            found = breaches(tx)
    finally:
        engine.dispose()
    if found:
        pytest.fail("the invariants are broken:\n" + "\n".join(found), pytrace=False)
