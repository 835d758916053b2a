"""Checkpoints' rows: read as one `Checkpoint`, locked, moved, revised. Answers and decisions are written elsewhere."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Result, text

from checkpoints.core.authority import Standing
from checkpoints.core.digest import canonical
from checkpoints.core.errors import Refused
from checkpoints.core.from_outside.untrusted import object_in
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Request, Requirement
from checkpoints.core.view import OWN, Checkpoint
from checkpoints.store.documents import checkpoint_of, dump, load, readable

READ = "select cast(to_json(p) as text) from desk.checkpoint_read p"
BY_ID = text(f"{READ} where p.id = :id")
HELD = text("select cast(desk.held(:id) as text)")
PRESSED = text("select cast(point as text), cast(standing as text) from desk.pressed(:id, :person, :proof)")
BY_LABEL = text(f'{READ} where p."case" = :slug and p.number = :number')
OF_CASE = text(f'{READ} where p."case" = :slug order by p.number')
# The first are found before anything is read of them: otherwise all that wait would be joined, and sorted.
WAITING = text(f"""{READ} where p.id = any(array(
        select id from desk.checkpoint where state in ('asked', 'open', 'changing')
        order by deadline_at nulls last, asked_at limit :most))
    order by p.deadline_at nulls last, p.asked_at""")
COUNT_WAITING = text("select count(*) from desk.checkpoint where state in ('asked', 'open', 'changing')")
LATEST = text(f"""{READ} where p.case_id = :case_id and p.branch = :branch and p.question = :question
    order by p.attempt desc limit 1""")
NEXT_ASKED = text("""select id from desk.checkpoint where state = 'asked' order by asked_at limit 1
    for update skip locked""")
NEXT_EXPIRED = text("""select id from desk.checkpoint
    where state in ('open', 'changing') and expires_at <= desk.desk_now() limit 1 for update skip locked""")
APPROVED_BY = text("""select p.id from desk.checkpoint p where p.state = 'open' and exists (
        select from desk.answer a where a.checkpoint_id = p.id and a.revision = p.revision
            and a.person_id = :person and a.verdict = 'approve')
    order by p.id for update""")
MOVE = text("""update desk.checkpoint set state = :state, because = :because, changed_at = desk.desk_now(),
    expires_at = coalesce(:expires_at, expires_at), revision = coalesce(:revision, revision) where id = :id""")
REVISE = text("""insert into desk.revision (checkpoint_id, number, request, subject_digest, asked_at)
    values (:id, :number, cast(:request as jsonb), :digest, desk.desk_now())""")
RECEIVE = text("""with received as (
        update desk.revision set requirement = cast(:requirement as jsonb), deadline_at = :deadline_at,
            rule_version = :rule_version, received_at = desk.desk_now() where checkpoint_id = :id and number = :number)
    update desk.checkpoint set deadline_at = :deadline_at where id = :id""")
ASK_IN = text("""select desk.ask_in(:case_id, :branch, :question, :attempt, :run_id, :reopens,
    cast(:request as jsonb), :digest)""")
ASK = text("select desk.ask(:run_id, :question, :attempt, cast(:request as jsonb), :digest)")
HAND_OVER = text("update desk.checkpoint set run_id = :run_id where id = :id")
PROPOSED_BY = text("update desk.checkpoint set asked_by = :by where id = :id")
PROPOSED = text(f"""{READ} where p.case_id = :case_id and p.kind = :kind and p.digest = :digest
    and p.state in ('asked', 'open', 'changing') limit 1""")
OVERDUE = text("""
    select coalesce(max(p.asked_at), max(c.opened_at)) + cast(:every as interval) <= desk.desk_now()
        and coalesce(bool_and(p.state not in ('asked', 'open')), true)
    from desk.case_file c left join (
        select p.case_id, p.asked_at, p.state from desk.checkpoint p
            join desk.revision r on r.checkpoint_id = p.id and r.number = p.revision
        where p.kind = :kind and r.request #>> '{subject,parameters,change}' = :change) p on p.case_id = c.id
    where c.sort = 'desk'""")
REQUESTS = text(
    "select number, cast(request as text) as request from desk.revision where checkpoint_id = :id order by number"
)
SUBJECTS = text("""select wanted.label, cast(r.request -> 'subject' -> 'parameters' as text) as parameters
    from unnest(cast(:labels as text[]), cast(:revisions as integer[])) as wanted (label, revision)
    join desk.case_file c on c.slug = split_part(wanted.label, '/', 1)
    join desk.checkpoint p on p.case_id = c.id and p.number = cast(split_part(wanted.label, '/', 2) as integer)
    join desk.revision r on r.checkpoint_id = p.id and r.number = wanted.revision""")
MOST_SUBJECT = 600_000
"""Bytes: what is asked has 256 KiB at most, and some more as text with its spaces."""


def now(tx: Connection) -> datetime:
    """The database's clock, aware."""
    moment: datetime = tx.execute(text("select desk.desk_now()")).scalar_one()
    return moment


def by_id(tx: Connection, id: UUID) -> Checkpoint | None:
    """The checkpoint."""
    return _one(tx.execute(BY_ID, {"id": id}))


def held(tx: Connection, id: UUID) -> Checkpoint | None:
    """The checkpoint; nobody else changes it before this transaction ends."""
    return _one(tx.execute(HELD, {"id": id}))


def pressed(tx: Connection, id: UUID, person: Person) -> tuple[Checkpoint, Standing] | None:
    """The checkpoint, held, and the standing of the person who answers it; None when there is no such checkpoint."""
    point, standing = tx.execute(PRESSED, {"id": id, "person": person.id, "proof": person.proof}).one()
    return (checkpoint_of(point), replace(load(Standing, standing), address=person.address)) if point else None


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


def approved_in_part(tx: Connection, person: UUID) -> list[Checkpoint]:
    """What is open and this person's approval counts for, locked."""
    found = [by_id(tx, id) for id in tx.execute(APPROVED_BY, {"person": person}).scalars().all()]
    return [p for p in found if p is not None and any(a.person_id == person for a in p.counting)]


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
    tx.execute(REVISE, {"id": point.id, "number": number, "request": dump(Request, request), "digest": digest})
    return number


def set_requirement(
    tx: Connection, point: Checkpoint, requirement: Requirement, deadline_at: datetime, rule_version: str
) -> None:
    """Keeps what the desk computed with the revision."""
    values = {"id": point.id, "number": point.revision, "requirement": dump(Requirement, requirement)}
    tx.execute(RECEIVE, values | {"deadline_at": deadline_at, "rule_version": rule_version})


def ask(tx: Connection, run_id: UUID, question: str, attempt: int, request: Request, digest: str) -> UUID:
    """A run asks, by the function that the asker may call. Raises (SQLSTATE CS001) what the function says."""
    values = {"run_id": run_id, "question": question, "attempt": attempt}
    id: UUID = tx.execute(ASK, values | {"request": dump(Request, request), "digest": digest}).scalar_one()
    return id


def ask_again(tx: Connection, point: Checkpoint, run_id: UUID | None) -> UUID:
    """The desk asks a final question anew: the next attempt, a new number, naming the old one."""
    values = {"case_id": point.case_id, "branch": point.branch, "question": point.question, "run_id": run_id}
    values |= {"attempt": point.attempt + 1, "reopens": point.id, "digest": point.digest}
    id: UUID = tx.execute(ASK_IN, values | {"request": dump(Request, point.request)}).scalar_one()
    return id


def hand_over(tx: Connection, point: Checkpoint, run_id: UUID) -> None:
    """From now on this run is woken for it."""
    tx.execute(HAND_OVER, {"id": point.id, "run_id": run_id})


def ask_beside(tx: Connection, point: Checkpoint, question: str, request: Request, digest: str) -> UUID:
    """The desk asks another question in the branch, and for the run, of this one; asked before, that one is found."""
    values = {"case_id": point.case_id, "branch": point.branch, "question": question, "run_id": point.run_id}
    values |= {"attempt": 1, "reopens": None, "request": dump(Request, request), "digest": digest}
    id: UUID = tx.execute(ASK_IN, values).scalar_one()
    return id


def ask_own(tx: Connection, case_id: UUID, question: str, request: Request, digest: str, by: UUID | None) -> UUID:
    """The desk asks for itself what this person proposed; None: what its own calendar did."""
    values = {"case_id": case_id, "branch": OWN, "question": question, "run_id": None, "attempt": 1, "reopens": None}
    id: UUID = tx.execute(ASK_IN, values | {"request": dump(Request, request), "digest": digest}).scalar_one()
    tx.execute(PROPOSED_BY, {"id": id, "by": by})
    return id


def proposed(tx: Connection, case_id: UUID, kind: str, digest: str) -> Checkpoint | None:
    """The very same, proposed before, while it waits."""
    return _one(tx.execute(PROPOSED, {"case_id": case_id, "kind": kind, "digest": digest}))


def overdue(tx: Connection, kind: str, change: str, every: str) -> bool:
    """True when the desk has not asked itself this for so long an interval, nor since it was made, and none waits."""
    return bool(tx.execute(OVERDUE, {"kind": kind, "change": change, "every": every}).scalar_one())


def requests(tx: Connection, id: UUID) -> list[tuple[int, Request]]:
    """What each revision asked."""
    return [(row.number, readable(row.request)) for row in tx.execute(REQUESTS, {"id": id})]


def subjects(tx: Connection, wanted: Sequence[tuple[str, int]]) -> dict[str, tuple[str, str]]:
    """(digest, canonical text) of what each of these, `case/number` and revision, was about; unreadable ones lack."""
    found: dict[str, tuple[str, str]] = {}
    values = {"labels": [label for label, _ in wanted], "revisions": [revision for _, revision in wanted]}
    for label, parameters in tx.execute(SUBJECTS, values):
        with suppress(Refused):
            said = canonical(object_in((parameters or "").encode(), MOST_SUBJECT))
            found[label] = (hashlib.sha256(said).hexdigest(), said.decode())
    return found


def _all(documents: Result[str]) -> list[Checkpoint]:
    return [checkpoint_of(document) for document in documents.scalars()]


def _one(documents: Result[str | None]) -> Checkpoint | None:
    document = documents.scalar_one_or_none()
    return checkpoint_of(document) if document else None
