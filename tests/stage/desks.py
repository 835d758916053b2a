"""What tests ask at the desk with: a desk a role, people with tokens, a case with a run, and a request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import pyotp

from checkpoints import wiring
from checkpoints.actions import reading, receiving
from checkpoints.actions.by_runs import requesting
from checkpoints.actions.courses import opening
from checkpoints.actions.people import joining, proving
from checkpoints.actions.people.joining import Joined
from checkpoints.core.model import Cost, Fact, Json, Person, Request, Role, Subject
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import Item, NewCase
from checkpoints.settings import Settings
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from to_tools import identity

NEEDED = ("credentials", "deployer", "files")


@dataclass(frozen=True)
class Authenticator:
    """A person's app, which goes by the desk's clock."""

    desk: Desk
    seed: str

    def code(self, steps_ahead: int = 0) -> str:
        """What it shows now, or in so many half minutes; a code counts once, and the next one does at once."""
        return pyotp.TOTP(self.seed).at(reading.now(self.desk), counter_offset=steps_ahead)


@dataclass(frozen=True)
class Office:
    """One database as its two logins see it, its first technical operator, Ada, and Mira, a manager, who starts cases.

    What one started oneself is approved with a second factor, so most tests let Mira start and Ada answer.
    """

    settings: Settings
    desk: Desk
    asker: Desk
    ada: Person
    mira: Person

    def person(self, name: str, role: Role) -> Person:
        """Another person with one role, signed in by shell."""
        return identity.verify(self.desk, admit(self.desk, self.ada, name, role).shell)

    def case(self, slug: str = "sample", by: Person | None = None) -> runs.Run:
        """An open case's main run."""
        new = NewCase(slug, "delivery", slug.title(), "Client Inc.", Decimal(500), {})
        case = opening.open_case(self.desk, by or self.mira, new)
        with self.desk.transaction() as tx:
            return runs.alive(tx, case.id)[0]

    def enrol(self, person: Person) -> Authenticator:
        """The authenticator of a person who enrols one; enrolling is a proof with their token."""
        app = Authenticator(self.desk, proving.enrol(self.desk, person).seed)
        proving.confirm(self.desk, person, app.code())
        return app

    def ask(self, run: runs.Run, request: Request, question: str = "question", attempt: int = 1) -> Checkpoint:
        """Asked by the run and received by the desk."""
        point = requesting.ask(self.asker, run, question, attempt, request)
        self.receive()
        return self.show(point)

    def receive(self) -> None:
        """The desk receives all there is."""
        while receiving.receive_next(self.desk):
            pass

    def show(self, point: Checkpoint) -> Checkpoint:
        """The checkpoint as it is now."""
        return reading.show(self.desk, point.label).point


def admit(desk: Desk, by: Person, name: str, role: Role) -> Joined:
    """Somebody is here, as if the desk had asked for them, it had been approved, and `by` had welcomed them."""
    with desk.transaction() as tx:
        return joining.tokens(tx, joining.let_in(tx, name, role, by.name, invited_by=by.id), name)


def open_office(settings: Settings) -> Office:
    """An office on a fresh database."""
    desk = wiring.desk("desk", settings, need=NEEDED)
    joined = joining.first_operator(desk, "Ada")
    assert joined is not None
    ada = identity.verify(desk, joined.shell)
    mira = admit(desk, ada, "Mira", Role.MANAGER)
    return Office(settings, desk, wiring.desk("asker", settings), ada, identity.verify(desk, mira.shell))


def open_again(first: Office, settings: Settings) -> Office:
    """That office on a copy of its database, with the same people."""
    desk = wiring.desk("desk", settings, need=NEEDED)
    return Office(settings, desk, wiring.desk("asker", settings), first.ada, first.mira)


def spend(cost: str | None = "60", **changed: object) -> Request:
    """A request of kind `spend`; None is unpriced."""
    amount = None if cost is None else Cost(Decimal(cost), Decimal(cost))
    request = Request(
        kind="spend",
        agent="Hermes",
        action="Buy error tracking",
        details="I need it to see errors.",
        subject=Subject("error tracking", {"what": "error tracking", "monthly": cost}),
        facts=(Fact("What for", "seeing errors in production"),),
        cost=amount,
    )
    return replace(request, **changed)  # type: ignore[arg-type]


Asking = Callable[..., Checkpoint]


def open_case(
    desk: Desk, person: Person, slug: str, flow: str, brief: Mapping[str, Json], plan: tuple[Item, ...] = ()
) -> Case:
    """A case of the tests' own `flow` (name, registered before), on a desk that somebody runs, opened by another."""
    opener = admit(desk, person, f"Who started {slug}", Role.MANAGER)
    new = NewCase(slug, flow, slug, "Client Inc.", None, dict(brief), plan)
    return opening.open_case(desk, identity.verify(desk, opener.shell), new)
