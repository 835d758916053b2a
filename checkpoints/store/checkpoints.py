"""Checkpoints' rows: read as one `Checkpoint`, locked, moved, revised. Answers and decisions are written elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Result, RowMapping, text

from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Answer, Decision, Request, Requirement, Role, Subject, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.documents import REQUEST, REQUIREMENT, dump, load

COLUMNS = """
    select p.id, p.case_id, c.slug as case, c.title as case_title, c.client, c.started_by, p.number, p.branch,
        p.question, p.attempt, p.kind, p.state, p.revision, p.because, p.asked_at, p.changed_at, p.expires_at,
        p.run_id, cast(r.request as text) as request, r.subject_digest, r.requirement, r.deadline_at, run.prefect_id,
        (select desk.label(p.reopens) where p.reopens is not null) as reopens,
        d.outcome, d.revision as decided_revision, d.by_name, d.by_rule, d.fields, d.note, d.at as decided_at,
        t.state as permit,
        (select jsonb_agg(to_jsonb(a) || jsonb_build_object('person', who.name) order by a.at)
            from desk.answer a join desk.person who on who.id = a.person_id where a.checkpoint_id = p.id) as answers
    from desk.checkpoint p
        join desk.case_file c on c.id = p.case_id
        join desk.revision r on r.checkpoint_id = p.id and r.number = p.revision
        left join desk.run run on run.id = p.run_id
        left join desk.decision d on d.checkpoint_id = p.id
        left join desk.permit t on t.checkpoint_id = p.id"""

BY_ID = text(f"{COLUMNS} where p.id = :id")
BY_LABEL = text(f"{COLUMNS} where c.slug = :slug and p.number = :number")
OF_CASE = text(f"{COLUMNS} where c.slug = :slug order by p.number")
WAITING = text(f"""{COLUMNS} where p.state in ('asked', 'open', 'changing')
    order by r.deadline_at nulls last, p.asked_at limit :most""")
COUNT_WAITING = text("select count(*) from desk.checkpoint where state in ('asked', 'open', 'changing')")
LATEST = text(f"""{COLUMNS} where p.case_id = :case_id and p.branch = :branch and p.question = :question
    order by p.attempt desc limit 1""")
LOCK = text("select id from desk.checkpoint where id = :id for update")
NEXT_ASKED = text("""select id from desk.checkpoint where state = 'asked' order by asked_at limit 1
    for update skip locked""")
NEXT_EXPIRED = text("""select id from desk.checkpoint
    where state in ('open', 'changing') and expires_at <= desk.desk_now() limit 1 for update skip locked""")
MOVE = text("""update desk.checkpoint set state = :state, because = :because, changed_at = desk.desk_now(),
    expires_at = coalesce(:expires_at, expires_at), revision = coalesce(:revision, revision) where id = :id""")
REVISE = text("""insert into desk.revision (checkpoint_id, number, request, subject_digest, asked_at)
    values (:id, :number, cast(:request as jsonb), :digest, desk.desk_now())""")
RECEIVE = text("""update desk.revision set requirement = cast(:requirement as jsonb), deadline_at = :deadline_at,
    rule_version = :rule_version, received_at = desk.desk_now() where checkpoint_id = :id and number = :number""")
ASK_IN = text("""select desk.ask_in(:case_id, :branch, :question, :attempt, :run_id, :reopens,
    cast(:request as jsonb), :digest)""")
ASK = text("select desk.ask(:run_id, :question, :attempt, cast(:request as jsonb), :digest)")
HAND_OVER = text("update desk.checkpoint set run_id = :run_id where id = :id")
REQUESTS = text(
    "select number, cast(request as text) as request from desk.revision where checkpoint_id = :id order by number"
)


AS_THEY_ARE = (
    "id", "case_id", "case", "case_title", "client", "started_by", "number", "branch", "question", "attempt", "kind",
    "revision", "asked_at", "changed_at", "deadline_at", "expires_at", "run_id", "prefect_id", "reopens",
)  # fmt: skip


def now(tx: Connection) -> datetime:
    """The database's clock, aware."""
    moment: datetime = tx.execute(text("select desk.desk_now()")).scalar_one()
    return moment


def by_id(tx: Connection, id: UUID, *, lock: bool = False) -> Checkpoint | None:
    """The checkpoint; with `lock`, nobody else changes it before this transaction ends."""
    if lock:
        hold(tx, id)
    return _one(tx.execute(BY_ID, {"id": id}))


def hold(tx: Connection, id: UUID) -> None:
    """Nobody else changes it before this transaction ends. Only a later statement sees what others did before."""
    tx.execute(LOCK, {"id": id})


def by_label(tx: Connection, slug: str, number: int) -> Checkpoint | None:
    """The checkpoint that people call `slug/number`."""
    return _one(tx.execute(BY_LABEL, {"slug": slug, "number": number}))


def latest(tx: Connection, case_id: UUID, branch: str, question: str) -> Checkpoint | None:
    """The last attempt of a question."""
    key = {"case_id": case_id, "branch": branch, "question": question}
    return _one(tx.execute(LATEST, key))


def of_case(tx: Connection, slug: str) -> list[Checkpoint]:
    """Every checkpoint of a case, by number."""
    return _all(tx.execute(OF_CASE, {"slug": slug}))


def waiting(tx: Connection, most: int) -> list[Checkpoint]:
    """What waits for people (or for the desk, or for changes), the most urgent first."""
    return _all(tx.execute(WAITING, {"most": most}))


def count_waiting(tx: Connection) -> int:
    """How many wait in all."""
    return int(tx.execute(COUNT_WAITING).scalar_one())


def next_asked(tx: Connection) -> Checkpoint | None:
    """One that the desk has to receive, locked; None when there is none, or others have it in hand."""
    id = tx.execute(NEXT_ASKED).scalar_one_or_none()
    return by_id(tx, id) if id else None


def next_expired(tx: Connection) -> Checkpoint | None:
    """One whose time ran out, locked."""
    id = tx.execute(NEXT_EXPIRED).scalar_one_or_none()
    return by_id(tx, id) if id else None


def set_state(
    tx: Connection,
    point: Checkpoint,
    state: State,
    because: str = "",
    expires_at: datetime | None = None,
    revision: int | None = None,
) -> None:
    """Writes what `lifecycle.move` said."""
    values = {
        "id": point.id,
        "state": state,
        "because": because,
        "expires_at": expires_at,
        "revision": revision,
    }
    tx.execute(MOVE, values)


def add_revision(tx: Connection, point: Checkpoint, request: Request, digest: str) -> int:
    """The next revision's number; the desk receives it anew."""
    number = point.revision + 1
    tx.execute(REVISE, {"id": point.id, "number": number, "request": dump(REQUEST, request), "digest": digest})
    return number


def set_requirement(
    tx: Connection, point: Checkpoint, requirement: Requirement, deadline_at: datetime, rule_version: str
) -> None:
    """Keeps what the desk computed with the revision."""
    values = {"id": point.id, "number": point.revision, "requirement": dump(REQUIREMENT, requirement)}
    tx.execute(RECEIVE, values | {"deadline_at": deadline_at, "rule_version": rule_version})


def ask(tx: Connection, run_id: UUID, question: str, attempt: int, request: Request, digest: str) -> UUID:
    """A run asks, by the function that the asker may call. Raises (SQLSTATE CS001) what the function says."""
    values = {"run_id": run_id, "question": question, "attempt": attempt}
    id: UUID = tx.execute(ASK, values | {"request": dump(REQUEST, request), "digest": digest}).scalar_one()
    return id


def ask_again(tx: Connection, point: Checkpoint, run_id: UUID | None) -> UUID:
    """The desk asks a final question anew: the next attempt, a new number, naming the old one."""
    values = {"case_id": point.case_id, "branch": point.branch, "question": point.question, "run_id": run_id}
    values |= {"attempt": point.attempt + 1, "reopens": point.id, "digest": point.digest}
    id: UUID = tx.execute(ASK_IN, values | {"request": dump(REQUEST, point.request)}).scalar_one()
    return id


def hand_over(tx: Connection, point: Checkpoint, run_id: UUID) -> None:
    """From now on this run is woken for it."""
    tx.execute(HAND_OVER, {"id": point.id, "run_id": run_id})


def ask_beside(tx: Connection, point: Checkpoint, question: str, request: Request, digest: str) -> UUID:
    """The desk asks another question in the branch, and for the run, of this one; asked before, that one is found."""
    values = {"case_id": point.case_id, "branch": point.branch, "question": question, "run_id": point.run_id}
    values |= {"attempt": 1, "reopens": None, "request": dump(REQUEST, request), "digest": digest}
    id: UUID = tx.execute(ASK_IN, values).scalar_one()
    return id


def requests(tx: Connection, id: UUID) -> list[tuple[int, Request]]:
    """What each revision asked."""
    return [(row.number, readable(row.request)[0]) for row in tx.execute(REQUESTS, {"id": id})]


def readable(document: str) -> tuple[Request, str]:
    """The request, and why it can't be read when it can't: then an empty one that says so stands in for it."""
    try:
        return load(REQUEST, document), ""
    except Refused as wrong:
        return Request(kind="", agent="", action="(unreadable)", details="", subject=Subject("", {})), str(wrong)


def _all(rows: Result[Any]) -> list[Checkpoint]:
    return [checkpoint_of(row) for row in rows.mappings()]


def _one(rows: Result[Any]) -> Checkpoint | None:
    row = rows.mappings().one_or_none()
    return checkpoint_of(row) if row else None


def checkpoint_of(row: RowMapping) -> Checkpoint:
    """From the columns of COLUMNS."""
    request, unreadable = readable(row["request"])
    requirement = load(REQUIREMENT, row["requirement"]) if row["requirement"] else None
    return Checkpoint(
        **{name: row[name] for name in AS_THEY_ARE},
        state=State(row["state"]),
        request=request,
        digest=row["subject_digest"],
        requirement=requirement,
        because=row["because"] or unreadable,
        decision=_decision(row) if row["outcome"] else None,
        permit=Permit(row["permit"]) if row["permit"] else None,
        answers=tuple(_answer(a) for a in row["answers"] or ()),
    )


def _decision(row: RowMapping) -> Decision:
    return Decision(
        outcome=row["outcome"],
        revision=row["decided_revision"],
        by=row["by_name"],
        by_rule=row["by_rule"],
        fields=row["fields"],
        note=row["note"],
        at=row["decided_at"],
    )


def _answer(row: Mapping[str, Any]) -> Answer:
    return Answer(
        person_id=UUID(row["person_id"]),
        person=row["person"],
        verdict=Verdict(row["verdict"]),
        revision=int(row["revision"]),
        role=Role(row["role"]) if row["role"] else None,
        note=row["note"],
        fields=dict(row["fields"]),
        way=row["way"],
        at=datetime.fromisoformat(row["at"]),
        same_person=bool(row["same_person"]),
    )
