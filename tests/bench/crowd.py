"""Thousands of cases that wait, each a copy of one that really asked, written by SQL as the tables' owners.

Rule: all that is kept of the original is kept of each copy, its audit lines too: a copy can be shown and answered.
"""

import hashlib
from collections.abc import Iterable, Mapping

import psycopg

from checkpoints.core import audit
from checkpoints.core.view import Case
from checkpoints.settings import Settings

COPIES = """
    create temporary table copy as
    select n as number, %(name)s || '-' || n as slug from generate_series(1, %(most)s) n"""
ANOTHER = "md5(kept.{column}::text || copy.slug)::uuid"
"""What an id of the original's becomes in a copy: the same in every row that refers to it, in both databases."""
OURS = {
    "case_file": ("kept.id = %(case)s", {"slug": "copy.slug"}, ("id",)),
    "run": ("kept.case_id = %(case)s", {}, ("id", "case_id", "prefect_id", "starts_after")),
    "plan_item": ("kept.case_id = %(case)s", {}, ("case_id",)),
    "checkpoint": ("kept.case_id = %(case)s", {}, ("id", "case_id", "run_id", "reopens")),
    "revision": ("{of_a_checkpoint}", {}, ("checkpoint_id",)),
    "rung": ("{of_a_checkpoint}", {}, ("checkpoint_id",)),
    "answer": ("{of_a_checkpoint}", {}, ("id", "checkpoint_id")),
    "decision": ("{of_a_checkpoint}", {}, ("checkpoint_id",)),
    "permit": ("{of_a_checkpoint}", {}, ("checkpoint_id", "step_id")),
    "step": ("kept.case_id = %(case)s", {}, ("id", "case_id", "run_id", "checkpoint_id")),
    "submission": ("{of_a_run}", {"id": "nextval('desk.submission_id_seq')"}, ("run_id", "checkpoint_id")),
    "wait": ("{of_a_run}", {"id": "nextval('desk.wait_id_seq')"}, ("run_id", "checkpoint_id")),
    "lease": ("{of_a_run}", {}, ("run_id",)),
}
"""By table: which rows of the original; what is another in each copy; which of its columns are ids of copied rows."""
OF = {
    "of_a_checkpoint": "kept.checkpoint_id in (select id from desk.checkpoint where case_id = %(case)s)",
    "of_a_run": "kept.run_id in (select id from desk.run where case_id = %(case)s)",
}
PREFECTS = {
    "flow_run": (
        "kept.id = any(%(flow_runs)s)",
        {
            "state_id": "null",
            "idempotency_key": "md5(kept.idempotency_key || copy.slug)::uuid",
            "parameters": "jsonb_build_object('run', md5((kept.parameters ->> 'run') || copy.slug)::uuid)",
        },
        ("id",),
    ),
    "flow_run_state": (
        "kept.id in (select state_id from flow_run where id = any(%(flow_runs)s))",
        {
            "state_details": "kept.state_details::jsonb || jsonb_build_object("
            "'flow_run_id', md5(kept.flow_run_id::text || copy.slug)::uuid)"
        },
        ("id", "flow_run_id"),
    ),
}
COPY = """
    insert into {table} overriding system value
    select made.* from {table} kept, copy, jsonb_populate_record(kept, jsonb_build_object({changes})) made
    where {which}"""
POINT_TO_STATE = (
    "update flow_run r set state_id = s.id from flow_run_state s where r.id = s.flow_run_id and state_id is null"
)
SAID = """
    select l.at, l.login, l.event, (body::jsonb || jsonb_build_object(
        'checkpoint', copy.slug || substr(body::jsonb ->> 'checkpoint', length(%(slug)s) + 1)))::text
    from copy, desk.audit_line l where body::jsonb ->> 'checkpoint' like %(slug)s || '/%%'
    order by copy.number, l.number"""
HEAD = "select number, hash from desk.audit_head for update"
LINES = "copy desk.audit_line (number, at, login, event, body, previous, hash) from stdin"


def fill(settings: Settings, original: Case, most: int, name: str = "crowd") -> None:
    """So many cases, `crowd-1` and on, in Prefect too where the original's runs are there. Its errands are not copied.

    With statistics and no dead rows afterwards, as in a database that has been at work for a while.
    """
    values: dict[str, object] = {"case": original.id, "slug": original.slug, "most": most, "name": name}
    with psycopg.connect(settings.address_for("owner"), autocommit=True) as owner:
        found = owner.execute("select prefect_id from desk.run where case_id = %(case)s", values).fetchall()
        # First of all: a run whose flow run Prefect lacks would be mended.
        _fill_prefect(settings, values | {"flow_runs": [id for (id,) in found if id]})
        _copy(owner, "desk.", OURS, values)
        _say(owner, values)
        owner.execute("vacuum analyze")


def _fill_prefect(settings: Settings, values: Mapping[str, object]) -> None:
    if values["flow_runs"]:
        address = settings.url_for("prefect").replace("postgresql+asyncpg", "postgresql", 1)
        with psycopg.connect(address, autocommit=True) as prefect:
            _copy(prefect, "", PREFECTS, values, (POINT_TO_STATE,))
            prefect.execute("vacuum analyze")


def _copy(
    owner: psycopg.Connection,
    schema: str,
    tables: Mapping[str, tuple[str, Mapping[str, str], tuple[str, ...]]],
    values: Mapping[str, object],
    afterwards: Iterable[str] = (),
) -> None:
    with owner.transaction():
        owner.execute(COPIES, values)
        for table, (which, changes, ids) in tables.items():
            every = {column: ANOTHER.format(column=column) for column in ids} | dict(changes)
            said = ", ".join(f"'{column}', {value}" for column, value in every.items())
            copied = COPY.format(table=schema + table, changes=said, which=which.format(**OF))
            owner.execute(copied.encode(), values)
        for statement in afterwards:
            owner.execute(statement.encode())


def _say(owner: psycopg.Connection, values: Mapping[str, object]) -> None:
    """The original's audit lines of each copy, chained on to the audit's end. By its function it would take minutes."""
    with owner.transaction():
        (number, previous), *_ = owner.execute(HEAD).fetchall()
        said = owner.execute(SAID, values).fetchall()
        with owner.cursor() as writing, writing.copy(LINES) as lines:
            for at, login, event, body in said:
                number += 1
                line = audit.Line(number, at, login, event, body, previous, "")
                hashed = hashlib.sha256(audit.canonical(line)).hexdigest()
                lines.write_row((number, at, login, event, body, previous, hashed))
                previous = hashed
        owner.execute("update desk.audit_head set number = %s, hash = %s", (number, previous))
