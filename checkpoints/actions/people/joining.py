"""People join the desk, and leave it: a name, a role, and a token that is shown once and kept only as a hash."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.people.proving import NONE_YET
from checkpoints.core.authority import check_scope, decides_for, proven
from checkpoints.core.errors import IllegalMove, NeedsFactor, NotYourCall, Refused
from checkpoints.core.fields import check_note, clean
from checkpoints.core.model import Json, Limits, Person, Role
from checkpoints.core.shown.likeness import likeness
from checkpoints.core.shown.story import limited_to
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, checkpoints, people
from checkpoints.store.desk import Desk
from checkpoints.store.people import Listed
from checkpoints.store.work.notices import notice

Way = Literal["shell", "sign-in link", "page"]
Scope = Literal["all", "read", "enrol"]
LASTS: dict[Way, timedelta] = {
    "shell": timedelta(days=90),
    "sign-in link": timedelta(minutes=30),
    "page": timedelta(days=7),
}


@dataclass(frozen=True)
class Joined:
    """A new person. `sign_in` is a token for the page, for one use within 30 minutes; `shell` one for the shell."""

    id: UUID
    name: str
    sign_in: str
    shell: str


def first_operator(desk: Desk, name: str) -> Joined | None:
    """The first technical operator of an empty desk; None when there are people already. Raises Refused."""
    with desk.transaction() as tx:
        if people.everyone(tx):
            return None
        id = let_in(tx, name, Role.TO, by="the set-up")
        return tokens(tx, id, name)


def only_operator_again(desk: Desk) -> Joined | None:
    """New tokens for the operator of a desk that never had a second one, for whoever starts it on its machine."""
    with desk.transaction() as tx:
        operators = [listed for listed in people.everyone(tx) if listed.active and _operates(listed)]
        if len(operators) != 1 or not people.single_operator(tx):
            return None
        return tokens(tx, operators[0].id, operators[0].name)


def _operates(listed: Listed) -> bool:
    """For everything and without an end: somebody elevated for a while doesn't make them two."""
    return any(grant.role is Role.TO and grant.limits.everywhere for grant in listed.grants)


def remove_person(desk: Desk, by: Person, name: str, because: str) -> str:
    """Their name. From now on no token of theirs holds, and they have no role; what they decided stays decided.

    What they approved and is still open waits for others, who are told.
    Raises NotYourCall unless another technical operator says so, with their factor if they have one; Refused without a
    reason or such a person, or where nobody would be left who may decide everything.
    """
    check_note(because)
    if not because.strip():
        raise Refused("Say why you remove them: the audit shows it. Nobody was removed.")
    with desk.transaction() as tx:
        may_invite(tx, by)
        found = [p for p in people.everyone(tx) if p.active and p.name.casefold() == name.strip().casefold()]
        if not found:
            raise Refused(f"There is no {clean(name)}. List them with: countersign people list. Nobody was removed.")
        if found[0].id == by.id:
            raise NotYourCall("Another technical operator removes you. Nobody was removed.")
        # Before the audit's head: whoever decides locks in this order.
        remove_in(tx, found[0], by.name, because, checkpoints.approved_in_part(tx, found[0].id))
        return found[0].name


def remove_in(tx: Connection, found: Listed, by: str, because: str, approved: Sequence[Checkpoint]) -> None:
    """Within a transaction that knows that it may, and holds what they approved in part.

    Raises Refused as `remove_person` does.
    """
    people.deactivate(tx, found.id)
    body: dict[str, Json] = {"person": str(found.id), "name": found.name, "by": by}
    audit.append(tx, "person removed", body | {"because": because})
    check_somebody_is_left(tx)
    fall(tx, approved, found.name, "removed")


def fall(tx: Connection, approved: Sequence[Checkpoint], name: str, because: str) -> None:
    """Of what this person had approved and is still open: what counts no more is said, and whose turn it is is told."""
    for before in approved:
        point = finding.again(tx, before.id)
        if point.counting == before.counting:
            continue
        fell: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "by": name}
        audit.append(tx, "approval counts no more", fell | {"because": because})
        notice(tx, point, "open")


def check_somebody_is_left(tx: Connection) -> None:
    """Asked once the audit's head is held, so that of two who take each other's role only one is heard.

    Raises Refused.
    """
    if people.operators(tx) == 0:
        raise Refused("Nobody would be left who may decide everything here. Nothing was changed.")


def new_token(desk: Desk, person: Person, way: Way, scope: Scope = "all") -> str:
    """Another token for the same person, for what they may or only to read.

    Raises NotYourCall once the one that verified them has ended or is no such one itself, NeedsFactor when they have
    a second factor and did not prove it within ten minutes.
    """
    with desk.transaction() as tx:
        standing = people.standing(tx, person)
        check_scope(standing)
        if not standing.active:
            raise NotYourCall("You are not signed in any more. No token was made. Sign in again: countersign sign-in")
        proven(standing, "Making a token, which a sign-in link is too,")
        return _token(tx, person.id, person.name, way, scope)[0]


def token_for_elsewhere(desk: Desk, person: Person, scope: Scope) -> str:
    """A token for another shell, which lasts: made only after a second factor, and raises as `new_token` does.

    NeedsFactor also for whoever has none yet. The link that signs them in on the page, where they enrol, needs none.
    """
    with desk.transaction() as tx:
        standing = people.standing(tx, person)
        if standing.active and not standing.enrolled:
            raise NeedsFactor(f"A token that lasts is made only after a second factor. {NONE_YET}", enrolled=False)
    return new_token(desk, person, "shell", scope)


def token_in(tx: Connection, id: UUID, name: str, way: Way) -> str:
    """A token, within a transaction that knows that it may."""
    return _token(tx, id, name, way)[0]


def admit(tx: Connection, id: UUID, name: str, scope: Scope) -> tuple[str, UUID]:
    """A token for the page, and its id, for whoever has just signed in there, within the transaction that saw it."""
    return _token(tx, id, name, "page", scope)


def exchange(desk: Desk, person: Person) -> str:
    """A page token for a sign-in link that was just verified, once. Raises IllegalMove the second time."""
    if person.way != "sign-in link":
        raise NotYourCall("Only a sign-in link signs in on the page. Get one: countersign sign-in")
    with desk.transaction() as tx:
        if not people.end_token(tx, person.proof):
            raise IllegalMove("This link was used before. Get a new one: countersign sign-in")
        return token_in(tx, person.id, person.name, "page")


def sign_out(desk: Desk, person: Person) -> None:
    """Ends the token that verified this person."""
    with desk.transaction() as tx:
        people.end_token(tx, person.proof)
        audit.append(tx, "signed out", {"by": person.name, "way": person.way})


def let_in(
    tx: Connection, name: str, role: Role, by: str, limits: Limits = people.EVERYWHERE, invited_by: UUID | None = None
) -> UUID:
    """A new person, without a token, within a transaction that knows that it may. Raises Refused for the name."""
    name = free_name(tx, name)
    id = people.add(tx, name, invited_by)
    people.give_role(tx, id, role, by, limits)
    body: dict[str, Json] = {"person": str(id), "name": name, "role": role, "by": by}
    audit.append(tx, "person added", body | ({"limits": said} if (said := limited_to(limits)) else {}))
    return id


def free_name(tx: Connection, name: str) -> str:
    """The name as it is written here. Raises Refused for one that won't do, or is another's, however it is spelt."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Refused(f"“{clean(name)}” won't do: a name has 1 to 80 printable characters. Nobody was added.")
    known = next((listed.name for listed in people.everyone(tx) if likeness(listed.name) == likeness(name)), None)
    if known is not None:
        raise Refused(
            f"There is a {clean(name)} already. Nobody was added."
            if known.casefold() == name.casefold()
            else f"“{clean(name)}” looks like {known}, who is here already. Nobody was added. "
            "If it is somebody else, add what tells them apart, a second name or a place."
        )
    return name


def tokens(tx: Connection, id: UUID, name: str) -> Joined:
    """The first of a person, within a transaction that knows that it may."""
    return Joined(id, name, token_in(tx, id, name, "sign-in link"), token_in(tx, id, name, "shell"))


def _token(tx: Connection, id: UUID, name: str, way: Way, scope: Scope = "all") -> tuple[str, UUID]:
    token = secrets.token_urlsafe(32)
    proof = people.add_token(tx, id, token, way, LASTS[way], scope)
    body: dict[str, Json] = {"person": str(id), "name": name, "way": way}
    audit.append(tx, "token made", body if scope == "all" else body | {"scope": scope})
    return token, proof


def may_invite(tx: Connection, by: Person) -> None:
    """Raises NotYourCall unless they are a technical operator here, with their factor if they have one."""
    standing = people.standing(tx, by)
    check_scope(standing)
    if not standing.active or Role.TO not in standing.roles_at():
        raise NotYourCall("A technical operator adds people. Nobody was added.")
    # A stolen token could add an operator, whose factor is then the thief's own.
    decides_for(standing, (Role.TO,), standing.enrolled, "Who may decide here")
