"""Reads for people and runs: what waits, one checkpoint, a case's story, the audit. Nothing here changes anything."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from checkpoints.actions import finding
from checkpoints.core import audit as chain
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Request
from checkpoints.core.shown.card import Card, Response, card, response
from checkpoints.core.shown.story import Phase, case_line, phases
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store import audit, cases, checkpoints, people, runs
from checkpoints.store.desk import Desk
from checkpoints.store.people import Listed

INBOX = 200


@dataclass(frozen=True)
class Inbox:
    """The most urgent first, at most 200; `total` counts all that wait."""

    points: tuple[Checkpoint, ...]
    total: int


@dataclass(frozen=True)
class Shown:
    """One checkpoint with its card, and its response once there is one."""

    point: Checkpoint
    card: Card
    response: Response | None


@dataclass(frozen=True)
class History:
    """One checkpoint with each revision's request and its audit lines, oldest first."""

    shown: Shown
    revisions: tuple[tuple[int, Request], ...]
    lines: tuple[chain.Line, ...]


@dataclass(frozen=True)
class Story:
    """A case: its line of phases, every checkpoint by number, and one sentence on where it stands."""

    case: Case
    line: str
    phases: tuple[Phase, ...]
    cards: tuple[Shown, ...]


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
        return Inbox(tuple(checkpoints.waiting(tx, most)), checkpoints.count_waiting(tx))


def show(desk: Desk, label: str) -> Shown:
    """The checkpoint that people call `case/number`. Raises Refused when there is none."""
    with desk.transaction() as tx:
        return _shown(desk, finding.labelled(tx, label))


def history(desk: Desk, label: str) -> History:
    """Everything that is known of one checkpoint. Raises Refused when there is none."""
    with desk.transaction() as tx:
        point = finding.labelled(tx, label)
        revisions = tuple(checkpoints.requests(tx, point.id))
        return History(_shown(desk, point), revisions, tuple(audit.of_checkpoint(tx, point.label)))


def story(desk: Desk, slug: str) -> Story:
    """A case. Raises Refused when there is none."""
    with desk.transaction() as tx:
        case = cases.by_slug(tx, slug) if slug.isascii() and slug.isprintable() else None
        if case is None:
            raise Refused(f"There is no project “{clean(slug)}”. List them with: countersign project list")
        points = checkpoints.of_case(tx, case.slug)
    shown = tuple(_shown(desk, point) for point in points)
    return Story(case, case_line(case, points), phases(points, desk.kinds), shown)


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
        return AuditPage(tuple(audit.latest(tx, most)), audit.head(tx).number)


def verify_audit(desk: Desk) -> tuple[int, list[str]]:
    """How many lines there are, and what is wrong with them; an empty list is a chain that holds."""
    with desk.transaction() as tx:
        head = audit.head(tx)
        return head.number, chain.verify(audit.lines(tx), head)


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


def handed_in(desk: Desk, point: Checkpoint, verb: str) -> bool:
    """True when a run handed this in for the present revision, and the desk did not refuse it."""
    with desk.transaction() as tx:
        return runs.handed_in(tx, point.id, verb, point.revision)


def refused_why(desk: Desk, point: Checkpoint, verb: str) -> str | None:
    """Why the desk refused what a run handed in for the present revision; None when it did not."""
    with desk.transaction() as tx:
        return runs.refused_why(tx, point.id, verb, point.revision)


def somebody_waits(desk: Desk, id: UUID) -> bool:
    """True while a run sleeps, or is about to, for a checkpoint and has not read what came."""
    with desk.transaction() as tx:
        return runs.unread(tx, id)


def _shown(desk: Desk, point: Checkpoint) -> Shown:
    kind = desk.kinds.get(point.kind)
    return Shown(point, card(point, kind), None if point.waiting else response(point, kind))
