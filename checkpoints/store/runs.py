"""What the runs write for themselves: runs, steps, wait rows, submissions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.model import Json

ADD = text("""
    insert into desk.run (case_id, branch, made_at) values (:case_id, :branch, desk.desk_now()) returning id""")
BY_ID = text("""
    select r.id, r.case_id, c.slug as case, r.branch, r.prefect_id, r.ended_at is not null as ended, r.made_at
    from desk.run r join desk.case_file c on c.id = r.case_id where r.id = :id""")
OF_CASE = text("""
    select r.id, r.case_id, c.slug as case, r.branch, r.prefect_id, r.ended_at is not null as ended, r.made_at
    from desk.run r join desk.case_file c on c.id = r.case_id where r.case_id = :case_id order by r.made_at desc""")
SET_PREFECT = text("update desk.run set prefect_id = :prefect_id where id = :id")
END = text("update desk.run set ended_at = desk.desk_now() where id = :id and ended_at is null")

STEP = text("""
    select id, name, run_id, checkpoint_id, state, begun_at, result from desk.step
    where case_id = :case_id and branch = :branch and name = :name""")
BEGIN_STEP = text("""
    insert into desk.step (case_id, branch, name, run_id, state, begun_at)
    values (:case_id, :branch, :name, :run_id, 'begun', desk.desk_now())
    on conflict (case_id, branch, name) do update set run_id = excluded.run_id, begun_at = excluded.begun_at
        where desk.step.checkpoint_id is null and desk.step.state <> 'done'
    returning id""")
END_STEP = text("""
    update desk.step set state = 'done', result = cast(:result as jsonb), ended_at = desk.desk_now() where id = :id""")
BEGIN = text("select desk.begin(:run_id, :checkpoint_id, :step, :revision, :digest)")
FINISH = text("select desk.finish(:run_id, :step_id, :outcome, cast(:result as jsonb))")

WAIT = text("""
    insert into desk.wait (run_id, checkpoint_id, written_at) values (:run_id, :checkpoint_id, desk.desk_now())
    on conflict (run_id, checkpoint_id) where read_at is null do nothing""")
READ = text("""
    update desk.wait set read_at = desk.desk_now()
    where run_id = :run_id and checkpoint_id = :checkpoint_id and read_at is null""")
UNREAD = text("""
    select exists (select 1 from desk.wait w join desk.run r on r.id = w.run_id
            join desk.checkpoint p on p.id = w.checkpoint_id
        where w.checkpoint_id = :checkpoint_id and w.read_at is null and r.ended_at is null
            and p.state not in ('asked', 'open'))""")

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
NEXT_SUBMISSION = text("""
    select id, run_id, verb, checkpoint_id, cast(body as text) as body from desk.submission where received_at is null
    order by id limit 1 for update skip locked""")
RECEIVED = text("update desk.submission set received_at = desk.desk_now(), refused = :refused where id = :id")


@dataclass(frozen=True)
class Run:
    """One run of a case's branch; `prefect_id` is the flow run that works for it."""

    id: UUID
    case_id: UUID
    case: str
    branch: str
    prefect_id: str | None
    ended: bool
    made_at: datetime


@dataclass(frozen=True)
class Step:
    """A piece of work in the ledger. `state` is begun, done, failed or unknown."""

    id: UUID
    name: str
    run_id: UUID
    checkpoint_id: UUID | None
    state: str
    begun_at: datetime
    result: Json


@dataclass(frozen=True)
class Submission:
    """What a run handed in; `body` is JSON text that nobody has checked yet."""

    id: int
    run_id: UUID
    verb: str
    checkpoint_id: UUID | None
    body: str


def add(tx: Connection, case_id: UUID, branch: str) -> UUID:
    """A run to be started. Breaks the unique index while another of this branch is alive."""
    id: UUID = tx.execute(ADD, {"case_id": case_id, "branch": branch}).scalar_one()
    return id


def by_id(tx: Connection, id: UUID) -> Run | None:
    """The run, or None."""
    row = tx.execute(BY_ID, {"id": id}).one_or_none()
    return Run(*row) if row else None


def of_case(tx: Connection, case_id: UUID) -> list[Run]:
    """All runs of a case, the newest first."""
    return [Run(*row) for row in tx.execute(OF_CASE, {"case_id": case_id})]


def alive(tx: Connection, case_id: UUID) -> list[Run]:
    """The case's runs that have not ended."""
    return [run for run in of_case(tx, case_id) if not run.ended]


def set_prefect_id(tx: Connection, id: UUID, prefect_id: str) -> None:
    """Which flow run works for it."""
    tx.execute(SET_PREFECT, {"id": id, "prefect_id": prefect_id})


def end(tx: Connection, id: UUID) -> None:
    """Nothing more comes of it."""
    tx.execute(END, {"id": id})


def step(tx: Connection, run: Run, name: str) -> Step | None:
    """What the ledger has of a step."""
    row = tx.execute(STEP, {"case_id": run.case_id, "branch": run.branch, "name": name}).one_or_none()
    return Step(*row) if row else None


def begin_step(tx: Connection, run: Run, name: str) -> UUID | None:
    """A step without a permit begins, or begins again; None when it was done meanwhile."""
    values = {"case_id": run.case_id, "branch": run.branch, "name": name, "run_id": run.id}
    id: UUID | None = tx.execute(BEGIN_STEP, values).scalar_one_or_none()
    return id


def end_step(tx: Connection, id: UUID, result: Json) -> None:
    """Done, with what it gave."""
    tx.execute(END_STEP, {"id": id, "result": json.dumps(result)})


def begin(tx: Connection, run: Run, checkpoint_id: UUID, name: str, revision: int, digest: str) -> UUID:
    """A step begins under a permit, by the function that compares and sets."""
    values = {
        "run_id": run.id,
        "checkpoint_id": checkpoint_id,
        "step": name,
        "revision": revision,
        "digest": digest,
    }
    id: UUID = tx.execute(BEGIN, values).scalar_one()
    return id


def finish(tx: Connection, run: Run, step_id: UUID, outcome: str, result: Json) -> None:
    """A step under a permit ends: done, failed or unknown."""
    values = {"run_id": run.id, "step_id": step_id, "outcome": outcome, "result": json.dumps(result)}
    tx.execute(FINISH, values)


def wait_for(tx: Connection, run: Run, checkpoint_id: UUID) -> None:
    """The run is about to sleep for this checkpoint."""
    tx.execute(WAIT, {"run_id": run.id, "checkpoint_id": checkpoint_id})


def read(tx: Connection, run: Run, checkpoint_id: UUID) -> None:
    """The run has read what came."""
    tx.execute(READ, {"run_id": run.id, "checkpoint_id": checkpoint_id})


def unread(tx: Connection, checkpoint_id: UUID) -> bool:
    """True while a run that has not ended waits, or is about to sleep, for this checkpoint, and there is news for it.

    A run sleeps through `asked` and `open`: whatever woke it before, it has read, and what comes next has its errand.
    """
    return bool(tx.execute(UNREAD, {"checkpoint_id": checkpoint_id}).scalar_one())


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
    row = tx.execute(NEXT_SUBMISSION).one_or_none()
    return Submission(*row) if row else None


def received(tx: Connection, id: int, refused: str | None = None) -> None:
    """Received, or refused and why."""
    tx.execute(RECEIVED, {"id": id, "refused": refused})
