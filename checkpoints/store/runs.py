"""Runs and the ledger of their steps. What a run waits for and hands in has files of its own, in `work`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.model import Json
from checkpoints.core.view import Checkpoint
from checkpoints.store.documents import checkpoint_of

ADD = text("""
    insert into desk.run (case_id, branch, starts_after, body, made_at)
    values (:case_id, :branch, :starts_after, cast(:body as jsonb), desk.desk_now()) returning id""")
READ = """
    select r.id, r.case_id, (select slug from desk.case_file where id = r.case_id) as case, r.branch, r.prefect_id,
        r.ended_at is not null as ended, r.made_at, r.body
    from desk.run r"""
"""No join: of two hundred runs among many cases a plan may read all cases, by the statistics of the moment."""
BY_ID = text(f"{READ} where r.id = :id")
OF_CASE = text(f"{READ} where r.case_id = :case_id order by r.made_at desc, r.id")
STARTED = text(f"""{READ} where r.ended_at is null and r.prefect_id is not null and r.id > :after
    order by r.id limit :most""")
OF_PREFECT = text(f"{READ} where r.prefect_id = any(:ids)")
LAST_UNASKED = text(f"""{READ} where r.case_id = :case_id and r.ended_at is null and r.branch = any(:branches)
    and not exists (select from desk.checkpoint p where p.run_id = r.id) order by r.made_at desc, r.id limit 1""")
FREED = text("update desk.run set starts_after = null where starts_after = :id returning id")
SET_PREFECT = text("update desk.run set prefect_id = :prefect_id where id = :id")
LEAVE = text("update desk.run set ended_at = desk.desk_now() where id = :id and ended_at is null")
END = text("""
    update desk.run set ended_at = coalesce(ended_at, desk.desk_now()), outcome = :outcome, said = :said
    where id = :id and outcome is null""")

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
SETTLED = text("""
    select cast(to_json(p) as text) as point, s.result from desk.checkpoint_read p
        left join desk.step s on s.checkpoint_id = p.id and s.state = 'done'
    where p.case_id = :case_id and p.kind = :kind and p.permit = 'done' order by p.number desc""")
BEGIN = text("select desk.begin(:run_id, :checkpoint_id, :step, :revision, :digest)")
FINISH = text("select desk.finish(:run_id, :step_id, :outcome, cast(:result as jsonb))")

STATUSES = text("""
    select split_part(name, '/', 2) as day, coalesce(result ->> 'says', '') as says from desk.step
    where case_id = :case_id and branch = 'care' and name like 'status/%' and state = 'done'
    order by name desc limit :most""")


@dataclass(frozen=True)
class Run:
    """One run of a case's branch; `prefect_id` is the flow run that works for it, `body` what it was started with.

    `term` is that of the lease under which a pass writes for it; None of one that is only read.
    """

    id: UUID
    case_id: UUID
    case: str
    branch: str
    prefect_id: str | None
    ended: bool
    made_at: datetime
    body: dict[str, Json]
    term: int | None = None

    @property
    def from_outside(self) -> bool:
        """Whether an agent from outside works for it: no engine does, and Prefect has nothing of it."""
        return "agent" in self.body


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


def add(
    tx: Connection, case_id: UUID, branch: str, starts_after: UUID | None = None, body: Mapping[str, Json] | None = None
) -> UUID:
    """A run to be started. Breaks the unique index while another of this branch is alive."""
    values = {"case_id": case_id, "branch": branch, "starts_after": starts_after, "body": json.dumps(dict(body or {}))}
    id: UUID = tx.execute(ADD, values).scalar_one()
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


def started(tx: Connection, after: UUID, most: int) -> list[Run]:
    """Of the runs that Prefect has and that have not ended, so many, in the order of their ids, after this one."""
    return [Run(*row) for row in tx.execute(STARTED, {"after": after, "most": most})]


def of_prefect(tx: Connection, ids: Sequence[str]) -> list[Run]:
    """The runs that these flow runs work for."""
    return [Run(*row) for row in tx.execute(OF_PREFECT, {"ids": list(ids)})]


def set_prefect_id(tx: Connection, id: UUID, prefect_id: str | None) -> None:
    """Which flow run works for it; None while there is none."""
    tx.execute(SET_PREFECT, {"id": id, "prefect_id": prefect_id})


def last_unasked(tx: Connection, case_id: UUID, branches: Sequence[str]) -> Run | None:
    """Of these branches' runs at work, the newest that has not asked anything yet."""
    row = tx.execute(LAST_UNASKED, {"case_id": case_id, "branches": list(branches)}).one_or_none()
    return Run(*row) if row else None


def freed(tx: Connection, id: UUID) -> list[UUID]:
    """The runs that waited for this one to ask or end, each once."""
    return list(tx.execute(FREED, {"id": id}).scalars())


def leave(tx: Connection, id: UUID) -> None:
    """Nothing more comes of it; what it came to, the desk receives."""
    tx.execute(LEAVE, {"id": id})


def end(tx: Connection, id: UUID, outcome: str, said: str) -> bool:
    """What it came to: done, refused, or ended by others; False when that was said before."""
    return tx.execute(END, {"id": id, "outcome": outcome, "said": said}).rowcount == 1


def step(tx: Connection, run: Run, name: str) -> Step | None:
    """What the ledger has of a step."""
    row = tx.execute(STEP, {"case_id": run.case_id, "branch": run.branch, "name": name}).one_or_none()
    return Step(*row) if row else None


def settled(tx: Connection, case_id: UUID, kind: str) -> list[tuple[Checkpoint, Json]]:
    """Every question of this kind whose permit is done, the newest first, with what its effect gave."""
    rows = tx.execute(SETTLED, {"case_id": case_id, "kind": kind})
    return [(checkpoint_of(row.point), row.result) for row in rows]


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


def statuses(tx: Connection, case_id: UUID, most: int) -> list[tuple[str, str]]:
    """What the run that looks after a case said each day: (the day, ISO, UTC; its words), the newest first."""
    return [(row.day, row.says) for row in tx.execute(STATUSES, {"case_id": case_id, "most": most})]
