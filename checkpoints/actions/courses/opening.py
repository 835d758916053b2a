"""A case is opened from a brief that was read; reopening asks a final question anew and opens its case again."""

from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.courses import starting
from checkpoints.actions.courses.starting import MAIN
from checkpoints.actions.credentials import forgetting
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.fields import check_note
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import NewCase
from checkpoints.store import audit, cases, checkpoints, people, runs
from checkpoints.store.desk import Desk
from checkpoints.store.secret import lives
from checkpoints.store.work import plans

REOPENABLE = frozenset({State.REJECTED, State.EXPIRED, State.WITHDRAWN})


def open_case(desk: Desk, person: Person, new: NewCase) -> Case:
    """The case, and its main run on its way. Raises Refused when the name is taken, NotYourCall without a role."""
    with desk.transaction() as tx:
        _may_start(tx, person)
        return _open(tx, new, person)


def open_sample(desk: Desk, new: NewCase) -> Case:
    """The first case of a new desk, opened by the set-up: it is nobody's own. Raises IllegalMove once there is one."""
    with desk.transaction() as tx:
        if cases.every(tx, 1):
            raise IllegalMove("There are projects here already: the set-up opens none. Nothing was stored.")
        return _open(tx, new, None)


def reopen(desk: Desk, person: Person, id: UUID, because: str) -> Checkpoint:
    """The new checkpoint, which names the old one. Raises IllegalMove, NotYourCall, Refused."""
    if not because.strip():
        raise Refused("Say why you reopen it: the story shows it. Nothing was changed.")
    check_note(because)
    with desk.transaction() as tx:
        point = finding.locked(tx, id)
        cases.lock(tx, point.case_id)
        _may_reopen(tx, person, point)
        if point.own:
            raise IllegalMove(f"{point.label}: what is still wanted is proposed anew. Nothing was changed.")
        last = checkpoints.latest(tx, point.case_id, point.branch, point.question)
        if point.state not in REOPENABLE or last is None or last.id != point.id:
            newer = f"; its question is now {last.label}" if last and last.id != point.id else ""
            raise IllegalMove(f"{point.label} is {point.state}{newer}: it can't be reopened. Nothing was changed.")
        go_on(tx, desk, point.case_id)
        again = ask_anew(tx, point)
        body: dict[str, Json] = {"checkpoint": again.label, "reopens": point.label, "by": person.name}
        audit.append(tx, "reopened", body | {"because": because})
        return again


def go_on(tx: Connection, desk: Desk, case_id: UUID) -> None:
    """A person changed what a case does next: it runs (again), and its main run looks. Raises IllegalMove.

    The case is locked, and checked for an end that is for good. The credentials that ended with it are asked for anew.
    """
    cases.lock(tx, case_id)
    case = cases.by_id(tx, case_id)
    if case is not None and case.state == "cancelled":
        raise IllegalMove(f"{case.slug} was cancelled: nothing goes on in it. Nothing was changed. Start it anew.")
    cases.reopen(tx, case_id)
    for id in lives.ended_with(tx, case_id, forgetting.WITH_ITS_CASE):
        ask_anew(tx, finding.again(tx, id))
    if any(run.branch == MAIN for run in runs.alive(tx, case_id)):
        starting.change_course(tx, case_id, desk.kinds)
    else:
        plans.change_course(tx, case_id)
        starting.start_run(tx, case_id, MAIN)


def ask_anew(tx: Connection, point: Checkpoint) -> Checkpoint:
    """The same question under the next number, for its branch's run, or another one where that has ended."""
    alive = [run.id for run in runs.alive(tx, point.case_id) if run.branch == point.branch]
    run_id = alive[0] if alive else starting.another(tx, point.case_id, point.branch, point.run_id)
    return finding.again(tx, checkpoints.ask_again(tx, point, run_id))


def _open(tx: Connection, new: NewCase, by: Person | None) -> Case:
    if cases.by_slug(tx, new.slug):
        raise Refused(f"name: there is a case “{new.slug}” already; choose another name. Nothing was stored.")
    started_by = by.id if by else None
    id = cases.add(tx, new.slug, new.sort, new.title, new.client, new.budget, new.brief, started_by)
    plans.add(tx, id, new.plan)
    starting.start_run(tx, id, MAIN)
    audit.append(tx, "case opened", {"case": new.slug, "sort": new.sort, "by": by.name if by else "the set-up"})
    case = cases.by_id(tx, id)
    assert case is not None
    return case


def _may_start(tx: Connection, person: Person) -> None:
    standing = people.standing(tx, person)
    if not standing.active or not standing.roles_at() & {Role.TO, Role.MANAGER}:
        raise NotYourCall("A technical operator or a manager starts a project. Nothing was stored.")


def _may_reopen(tx: Connection, person: Person, point: Checkpoint) -> None:
    standing = people.standing(tx, person)
    wanted = set(point.requirement.roles if point.requirement else ()) or {Role.TO}
    if not standing.active or not standing.roles_at(point.case, point.kind) & wanted:
        titles = " or ".join(role.called for role in Role if role in wanted)
        raise NotYourCall(f"{point.label} is reopened by a {titles}. Nothing was changed.")
