"""A person's second factor: enrolled, confirmed by a code of it, proven for ten minutes by a code, ended by one.

Rule: the time is the database's, no code counts twice, and a wrong one is counted before it is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import Connection

from checkpoints.actions.people.accounts import recovering
from checkpoints.core.authority import not_active
from checkpoints.core.errors import IllegalMove, NeedsFactor, WrongCode
from checkpoints.core.from_outside import guessing
from checkpoints.core.model import Json, Person
from checkpoints.core.work.standing import Standing
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.secret import factors
from checkpoints.store.secret.factors import Factor, Tries

ISSUER = "Countersign"
ENROLLING_LASTS = timedelta(minutes=30)
STEPS_AROUND = 1
"""A clock that is up to 30 seconds off, and a slow hand, are forgiven."""
FREE_TRIES = guessing.FREE_TRIES
MAY_ENROL = frozenset({"all", "enrol"})
NONE_YET = "You have no second factor yet. Nothing was recorded. Enrol one: countersign second-factor enrol"
NONE_WAITS = (
    "There is nothing to confirm, or it is older than 30 minutes. Nothing was recorded. "
    "Begin again: countersign second-factor enrol"
)
WRONG = (
    "That is not the code of now, or it was used before: each counts once. Nothing was recorded. "
    "Wait for the next one that your authenticator shows, and check that its clock is right."
)

T = TypeVar("T")
Find = Callable[[Connection, UUID], Factor | None]


@dataclass(frozen=True)
class Enrolling:
    """What an authenticator needs: the seed, and the same as an address that a QR code carries. For its person only."""

    seed: str = field(repr=False)
    uri: str = field(repr=False)

    @property
    def typed(self) -> str:
        """The seed in groups of four."""
        return " ".join(self.seed[start : start + 4] for start in range(0, len(self.seed), 4))


def enrol(desk: Desk, person: Person, code: str = "") -> Enrolling:
    """A new factor, to be confirmed within half an hour; until then the one that they have, if any, goes on holding.

    Raises NeedsFactor without a code of the one that they have, Refused when it is wrong, NotYourCall.
    """
    seed = pyotp.random_base32()
    sealed = factors.seal(desk.home, seed)
    if code:
        _checked(desk, person, code, factors.held, lambda tx, by, _: factors.add(tx, by.id, sealed))
        return _enrolling(person, seed)
    with desk.transaction() as tx:
        # Locked, so that no other enrolling is confirmed in between.
        factors.tries(tx, person.id)
        if _may_prove(tx, person).enrolled:
            raise NeedsFactor(
                "You have a second factor. Nothing was changed. To take another one instead, give a code of it: "
                "countersign second-factor enrol --otp 123456",
                enrolled=True,
            )
        factors.add(tx, person.id, sealed)
    return _enrolling(person, seed)


def enrolling(desk: Desk, person: Person) -> Enrolling | None:
    """What they are enrolling and have not confirmed yet. Raises NotYourCall, Unavailable."""
    with desk.transaction() as tx:
        _may_prove(tx, person)
        factor = _waiting(tx, person.id)
    return _enrolling(person, factors.unseal(desk.home, factor)) if factor else None


def confirm(desk: Desk, person: Person, code: str) -> tuple[str, ...]:
    """The factor holds from now on, and counts as proven; its recovery codes, which nobody can read again.

    Raises IllegalMove, Refused, NotYourCall, Unavailable.
    """
    return _checked(desk, person, code, _waiting, _confirmed)


def prove(desk: Desk, person: Person, code: str) -> None:
    """For ten minutes, with this token, they may approve what needs a second factor. A recovery code does, once.

    Raises NeedsFactor when they have none, Refused when the code is wrong or too many were, NotYourCall, Unavailable.
    """
    _checked(desk, person, code, factors.held, _proved)


def end(desk: Desk, person: Person, code: str) -> None:
    """They have no second factor any more. Raises as `prove` does."""
    _checked(desk, person, code, factors.held, _ended)


def standing(desk: Desk, person: Person) -> Standing:
    """What holds of them now: whether they are enrolled, and have proven it. Raises NotYourCall."""
    with desk.transaction() as tx:
        found = people.standing(tx, person)
    if found.scope is None:
        raise not_active(found)
    return found


def right(tx: Connection, desk: Desk, factor: Factor, code: str, at: datetime) -> bool:
    """Whether it is a code of the factor's authenticator that was not used before; from now on it is.

    Raises WrongCode when it can't be a code, Unavailable without the key.
    """
    step = _step(factors.unseal(desk.home, factor), _digits(code), at)
    return step is not None and factors.use_step(tx, factor.id, step)


def _checked(desk: Desk, person: Person, code: str, find: Find, change: Callable[[Connection, Person, Factor], T]) -> T:
    """The change, when the code is right. A wrong one is counted and told in a transaction that is kept."""
    recovery = recovering.read(code)
    if recovery is None:
        _digits(code)
    with desk.transaction() as tx:
        tries = factors.tries(tx, person.id)
        _may_prove(tx, person)
        check_wait(tries)
        factor = find(tx, person.id)
        if factor is None:
            raise IllegalMove(NONE_WAITS) if find is _waiting else NeedsFactor(NONE_YET, enrolled=False)
        if (
            recovering.take(tx, person.id, person.name, person.way, factor.id, recovery)
            if recovery
            else right(tx, desk, factor, code, tries.at)
        ):
            return change(tx, person, factor)
        factors.wrong(tx, person.proof)
        audit.append(tx, "second factor refused", _said(person) | {"wrong": tries.wrong + 1})
    raise WrongCode(WRONG)


def _confirmed(tx: Connection, person: Person, factor: Factor) -> tuple[str, ...]:
    factors.confirm(tx, person.id, factor.id)
    factors.proved(tx, person.id, person.proof)
    audit.append(tx, "second factor enrolled", _said(person))
    return recovering.make(tx, person, factor.id)


def _proved(tx: Connection, person: Person, factor: Factor) -> None:
    factors.proved(tx, person.id, person.proof)
    audit.append(tx, "second factor proved", _said(person))


def _ended(tx: Connection, person: Person, factor: Factor) -> None:
    factors.end(tx, person.id)
    audit.append(tx, "second factor removed", _said(person))


def _waiting(tx: Connection, person: UUID) -> Factor | None:
    return factors.waiting(tx, person, ENROLLING_LASTS)


def _may_prove(tx: Connection, person: Person) -> Standing:
    found = people.standing(tx, person)
    if found.scope not in MAY_ENROL:
        raise not_active(found)
    return found


def _digits(code: str) -> str:
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        raise WrongCode(
            "That is no code: right would be the six digits of your authenticator, or one of your recovery codes. "
            "Nothing was recorded."
        )
    return digits


def _step(seed: str, digits: str, at: datetime) -> int | None:
    """The 30-second step whose code this is, of those around the moment; None when it is none of theirs."""
    try:
        return pyotp.TOTP(seed).verify_and_get_timecode(digits, for_time=at, valid_window=STEPS_AROUND)
    except OTPVerificationError:
        return None


def check_wait(tries: Tries) -> None:
    """Raises WrongCode while a guesser has to wait."""
    until = guessing.waits_until(tries.wrong, tries.last)
    if until is not None and tries.at < until:
        raise WrongCode(
            f"{tries.wrong} codes in a row were wrong: the next is looked at from {until.astimezone(UTC):%H:%M:%S} UTC "
            "on. Nothing was recorded. If they were not yours, somebody has a token of yours; the audit shows the way."
        )


def _enrolling(person: Person, seed: str) -> Enrolling:
    return Enrolling(seed, pyotp.TOTP(seed).provisioning_uri(name=person.name, issuer_name=ISSUER))


def _said(person: Person) -> dict[str, Json]:
    return {"by": person.name, "person": str(person.id), "way": person.way}
