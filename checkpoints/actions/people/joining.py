"""People join the desk: a name, a role, and a token that is shown once and kept only as a hash."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.people import reaching
from checkpoints.core.authority import check_scope, decides_for, proven
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.fields import check_email, check_note, clean
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.shown.likeness import likeness
from checkpoints.store import audit, checkpoints, people
from checkpoints.store.desk import Desk
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
        return _join(tx, name, Role.TO, by="the set-up")


def only_operator_again(desk: Desk) -> Joined | None:
    """New tokens for the operator of a desk that never had a second one, for whoever starts it on its machine."""
    with desk.transaction() as tx:
        operators = [listed for listed in people.everyone(tx) if Role.TO in listed.roles and listed.active]
        if len(operators) != 1 or not people.single_operator(tx):
            return None
        id, name = operators[0].id, operators[0].name
        return Joined(id, name, token_in(tx, id, name, "sign-in link"), token_in(tx, id, name, "shell"))


def add_person(desk: Desk, by: Person, name: str, role: Role, email: str = "") -> Joined:
    """Raises NotYourCall unless a technical operator asks, with their factor if they have one.

    Refused for the name, or for an address that is none; an empty one leaves them without mails.
    """
    address = check_email(email) if email else None
    with desk.transaction() as tx:
        _may_invite(tx, by)
        joined = _join(tx, name, role, by=by.name)
        if address:
            reaching.set_in(tx, joined.id, joined.name, address, by.name)
        return joined


def remove_person(desk: Desk, by: Person, name: str, because: str) -> str:
    """Their name. From now on no token of theirs holds, and they have no role; what they decided stays decided.

    What they approved and is still open waits for others, who are told.
    Raises NotYourCall unless another technical operator asks, as in `add_person`; Refused without a reason or
    such a person.
    """
    check_note(because)
    if not because.strip():
        raise Refused("Say why you remove them: the audit shows it. Nobody was removed.")
    with desk.transaction() as tx:
        _may_invite(tx, by)
        found = [p for p in people.everyone(tx) if p.active and p.name.casefold() == name.strip().casefold()]
        if not found:
            raise Refused(f"There is no {clean(name)}. List them with: countersign people list. Nobody was removed.")
        if found[0].id == by.id:
            raise NotYourCall("Another technical operator removes you. Nobody was removed.")
        # Before the audit's head: whoever decides locks in this order.
        approved = checkpoints.approved_in_part(tx, found[0].id)
        people.deactivate(tx, found[0].id)
        body: dict[str, Json] = {"person": str(found[0].id), "name": found[0].name, "by": by.name}
        audit.append(tx, "person removed", body | {"because": because})
        for point in approved:
            fell: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "by": found[0].name}
            audit.append(tx, "approval counts no more", fell | {"because": "removed"})
            notice(tx, point, "open")
        return found[0].name


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


def _join(tx: Connection, name: str, role: Role, by: str) -> Joined:
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
    id = people.add(tx, name)
    people.give_role(tx, id, role, by)
    body: dict[str, Json] = {"person": str(id), "name": name, "role": role, "by": by}
    audit.append(tx, "person added", body)
    return Joined(id, name, token_in(tx, id, name, "sign-in link"), token_in(tx, id, name, "shell"))


def _token(tx: Connection, id: UUID, name: str, way: Way, scope: Scope = "all") -> tuple[str, UUID]:
    token = secrets.token_urlsafe(32)
    proof = people.add_token(tx, id, token, way, LASTS[way], scope)
    body: dict[str, Json] = {"person": str(id), "name": name, "way": way}
    audit.append(tx, "token made", body if scope == "all" else body | {"scope": scope})
    return token, proof


def _may_invite(tx: Connection, by: Person) -> None:
    standing = people.standing(tx, by)
    check_scope(standing)
    if not standing.active or Role.TO not in standing.roles:
        raise NotYourCall("A technical operator adds people. Nobody was added.")
    # A stolen token could add an operator, whose factor is then the thief's own.
    decides_for(standing, (Role.TO,), standing.enrolled, "Who may decide here")
