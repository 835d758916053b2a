"""Something comes in from outside: kept once by its key, written down, and the case's runs told; one looks after it."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from sqlalchemy import Connection

from checkpoints.actions.courses import starting
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.fields import check_note, clean
from checkpoints.core.from_outside.arrival import ALARM, LONGEST_SUMMARY, NAMES, SHELL
from checkpoints.core.model import Json, Person, Role
from checkpoints.store import audit, cases, people, runs
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import arrivals

SENDER = "a sender with the arrivals' key"
CARED_FOR = frozenset({"running", "delivered"})


def arrive(desk: Desk, slug: str, name: str, key: str, body: Mapping[str, Json], by: str = SENDER) -> bool:
    """True when it was kept now, False when the same was kept before.

    Raises Refused (no such case or name), IllegalMove when the key was used for another body or the case is over.
    """
    if name not in NAMES:
        raise Refused(
            f"“{clean(name)}” is nothing that can arrive; right would be {', '.join(NAMES)}. Nothing was kept."
        )
    with desk.transaction() as tx:
        case = cases.project(tx, slug) if slug.isascii() and slug.isprintable() else None
        if case is None:
            raise Refused(f"There is no project “{clean(slug)}”. Nothing was kept.")
        return arrive_in(tx, case.id, name, key, body, by)


def sound(desk: Desk, person: Person, slug: str, summary: str) -> str:
    """A person raises an alarm; the key that it is kept under. Raises NotYourCall, Refused, IllegalMove."""
    check_note(summary)
    if not summary.strip() or len(summary) > LONGEST_SUMMARY:
        raise Refused(f"Say in 1 to {LONGEST_SUMMARY} characters what is wrong. Nobody was told.")
    key = f"{SHELL}{uuid4()}"
    with desk.transaction() as tx:
        standing = people.standing(tx, person)
        if not standing.active or not standing.roles_at(slug) & {Role.TO, Role.MANAGER}:
            raise NotYourCall("A technical operator or a manager raises an alarm. Nobody was told.")
    arrive(desk, slug, ALARM, key, {"summary": summary, "by": person.name}, person.name)
    return key


def arrive_in(tx: Connection, case_id: UUID, name: str, key: str, body: Mapping[str, Json], by: str) -> bool:
    """The same within a transaction that found the case."""
    cases.lock(tx, case_id)
    case = cases.by_id(tx, case_id)
    assert case is not None
    if (kept := arrivals.same(tx, case_id, name, key, body)) is not None:
        if not kept:
            raise IllegalMove(f"The key “{clean(key)}” was used for another {name} of {case.slug}. Nothing was kept.")
        return False
    if case.state not in CARED_FOR:
        raise IllegalMove(f"{case.slug} is {case.state}: nobody looks after it. Nothing was kept.")
    arrivals.add(tx, case_id, name, key, body)
    starting.care(tx, case_id)
    for run in runs.alive(tx, case_id):
        starting.wake(tx, run.id)
    audit.append(tx, "arrived", {"case": case.slug, "name": name, "key": key, "by": by})
    return True
