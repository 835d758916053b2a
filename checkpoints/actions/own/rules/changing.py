"""Another matrix is proposed at the desk, and once people approved it, put in force: byte for byte what they saw."""

from sqlalchemy import Connection

from checkpoints.actions import finding, withdrawing
from checkpoints.actions.own.proposing import propose_in
from checkpoints.actions.own.rules import ruling, simulating
from checkpoints.core.authority import decides_for
from checkpoints.core.errors import Refused
from checkpoints.core.fields import check_note
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Asker, Json, Person, Role
from checkpoints.core.policy import Matrix
from checkpoints.core.view import OWN, Checkpoint
from checkpoints.core.work.rules.proposal import LONGEST, proposal
from checkpoints.rules.catalogue import matrix_of
from checkpoints.store import audit, errands, people
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.work.rules import versions
from checkpoints.store.work.rules.versions import Version


def propose_matrix(desk: Desk, person: Person, document: bytes, name: str, because: str) -> str:
    """The question's label. Raises NotYourCall, Refused for what is no matrix or is in force, and without a reason."""
    check_note(because)
    if not because.strip():
        raise Refused("Say why: whoever approves it sees it. Nothing was asked.")
    if len(document) > LONGEST:
        raise Refused(f"{name}: over {LONGEST // 1024} KiB, and what is adopted is shown whole. Nothing was asked.")
    matrix = matrix_of(document, name)
    with desk.transaction() as tx:
        decides_for(people.standing(tx, person), (Role.TO, Role.MANAGER), False, "The cost matrix")
        ruled = ruling.in_force(tx, desk)
        if matrix.version == ruled.matrix.version:
            raise Refused(f"Version {matrix.version} is in force already. Nothing was asked.")
        tried = simulating.tried(tx, ruled, matrix)
        asked = proposal(tried, document.decode(), ruled.matrix.version, person.name, because)
        return propose_in(tx, person, asked).label


def put_in_force(tx: Connection, desk: Desk, point: Checkpoint) -> None:
    """The change of an approved `rule`. Raises Refused where another version came into force since it was asked."""
    subject = point.request.subject.parameters
    document, instead_of = str(subject["document"]), subject["instead_of"]
    matrix = matrix_of(document.encode(), f"the matrix of {point.label}")
    now = ruling.in_force(tx, desk).matrix.version
    if now != instead_of:
        raise Refused(
            f"version {now} came into force meanwhile, and it was tried against {instead_of}: propose it anew"
        )
    adopted_by = adopters(point)
    if versions.add(tx, document, adopted_by, point.id) != matrix.version or matrix.version != subject["version"]:
        raise Refused("the text is not the one whose version was shown")
    body: dict[str, Json] = {"checkpoint": point.label, "version": matrix.version, "instead_of": now}
    audit.append(tx, "rule adopted", body | {"adopted_by": adopted_by})
    errands.add(tx, "put aside", now, {"version": now})


def put_aside(desk: Desk, errand: Errand) -> None:
    """Carries `put aside`, also a second time: what passed by a version that is no more, and wasn't begun, is void."""
    version = errand.body["version"]
    with desk.transaction() as tx:
        holds = ruling.in_force(tx, desk).matrix.version == version
        passed = [] if holds else versions.not_acted_on(tx, version)
    for id in passed:
        with desk.transaction() as tx:
            point = finding.locked(tx, id)
            if point.state is State.APPROVED and point.permit in (Permit.UNUSED, Permit.FAILED):
                withdrawing.void_in(tx, point, Asker(OWN), f"version {version} of the rule was put aside")


def adopters(point: Checkpoint) -> str:
    """Who approved it, by their names."""
    names = dict.fromkeys(answer.person for answer in point.counting)
    return " and ".join(names) or (point.decision.by if point.decision else "")


def rule_in_force(desk: Desk) -> Matrix:
    """The matrix that decides now."""
    with desk.transaction() as tx:
        return ruling.in_force(tx, desk).matrix


def history(desk: Desk) -> list[Version]:
    """The versions that people adopted, the oldest first; before them the release's held."""
    with desk.transaction() as tx:
        return versions.every(tx)
