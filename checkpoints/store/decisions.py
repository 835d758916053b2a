"""Writes answers, decisions and permits. Imported only by deciding, receiving, escalating and withdrawing."""

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.digest import approved
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Person, Role, Rule, Verdict, named
from checkpoints.core.view import Checkpoint

ANSWER = text("""
    insert into desk.answer (checkpoint_id, revision, person_id, verdict, role, fields, note, way, token_id,
                             same_person, at)
    values (:id, :revision, :person, :verdict, :role, cast(:fields as jsonb), :note, :way, :token, :same_person,
            desk.desk_now())""")
DECISION = text("""
    insert into desk.decision (checkpoint_id, revision, outcome, by_name, by_rule, rule_version, amount, fields, note, at)
    values (:id, :revision, :outcome, :by_name, :by_rule, :rule_version, :amount, cast(:fields as jsonb), :note,
            desk.desk_now())""")
PERMIT = text("""
    insert into desk.permit (checkpoint_id, revision, digest, expires_at, changed_at)
    values (:id, :revision, :digest, desk.desk_now() + :lasts, desk.desk_now())""")
SET_PERMIT = text("update desk.permit set state = :state, changed_at = desk.desk_now() where checkpoint_id = :id")
PASSED = text("""
    select coalesce(sum(d.amount), 0) from desk.decision d join desk.checkpoint p on p.id = d.checkpoint_id
    where p.case_id = :case_id and d.by_rule and d.at > desk.desk_now() - :window""")


def write_answer(
    tx: Connection,
    point: Checkpoint,
    person: Person,
    verdict: Verdict,
    role: Role,
    fields: Mapping[str, str],
    note: str,
    same_person: bool,
) -> None:
    """One person's answer to this revision."""
    values: dict[str, object] = {
        "id": point.id,
        "revision": point.revision,
        "person": person.id,
        "verdict": verdict,
    }
    values |= {"role": role, "fields": json.dumps(dict(fields)), "note": note, "way": person.way}
    tx.execute(ANSWER, values | {"token": person.proof, "same_person": same_person})


def write_decision(
    tx: Connection,
    point: Checkpoint,
    outcome: str,
    by: Person | Rule,
    fields: Mapping[str, str],
    note: str = "",
    amount: Decimal | None = None,
) -> None:
    """The one decision of a checkpoint; a second one breaks the primary key."""
    version = by.version if isinstance(by, Rule) else None
    values: dict[str, object] = {"id": point.id, "revision": point.revision, "outcome": outcome, "note": note}
    values |= {
        "by_name": named(by),
        "by_rule": version is not None,
        "rule_version": version,
        "amount": amount,
    }
    tx.execute(DECISION, values | {"fields": json.dumps(dict(fields))})


def write_permit(tx: Connection, point: Checkpoint, fields: Mapping[str, str], lasts: timedelta) -> None:
    """The single permission to act that an approved checkpoint gives."""
    named = approved(point.digest, fields, point.revision)
    tx.execute(PERMIT, {"id": point.id, "revision": point.revision, "digest": named, "lasts": lasts})


def set_permit(tx: Connection, id: UUID, state: Permit) -> None:
    """Writes what `lifecycle.move_permit` said."""
    tx.execute(SET_PERMIT, {"id": id, "state": state})


def passed_by_rule(tx: Connection, case_id: UUID, window: timedelta) -> Decimal:
    """Monthly dollars that the rule alone passed for this case within the window."""
    total: Decimal = tx.execute(PASSED, {"case_id": case_id, "window": window}).scalar_one()
    return total
