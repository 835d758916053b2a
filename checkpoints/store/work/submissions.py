"""Submissions' rows: what a run hands in for the desk to receive. No fact until then."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.model import Json
from checkpoints.store.runs import Run

SUBMIT = text("""
    insert into desk.submission (run_id, verb, checkpoint_id, body, made_at)
    select :run_id, :verb, :checkpoint_id, cast(:body as jsonb), desk.desk_now()
    where not exists (select 1 from desk.submission where run_id = :run_id and verb = :verb
        and checkpoint_id is not distinct from :checkpoint_id and body = cast(:body as jsonb))""")
HANDED_IN = text("""
    select exists (select 1 from desk.submission where checkpoint_id = :checkpoint_id and verb = :verb
        and refused is null and body -> 'revision' = to_jsonb(cast(:revision as integer)))""")
REFUSED_WHY = text("""
    select refused from desk.submission where checkpoint_id = :checkpoint_id and verb = :verb
        and refused is not null and cast(body ->> 'revision' as integer) = :revision order by id desc limit 1""")
NEXT = text("""
    select id, run_id, verb, checkpoint_id, cast(body as text) as body from desk.submission where received_at is null
    order by id limit 1 for update skip locked""")
RECEIVED = text("update desk.submission set received_at = desk.desk_now(), refused = :refused where id = :id")


@dataclass(frozen=True)
class Submission:
    """What a run handed in; `body` is JSON text that nobody has checked yet."""

    id: int
    run_id: UUID
    verb: str
    checkpoint_id: UUID | None
    body: str


def submit(tx: Connection, run: Run, verb: str, checkpoint_id: UUID | None, body: Mapping[str, Json]) -> None:
    """Hands something in, once: the same again changes nothing."""
    values = {"run_id": run.id, "verb": verb, "checkpoint_id": checkpoint_id, "body": json.dumps(dict(body))}
    tx.execute(SUBMIT, values)
    tx.execute(text("select pg_notify('desk', '')"))


def refused_why(tx: Connection, checkpoint_id: UUID, verb: str, revision: int) -> str | None:
    """Why the desk refused what was handed in for this revision; None when it did not."""
    values = {"checkpoint_id": checkpoint_id, "verb": verb, "revision": revision}
    why: str | None = tx.execute(REFUSED_WHY, values).scalar_one_or_none()
    return why


def handed_in(tx: Connection, checkpoint_id: UUID, verb: str, revision: int) -> bool:
    """True when this was handed in for this revision and not refused."""
    values = {"checkpoint_id": checkpoint_id, "verb": verb, "revision": revision}
    return bool(tx.execute(HANDED_IN, values).scalar_one())


def next_submission(tx: Connection) -> Submission | None:
    """One that the desk has to receive, locked."""
    row = tx.execute(NEXT).one_or_none()
    return Submission(*row) if row else None


def received(tx: Connection, id: int, refused: str | None = None) -> None:
    """Received, or refused and why."""
    tx.execute(RECEIVED, {"id": id, "refused": refused})
