"""Reads for people and runs: what waits, one checkpoint, a case's story, the audit. Nothing here changes anything."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.core import audit as chain
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Json, Request
from checkpoints.core.shown.card import Card, Response, card, response
from checkpoints.core.shown.course import Planned, blocked_line, planned
from checkpoints.core.shown.serving import served, wished
from checkpoints.core.shown.story import Phase, case_line, phases
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import Course, lay_out
from checkpoints.store import audit, cases, checkpoints, people, runs
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import evidence
from checkpoints.store.from_outside.evidence import Attached
from checkpoints.store.people import Listed
from checkpoints.store.work import effects, plans, submissions, waits
from checkpoints.store.work.many import floods
from checkpoints.store.work.many.floods import Flood

INBOX = 200
DAYS = 7
"""Daily statuses that a story tells, the newest."""


@dataclass(frozen=True)
class Inbox:
    """The most urgent first, at most 200; `total` counts all that wait. `floods` stand for their questions."""

    points: tuple[Checkpoint, ...]
    total: int
    floods: tuple[Flood, ...] = ()


@dataclass(frozen=True)
class Shown:
    """One checkpoint with its card, its response once there is one, and what people attached."""

    point: Checkpoint
    card: Card
    response: Response | None
    evidence: tuple[Attached, ...] = ()


@dataclass(frozen=True)
class History:
    """One checkpoint with each revision's request and its audit lines, oldest first."""

    shown: Shown
    revisions: tuple[tuple[int, Request], ...]
    lines: tuple[chain.Line, ...]


@dataclass(frozen=True)
class Story:
    """A case: its line of phases, its plan, every checkpoint by number, and one sentence on where it stands.

    `served`: a sentence an environment. `wished`: what people asked for besides the plan. `daily` are the newest daily
    statuses, the newest first.
    """

    case: Case
    line: str
    phases: tuple[Phase, ...]
    plan: tuple[Planned, ...]
    cards: tuple[Shown, ...]
    served: tuple[str, ...] = ()
    wished: tuple[Planned, ...] = ()
    daily: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditPage:
    """The newest lines, newest first."""

    lines: tuple[chain.Line, ...]
    total: int


def now(desk: Desk) -> datetime:
    """The database's clock, for deadlines in words."""
    with desk.transaction() as tx:
        return checkpoints.now(tx)


def inbox(desk: Desk, most: int = INBOX) -> Inbox:
    """What waits."""
    with desk.transaction() as tx:
        points, total = tuple(checkpoints.waiting(tx, most)), checkpoints.count_waiting(tx)
        return Inbox(points, total, floods.waiting(tx, most))


def show(desk: Desk, label: str) -> Shown:
    """The checkpoint that people call `case/number`. Raises Refused when there is none."""
    with desk.transaction() as tx:
        point = finding.labelled(tx, label)
        return _shown(desk, point, evidence.of_point(tx, point.id))


def history(desk: Desk, label: str) -> History:
    """Everything that is known of one checkpoint. Raises Refused when there is none."""
    with desk.transaction() as tx:
        point = finding.labelled(tx, label)
        revisions = tuple(checkpoints.requests(tx, point.id))
        shown = _shown(desk, point, evidence.of_point(tx, point.id))
        return History(shown, revisions, tuple(audit.of_checkpoint(tx, point.label)))


def story(desk: Desk, slug: str) -> Story:
    """A case. Raises Refused when there is none."""
    with desk.transaction() as tx:
        case = cases.by_slug(tx, slug) if slug.isascii() and slug.isprintable() else None
        if case is None:
            raise Refused(f"There is no project “{clean(slug)}”. List them with: countersign project list")
        points = checkpoints.of_case(tx, case.slug)
        attached = evidence.of_case(tx, case.id)
        ran = plans.ran(tx, case.id)
        plan = planned(lay_out(plans.items(tx, case.id), ran, desk.kinds), points)
        serving = served(points, effects.of_case(tx, case.id)) if case.state != "cancelled" else ()
        daily = tuple(f"{day}: {words}" for day, words in runs.statuses(tx, case.id, DAYS))
    shown = tuple(_shown(desk, point, attached.get(point.id, ())) for point in points)
    line = " ".join(filter(None, (case_line(case, points), blocked_line(plan))))
    return Story(case, line, phases(points, desk.kinds), plan, shown, serving, wished(ran, points), daily)


def projects(desk: Desk, most: int = INBOX) -> list[Case]:
    """The newest first."""
    with desk.transaction() as tx:
        return cases.every(tx, most)


def everyone(desk: Desk) -> list[Listed]:
    """All people with their roles."""
    with desk.transaction() as tx:
        return people.everyone(tx)


def audit_page(desk: Desk, most: int = INBOX) -> AuditPage:
    """The end of the audit."""
    with desk.transaction() as tx:
        head = audit.head(tx)
        return AuditPage(tuple(audit.latest(tx, most)), head.number if head else 0)


def case_of(desk: Desk, id: UUID) -> Case | None:
    """A case by its id, for runs and errands."""
    with desk.transaction() as tx:
        return cases.by_id(tx, id)


def waiting_in(desk: Desk, slug: str) -> list[Checkpoint]:
    """What waits in a case, by number."""
    with desk.transaction() as tx:
        return [point for point in checkpoints.of_case(tx, slug) if point.waiting]


def run(desk: Desk, id: UUID) -> runs.Run | None:
    """A run by its id."""
    with desk.transaction() as tx:
        return runs.by_id(tx, id)


def runs_of(desk: Desk, case_id: UUID) -> list[runs.Run]:
    """All runs of a case, the newest first."""
    with desk.transaction() as tx:
        return runs.of_case(tx, case_id)


def latest(desk: Desk, of: runs.Run, question: str) -> Checkpoint | None:
    """The last attempt of a question of a run's branch."""
    with desk.transaction() as tx:
        return checkpoints.latest(tx, of.case_id, of.branch, question)


def asked_under(desk: Desk, of: runs.Run, prefix: str) -> list[Checkpoint]:
    """The questions of a run's branch whose names begin so, by number."""
    with desk.transaction() as tx:
        points = checkpoints.of_case(tx, of.case)
        return [point for point in points if point.branch == of.branch and point.question.startswith(prefix)]


def handed_in(desk: Desk, point: Checkpoint, verb: str) -> bool:
    """True when a run handed this in for the present revision, and the desk did not refuse it."""
    with desk.transaction() as tx:
        return submissions.handed_in(tx, point.id, verb, point.revision)


def refused_why(desk: Desk, point: Checkpoint, verb: str) -> str | None:
    """Why the desk refused what a run handed in for the present revision; None when it did not."""
    with desk.transaction() as tx:
        return submissions.refused_why(tx, point.id, verb, point.revision)


def has_news(desk: Desk, run_id: UUID) -> bool:
    """True while a run sleeps, or is about to, and what it waits for has come."""
    with desk.transaction() as tx:
        return waits.has_news(tx, run_id)


def settled(desk: Desk, case_id: UUID, kind: str) -> list[tuple[Checkpoint, Json]]:
    """The case's questions of a kind whose permit is done, the newest first, each with what its effect gave."""
    with desk.transaction() as tx:
        return runs.settled(tx, case_id, kind)


def course(desk: Desk, case: Case) -> tuple[Course, int]:
    """Where each branch of the plan stands, and the number of the case's course as it was before that was read."""
    with desk.transaction() as tx:
        number = plans.course(tx, case.id)
        return _course(tx, desk, case), number


def _course(tx: Connection, desk: Desk, case: Case) -> Course:
    return lay_out(plans.items(tx, case.id), plans.ran(tx, case.id), desk.kinds)


def _shown(desk: Desk, point: Checkpoint, attached: tuple[Attached, ...] = ()) -> Shown:
    kind = desk.kinds.get(point.kind)
    return Shown(point, card(point, kind, desk.vault_mount), None if point.waiting else response(point, kind), attached)
