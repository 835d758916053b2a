"""The access review: who can do what here, and when they last did, is confirmed for each; who isn't kept leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from checkpoints.actions.own.proposing import CHANGE, propose_in
from checkpoints.actions.people import joining
from checkpoints.core.authority import decides_for
from checkpoints.core.model import Fact, Field, FieldSort, Json, Person, Priority, Request, Role, Scalar, Subject
from checkpoints.core.shown.story import limited_to, when
from checkpoints.core.view import OWN, Checkpoint
from checkpoints.store import audit, cases, checkpoints, people
from checkpoints.store.desk import Desk
from checkpoints.store.people import Listed, Seen

REVIEW = "access review"
KEEP, END = "keep", "end"
CHOICES = ((KEEP, "holds what they hold"), (END, "leaves the desk: no role, no token"))
FIELD = "person_"
EVERY = "1 month"


@dataclass(frozen=True)
class Access:
    """What one person can do here, in words, and when they last did."""

    person: Listed
    holds: str
    seen: str


def access(desk: Desk) -> list[Access]:
    """Everybody who is here, the first first."""
    with desk.transaction() as tx:
        return _access(tx)


def ask_to_review(desk: Desk, by: Person) -> Checkpoint:
    """The question that asks to confirm each.

    Raises NotYourCall unless a technical operator or a manager opens it, with their factor if they have one.
    """
    with desk.transaction() as tx:
        standing = people.standing(tx, by)
        decides_for(standing, (Role.TO, Role.MANAGER), standing.enrolled, "The access review")
        return propose_in(tx, by, _request(_access(tx)))


def open_if_due(desk: Desk) -> bool:
    """Asks it in nobody's name, once a month; True when it did. Somebody who is here alone is not asked."""
    with desk.transaction() as tx:
        if cases.own(tx) is None or not checkpoints.overdue(tx, "review", REVIEW, EVERY):
            return False
        found = _access(tx)
        if len(found) > 1:
            propose_in(tx, None, _request(found))
        return len(found) > 1


def end_access(tx: Connection, desk: Desk, point: Checkpoint) -> None:
    """Adopts what `ask_to_review` asked: whoever was not kept leaves; who has left by now has."""
    assert point.decision is not None
    subject, here = point.request.subject.parameters, {str(p.id): p for p in people.everyone(tx) if p.active}
    said = [(here.get(str(subject.get(field))), choice) for field, choice in point.decision.fields.items()]
    leaving = [person for person, choice in said if person is not None and choice == END]
    # All of them before the audit's head: whoever decides locks in this order.
    approved = [checkpoints.approved_in_part(tx, person.id) for person in leaving]
    for person, theirs in zip(leaving, approved, strict=True):
        joining.remove_in(tx, person, point.label, "not kept at the access review", theirs)
    body: dict[str, Json] = {"by": point.label, "left": [person.name for person in leaving]}
    audit.append(
        tx, "access reviewed", body | {"kept": [person.name for person, choice in said if person and choice == KEEP]}
    )


def _request(found: Sequence[Access]) -> Request:
    subject: dict[str, Scalar] = {CHANGE: REVIEW}
    for number, one in enumerate(found, 1):
        subject |= {f"{FIELD}{number}": str(one.person.id), f"{FIELD}{number} holds": one.holds}
    facts = [Fact("What", f"who can do what here: {len(found)} people, each to be kept or to leave")]
    facts += [Fact(one.person.name, f"{one.holds}; {one.seen}") for one in found]
    fields = [
        Field(f"{FIELD}{number}", f"{one.person.name}, {one.holds}", FieldSort.CHOICE, choices=CHOICES)
        for number, one in enumerate(found, 1)
    ]
    return Request(
        kind="review",
        agent=OWN,
        action="Review who has access",
        details="",
        subject=Subject("the access review", subject),
        facts=tuple(facts),
        fields=tuple(fields),
        priority=Priority.LOW,
    )


def _access(tx: Connection) -> list[Access]:
    seen = people.seen(tx)
    return [Access(p, _holds(p, seen[p.id]), _last(seen[p.id])) for p in people.everyone(tx) if p.id in seen]


def _holds(person: Listed, seen: Seen) -> str:
    roles = [
        f"{grant.role.called} ({limited})" if (limited := limited_to(grant.limits)) else grant.role.called
        for grant in person.grants
    ]
    return f"{', '.join(roles) or 'no role'}; {'with' if seen.enrolled else 'without'} a second factor"


def _last(seen: Seen) -> str:
    return f"last signed in {_when(seen.signed_in)}, last answered {_when(seen.decided)}"


def _when(moment: datetime | None) -> str:
    return when(moment) if moment else "never"
