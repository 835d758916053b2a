"""Who may decide is asked at the desk: somebody is to join, or to hold another role; and what was approved is done."""

from datetime import timedelta

from sqlalchemy import Connection

from checkpoints.actions.own.proposing import propose_in
from checkpoints.actions.people import joining
from checkpoints.core.authority import decides_for
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.fields import check_note, clean
from checkpoints.core.from_outside.addresses import check_network
from checkpoints.core.model import Json, Limits, Person, Request, Role
from checkpoints.core.shown.story import limited_to, when
from checkpoints.core.view import OWN, Checkpoint
from checkpoints.core.work.membership import Membership, covers
from checkpoints.store import audit, cases, checkpoints, people
from checkpoints.store.desk import Desk

LONGEST = timedelta(days=366)
MOST_NETWORKS = 20


def ask_to_join(
    desk: Desk, by: Person, name: str, role: Role, limits: Limits = people.EVERYWHERE, because: str = ""
) -> Checkpoint:
    """The question whether somebody new may decide here. Nobody is added, and no token made, before it is approved.

    Raises NotYourCall unless a technical operator proposes it, with their factor if they have one; Refused.
    """
    with desk.transaction() as tx:
        joining.may_invite(tx, by)
        wanted = Membership(joining.free_name(tx, name), None, role, _checked(tx, desk, limits))
        return _ask(tx, by, wanted, f"Let {wanted.name} join as {_a(role)}", because)


def ask_for_role(
    desk: Desk,
    by: Person,
    name: str,
    role: Role,
    limits: Limits = people.EVERYWHERE,
    because: str = "",
    instead: bool = False,
) -> Checkpoint:
    """The question whether somebody who is here may hold this role too, or instead of what they hold of it now.

    Raises NotYourCall unless they ask for themselves, or a technical operator for them; Refused; IllegalMove for what
    they hold already.
    """
    with desk.transaction() as tx:
        standing = people.standing(tx, by)
        found = people.named(tx, name)
        if found is None or found.id != by.id:
            decides_for(standing, (Role.TO,), standing.enrolled, "Who may decide here")
        if not standing.active:
            raise NotYourCall("You are not signed in any more. Nothing was asked. Sign in again: countersign sign-in")
        if found is None:
            raise Refused(f"There is no {clean(name)}. List them with: countersign people list. Nothing was asked.")
        wanted = Membership(found.name, found.id, role, _checked(tx, desk, limits), instead)
        _check_new(tx, wanted)
        limited = limited_to(wanted.limits)
        action = f"Let {found.name} be {_a(role)}{f', {limited}' if limited else ''}"
        return _ask(tx, by, wanted, action, because)


def let_join(tx: Connection, desk: Desk, point: Checkpoint) -> None:
    """Adopts what `ask_to_join` asked."""
    wanted = Membership.of(point.request.subject)
    limits = _checked(tx, desk, wanted.limits)
    joining.let_in(tx, wanted.name, wanted.role, point.label, limits, point.started_by)


def give(tx: Connection, desk: Desk, point: Checkpoint) -> None:
    """Adopts what `ask_for_role` asked."""
    wanted = Membership.of(point.request.subject)
    limits = _checked(tx, desk, wanted.limits)
    _check_new(tx, wanted)
    assert wanted.person is not None
    # Before the audit's head: whoever decides locks in this order.
    approved = checkpoints.approved_in_part(tx, wanted.person) if wanted.instead else []
    if wanted.instead:
        people.take_role(tx, wanted.person, wanted.role)
    people.give_role(tx, wanted.person, wanted.role, point.label, limits)
    body: dict[str, Json] = {"person": str(wanted.person), "name": wanted.name, "role": wanted.role, "by": point.label}
    said = limited_to(limits)
    audit.append(tx, "role replaced" if wanted.instead else "role given", body | ({"limits": said} if said else {}))
    joining.check_somebody_is_left(tx)
    joining.fall(tx, approved, wanted.name, "the role has other limits now")


def _ask(tx: Connection, by: Person, wanted: Membership, action: str, because: str) -> Checkpoint:
    check_note(because)
    said = f"{by.name} asks for it." + (f" {because.strip()}" if because.strip() else "")
    request = Request("role", OWN, action, said, wanted.subject, wanted.facts, reversible=True)
    return propose_in(tx, by, request)


def _a(role: Role) -> str:
    return f"a {role.called}"


def _checked(tx: Connection, desk: Desk, limits: Limits) -> Limits:
    """As they can be kept. Raises Refused: also for what was so when it was asked, and is no more."""
    now = checkpoints.now(tx)
    if limits.until is not None and not now < limits.until <= now + LONGEST:
        raise Refused(f"{when(limits.until)} is over, or more than a year ahead. Nothing was changed.")
    if limits.case is not None and (not limits.case.isascii() or cases.by_slug(tx, limits.case) is None):
        raise Refused(f"There is no project “{clean(limits.case)}”. List them with: countersign project list")
    if limits.kind is not None and limits.kind not in desk.kinds:
        raise Refused(f"There is no kind “{clean(limits.kind)}” in the catalogue. Nothing was changed.")
    if len(limits.networks) > MOST_NETWORKS:
        raise Refused(f"Over {MOST_NETWORKS} networks limit nothing that anybody could check. Nothing was changed.")
    networks = tuple(dict.fromkeys(check_network(network) for network in limits.networks))
    return Limits(limits.case, limits.kind, limits.until, networks)


def _check_new(tx: Connection, wanted: Membership) -> None:
    """Raises IllegalMove when the person has gone, or holds it by now."""
    found = next((p for p in people.everyone(tx) if p.active and p.id == wanted.person), None)
    if found is None:
        raise IllegalMove(f"{wanted.name} is not here any more. Nothing was changed.")
    if not wanted.instead and any(covers(grant, wanted.role, wanted.limits) for grant in found.grants):
        raise IllegalMove(f"{found.name} is {_a(wanted.role)} to that extent already. Nothing was changed.")
