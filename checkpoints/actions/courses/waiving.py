"""A person says that a branch of a case's plan isn't needed: it is not asked, and what waited for it goes on."""

from dataclasses import dataclass

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.courses import ending, opening
from checkpoints.actions.withdrawing import withdraw_in
from checkpoints.core.authority import decides_for
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.fields import check_note, clean
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Person, Role, called
from checkpoints.core.policy import StepUp
from checkpoints.core.work.plan import Line, Stage, lay_out
from checkpoints.store import audit, cases, people
from checkpoints.store.desk import Desk
from checkpoints.store.work import plans


@dataclass(frozen=True)
class Waived:
    """What isn't needed any more: `case/branch`, and its title."""

    label: str
    title: str


def waive(desk: Desk, person: Person, label: str, because: str) -> Waived:
    """`label` is a checkpoint's (`case/number`) or a branch's (`case/branch`, as the project's plan names it).

    An open question of it is withdrawn. Who may is who decides that kind: its floor and its second factor; nobody where
    the floor is of several people.
    Raises Refused, NotYourCall, IllegalMove for what is done, or under way.
    """
    if not because.strip():
        raise Refused("Say why it isn't needed: the story shows it. Nothing was changed.")
    check_note(because)
    with desk.transaction() as tx:
        slug, branch = _named(tx, label)
        points = ending.locked(tx, slug)
        case = cases.project(tx, slug)
        assert case is not None
        cases.lock(tx, case.id)
        course = lay_out(plans.items(tx, case.id), plans.ran(tx, case.id), desk.kinds)
        line = next((found for found in course.lines if found.item.branch == branch), None)
        if line is None:
            raise Refused(
                f"“{clean(branch)}” is no part of {slug}'s plan. See it with: countersign project show {slug}"
            )
        kind = desk.kinds[line.item.kind]
        floor = kind.floor or (Role.TO,)
        _check_alone(floor, f"{slug}/{branch}")
        always = kind.step_up is StepUp.ALWAYS
        decides_for(people.standing(tx, person), floor, always, f"{slug}/{branch}", case=slug, kind=kind.name)
        waiting = [point for point in points if point.branch == branch and point.waiting]
        _check(line, bool(waiting), any(p.branch == branch and p.state is State.APPROVED for p in points))
        for point in waiting:
            withdraw_in(tx, point, person, f"it isn't needed: {because}")
        plans.waive(tx, case.id, branch, person.name, because)
        body: dict[str, Json] = {"case": slug, "branch": branch, "kind": kind.name, "by": person.name}
        audit.append(tx, "waived", body | {"because": because})
        opening.go_on(tx, desk, case.id)
        return Waived(f"{slug}/{branch}", line.item.title)


def _named(tx: Connection, label: str) -> tuple[str, str]:
    slug, _, rest = label.strip().partition("/")
    if rest.isascii() and rest.isdigit():
        point = finding.labelled(tx, label)
        return point.case, point.branch
    if not rest or not slug.isascii() or not slug.isprintable() or cases.project(tx, slug) is None:
        raise Refused(
            f"“{clean(label)}” names nothing here. Right would be read-later-digest/7, or read-later-digest/domain."
        )
    return slug, rest


def _check_alone(floor: tuple[Role, ...], label: str) -> None:
    """A waiver is one person's word. Raises NotYourCall where several have to decide."""
    if len(floor) > 1:
        raise NotYourCall(
            f"{label} is decided by {', then '.join(called(floor))}: one person alone can't say that it isn't needed. "
            "Nothing was changed. Its question can be answered."
        )


def _check(line: Line, asks: bool, approved: bool) -> None:
    """Raises IllegalMove for a branch of which something was approved, or that has an end already."""
    if line.stage in (Stage.DONE, Stage.NOT_NEEDED):
        raise IllegalMove(f"{line.item.title} is {line.stage}. Nothing was changed.")
    if line.stage is Stage.OPEN and (approved or not asks):
        raise IllegalMove(f"{line.item.title} is under way. Nothing was changed: wait for its end, or its question.")
