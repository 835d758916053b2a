"""A pre-approval is proposed at the desk, holds once people approved it, and is revoked at once."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from checkpoints.actions import finding, withdrawing
from checkpoints.actions.own.proposing import propose_in
from checkpoints.actions.own.rules.changing import adopters
from checkpoints.core.authority import decides_for
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.fields import check_note, clean
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.rules.pre_approval import MOST_CASES, Adopted, Terms, asked, check, fits, template_of
from checkpoints.store import audit, cases, checkpoints, people
from checkpoints.store.desk import Desk
from checkpoints.store.work.many import filtered
from checkpoints.store.work.many.filtered import Filter
from checkpoints.store.work.rules import pre_approvals

MOST_LOOKED_AT = 100
"""Of one case's questions, to say how much was like it so far."""


@dataclass(frozen=True)
class Wish:
    """`like`: the question that serves as template; what is named `free` of its parameters may differ.

    Where: in one `case`, in every one of a `client`, or in several `cases`.
    """

    like: str
    free: tuple[str, ...]
    cap: Decimal
    uses: int
    until: datetime
    case: str = ""
    client: str = ""
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Revoked:
    """`void`: the labels of what had passed by it and was not begun."""

    label: str
    void: tuple[str, ...]


def propose_pre_approval(desk: Desk, person: Person, wish: Wish, because: str) -> str:
    """The question's label. Raises NotYourCall; Refused for what always needs a person, and for terms that won't do."""
    _check_reason(because, "whoever approves it sees it")
    with desk.transaction() as tx:
        decides_for(people.standing(tx, person), (Role.TO, Role.MANAGER), False, "A pre-approval")
        like = finding.labelled(tx, wish.like).request
        template = template_of(like, wish.free)
        terms = Terms(template, wish.cap, wish.uses, wish.until, wish.case, wish.client, wish.cases)
        check(terms, desk.kinds.get(like.kind), like, wish.free, checkpoints.now(tx))
        for slug in (wish.case, *wish.cases):
            if slug and cases.project(tx, slug) is None:
                raise Refused(f"There is no project “{clean(slug)}”. Nothing was asked.")
        so_far = {slug: _like_it(tx, desk, terms, slug) for slug in wish.cases}
        return propose_in(tx, person, asked(terms, wish.like, person.name, because, so_far)).label


def would_hold(desk: Desk, wish: Wish, by: Filter) -> dict[str, tuple[str, ...]]:
    """The projects at work that the filter names, each with what was asked there so far that it would have passed.

    Nothing is asked yet. Raises Refused for an empty filter, for none and for too many, NotFound.
    """
    if not (by.client or by.case):
        raise Refused("Say which projects: --client or --case. Nothing was asked.")
    with desk.transaction() as tx:
        found = filtered.cases(tx, by, MOST_CASES + 1)
        if not found or len(found) > MOST_CASES:
            many = f"more than {MOST_CASES} projects are" if found else "no project at work is"
            raise Refused(f"{many.capitalize()} like this: say which otherwise. Nothing was asked.")
        template = template_of(finding.labelled(tx, wish.like).request, wish.free)
        terms = Terms(template, wish.cap, wish.uses, wish.until)
        return {case.slug: _like_it(tx, desk, terms, case.slug) for case in found}


def _like_it(tx: Connection, desk: Desk, terms: Terms, slug: str) -> tuple[str, ...]:
    asked_there = filtered.found(tx, Filter(terms.template.kind, case=slug), tuple(State), MOST_LOOKED_AT)
    return tuple(point.label for point in asked_there if fits(terms, point.request, desk.matrix))


def let_pass(tx: Connection, desk: Desk, point: Checkpoint) -> None:
    """The change of an approved `pre-approval`. Raises Refused where its kind came to need a person, or it is over."""
    found = pre_approvals.add(tx, point, adopters(point))
    kind = desk.kinds.get(found.terms.template.kind)
    if kind is None or not kind.by_rule or kind.floor:
        raise Refused(f"{found.terms.template.kind} needs a person by now, whatever it costs")
    if found.terms.until <= checkpoints.now(tx):
        raise Refused("its time is over")
    body: dict[str, Json] = {"checkpoint": point.label, "template": found.terms.template.digest}
    body |= {"cap": str(found.terms.cap), "uses": found.terms.uses, "until": found.terms.until.isoformat()}
    audit.append(tx, "pre-approval adopted", body | {"adopted_by": found.adopted_by})


def revoke(desk: Desk, person: Person, label: str, because: str) -> Revoked:
    """At once, by any technical operator; what passed by it and was not begun is void.

    Raises NotYourCall, Refused (no such pre-approval, no reason), IllegalMove when it was revoked before.
    """
    _check_reason(because, "the audit shows it")
    with desk.transaction() as tx:
        decides_for(people.standing(tx, person), (Role.TO,), False, label)
        found = pre_approvals.held(tx, finding.labelled(tx, label).id)
        if found is None:
            raise Refused(f"{label} is no pre-approval that holds. List them with: countersign pre-approve --list")
        if found.revoked:
            raise IllegalMove(f"{label} was revoked before. Nothing was changed.")
        pre_approvals.revoke(tx, found, person.name, because)
        # Before the audit's head: whoever decides, or begins, locks in this order.
        passed = [finding.locked(tx, id) for id in pre_approvals.not_acted_on(tx, found)]
        audit.append(tx, "pre-approval revoked", {"checkpoint": label, "by": person.name, "because": because})
        void = [p for p in passed if p.state is State.APPROVED and p.permit in (Permit.UNUSED, Permit.FAILED)]
        for point in void:
            withdrawing.void_in(tx, point, person, f"pre-approval {label} was revoked: {because}")
        return Revoked(label, tuple(point.label for point in void))


def every(desk: Desk) -> list[Adopted]:
    """The oldest first, also those that hold no more."""
    with desk.transaction() as tx:
        return pre_approvals.every(tx)


def _check_reason(because: str, who_sees: str) -> None:
    check_note(because)
    if not because.strip():
        raise Refused(f"Say why: {who_sees}. Nothing was changed.")
