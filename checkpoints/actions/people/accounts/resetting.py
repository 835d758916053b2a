"""A lost second factor is taken away by two technical operators, neither of them its owner: one asks, one confirms.

Rule: each with their own factor; afterwards nothing of the person's signs in but one link, by which they enrol anew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from checkpoints.actions.people import joining
from checkpoints.actions.people.accounts.warning import warn
from checkpoints.core.authority import decides_for
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.fields import check_note, clean
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.shown.story import when
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.people import Listed
from checkpoints.store.secret import factors, passwords, resets
from checkpoints.store.secret.resets import Reset

LASTS = timedelta(hours=24)
ABOUT = "Resetting a second factor"
NOT_YOURS = (
    "Two other technical operators reset your second factor, or a recovery code stands in for it. Nothing was changed."
)
NOBODY_ELSE = (
    "It takes two technical operators besides the one whose factor it is, one to ask and one to confirm. Here there "
    "are fewer. Nothing was changed. A recovery code stands in for a factor that is lost; runbooks/tasks/"
    "second-factor.md says what else is possible."
)


@dataclass(frozen=True)
class Asked:
    """Whose factor, and until when another technical operator may confirm it."""

    name: str
    until: datetime


@dataclass(frozen=True)
class Done:
    """Whose factor is gone; `sign_in` is a token for the page, for one use within 30 minutes, for them alone."""

    name: str
    sign_in: str


def ask(desk: Desk, by: Person, name: str, because: str) -> Asked:
    """Waits for another's word for a day; nothing is taken away before. They are told by mail.

    Raises NotYourCall unless a technical operator asks, with their factor, about somebody else; Refused without a
    reason, such a person, a factor of theirs, or anybody who could confirm; IllegalMove when it was asked already.
    """
    check_note(because)
    if not because.strip():
        raise Refused("Say why, and how you know that it is they who ask: the audit shows it. Nothing was changed.")
    with desk.transaction() as tx:
        found = _of_another(tx, by, name)
        if factors.held(tx, found.id) is None:
            raise Refused(f"{found.name} has no second factor: there is nothing to reset. Nothing was changed.")
        if _others(tx, found) < 2:
            raise Refused(NOBODY_ELSE)
        before = resets.waiting(tx, found.id)
        if before is not None and before.asker_stands:
            raise IllegalMove(f"{before.asker} has asked for it already. {_how(found, before.expires_at)}")
        until = resets.ask(tx, found.id, by.id, because, LASTS)
        audit.append(tx, "second factor reset asked", _line(found, by) | {"because": because})
        warn(tx, found.id, f"{by.name} has asked that your second factor be taken away, since you had lost it.")
        return Asked(found.name, until)


def confirm(desk: Desk, by: Person, name: str) -> Done:
    """Their factor, recovery codes, password and tokens end at once; the link is all that signs them in.

    Raises NotYourCall unless a technical operator confirms, with their factor, who is neither the one who asked nor
    the one whose it is; IllegalMove when nobody asked, or not within a day.
    """
    with desk.transaction() as tx:
        found = _of_another(tx, by, name)
        asked = resets.waiting(tx, found.id)
        if asked is None or not asked.asker_stands:
            raise IllegalMove(
                f"Nobody has asked within a day to reset {found.name}'s second factor. Nothing was changed. Ask: "
                f'countersign second-factor reset "{clean(found.name)}" --because WHY'
            )
        _check_another(asked, by, found)
        resets.confirm(tx, asked.id, by.id)
        factors.forget(tx, found.id)
        passwords.forget(tx, found.id)
        people.end_tokens(tx, found.id)
        body: dict[str, Json] = {"asked_by": asked.asker, "because": asked.because}
        audit.append(tx, "second factor reset", _line(found, by) | body)
        said = f"{asked.asker} and {by.name} have taken your second factor away. Whatever was signed in is signed out."
        warn(tx, found.id, said)
        return Done(found.name, joining.token_in(tx, found.id, found.name, "sign-in link"))


def _check_another(asked: Reset, by: Person, found: Listed) -> None:
    if asked.asked_by == by.id:
        raise NotYourCall(f"You asked for it, so another technical operator confirms. {_how(found, asked.expires_at)}")


def _of_another(tx: Connection, by: Person, name: str) -> Listed:
    """The person, locked; `by` is a technical operator with their factor proven, and somebody else."""
    decides_for(people.standing(tx, by), (Role.TO,), step_up=True, about=ABOUT)
    known = (p for p in people.everyone(tx) if p.active and p.name.casefold() == name.strip().casefold())
    found = next(known, None)
    if found is None:
        raise Refused(f"There is no {clean(name)}. List them with: countersign people list. Nothing was changed.")
    if found.id == by.id:
        raise NotYourCall(NOT_YOURS)
    factors.tries(tx, found.id)
    return found


def _others(tx: Connection, than: Listed) -> int:
    """How many technical operators there are besides them."""
    return sum(p.active and Role.TO in p.roles and p.id != than.id for p in people.everyone(tx))


def _how(of: Listed, until: datetime) -> str:
    return (
        f"Nothing was changed. Another technical operator confirms it by {when(until)}: "
        f'countersign second-factor reset "{clean(of.name)}" --confirm'
    )


def _line(of: Listed, by: Person) -> dict[str, Json]:
    return {"person": str(of.id), "name": of.name, "by": by.name, "way": by.way}
