"""Writes answers, decisions and permits. Imported only by deciding, receiving, escalating and withdrawing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from checkpoints.core.digest import approved
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Json, Rule, named
from checkpoints.core.view import Checkpoint
from checkpoints.store.work.notices import ERRANDS, news

ANSWERED = """
    insert into desk.answer (checkpoint_id, revision, person_id, verdict, role, fields, note, way, token_id,
                             same_person, again, role_id, at)
    values (:id, :revision, :person, :verdict, :role, cast(:fields as jsonb), :note, :way, :token, :same_person,
            :again, :role_id, :at)"""
MOVED = "update desk.checkpoint set state = :state, because = :because, changed_at = :at where id = :id"
DECIDED = """
    insert into desk.decision (checkpoint_id, revision, outcome, by_name, by_rule, rule_version, amount, fields, note,
                               emergency, at)
    values (:id, :revision, :outcome, :by_name, :by_rule, :rule_version, :amount, cast(:fields as jsonb), :note,
            :emergency, coalesce(:at, desk.desk_now()))"""
PERMITTED = """
    insert into desk.permit (checkpoint_id, revision, digest, expires_at, changed_at)
    values (:id, :revision, :digest, coalesce(:at, desk.desk_now()) + :lasts, coalesce(:at, desk.desk_now()))"""


SAID = "desk.audit_append(:event, cast(:line as jsonb))"
DECISION = text(DECIDED)
PERMIT = text(PERMITTED)
SET_PERMIT = text("update desk.permit set state = :state, changed_at = desk.desk_now() where checkpoint_id = :id")
PASSED = text("""
    select coalesce(sum(d.amount), 0) from desk.decision d join desk.checkpoint p on p.id = d.checkpoint_id
    where p.case_id = :case_id and d.by_rule and d.at > desk.desk_now() - :window""")


def write_answer(
    tx: Connection, after: Checkpoint, proof: UUID, event: str, line: Mapping[str, Json], permit_lasts: timedelta
) -> None:
    """The newest answer of a checkpoint and all that came of it: state, decision, permit, audit line, errands.

    `proof` is the token that verified the person. A second decision breaks the primary key, a second approval of
    theirs a unique index, unless the one before counts no more or was not enough in an emergency.
    """
    *before, given = after.answers
    decision = after.decision
    glass = decision is not None and decision.emergency
    once = tuple(before) if glass else replace(after, answers=tuple(before)).fallen
    values: dict[str, object] = {"id": after.id, "revision": given.revision, "person": given.person_id}
    values |= {"verdict": given.verdict, "role": given.role, "note": given.note, "way": given.way, "token": proof}
    values |= {"fields": json.dumps(dict(given.fields)), "same_person": given.same_person, "at": given.at}
    values["role_id"] = given.grant
    values |= {"state": after.state, "because": after.because, "event": event, "line": json.dumps(dict(line))}
    values["again"] = sum(a.person_id == given.person_id and a.verdict == given.verdict for a in once)
    values["errands"] = news(after, after.state)
    writes = [ANSWERED, MOVED]
    if decision is not None:
        writes.append(DECIDED)
        values |= {"outcome": decision.outcome, "by_name": decision.by, "by_rule": False}
        values |= {"emergency": decision.emergency}
        values |= {"rule_version": None, "amount": None}
    if after.permit is not None:
        writes.append(PERMITTED)
        values |= {"digest": approved(after.digest, given.fields, given.revision), "lasts": permit_lasts}
    tx.execute(_at_once(*writes), values)


@cache
def _at_once(*writes: str) -> TextClause:
    """One statement: sent apart, the round trips would cost more than the work."""
    named = ", ".join(f"write_{number} as ({write})" for number, write in enumerate(writes))
    return text(f"with {named} select {SAID}, {ERRANDS}")


def write_decision(
    tx: Connection,
    point: Checkpoint,
    outcome: str,
    rule: Rule,
    fields: Mapping[str, str],
    note: str,
    amount: Decimal | None,
) -> None:
    """The rule's decision, the one of its checkpoint; a second one breaks the primary key."""
    values: dict[str, object] = {"id": point.id, "revision": point.revision, "outcome": outcome, "note": note}
    values |= {"by_name": named(rule), "by_rule": True, "rule_version": rule.version, "amount": amount, "at": None}
    values["emergency"] = False
    tx.execute(DECISION, values | {"fields": json.dumps(dict(fields))})


def write_permit(tx: Connection, point: Checkpoint, fields: Mapping[str, str], lasts: timedelta) -> None:
    """The single permission to act that an approved checkpoint gives."""
    named = approved(point.digest, fields, point.revision)
    tx.execute(PERMIT, {"id": point.id, "revision": point.revision, "digest": named, "lasts": lasts, "at": None})


def set_permit(tx: Connection, id: UUID, state: Permit) -> None:
    """Writes what `lifecycle.move_permit` said."""
    tx.execute(SET_PERMIT, {"id": id, "state": state})


def passed_by_rule(tx: Connection, case_id: UUID, window: timedelta) -> Decimal:
    """Monthly dollars that the rule alone passed for this case within the window."""
    total: Decimal = tx.execute(PASSED, {"case_id": case_id, "window": window}).scalar_one()
    return total
