"""Signs a person in on the page by name, password and, where they have a second factor, its code.

Rule: every refusal has the same words after the same work, so that nobody learns which name exists or what was right.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from checkpoints.actions.people import joining, proving
from checkpoints.actions.people.accounts import recovering
from checkpoints.core.errors import NotYourCall, WrongCode
from checkpoints.core.from_outside import guessing
from checkpoints.core.from_outside.password import LONGEST, normal
from checkpoints.core.model import Json
from checkpoints.store import audit
from checkpoints.store.desk import Desk
from checkpoints.store.secret import factors, passwords
from checkpoints.store.secret.passwords import Account

NOT_SIGNED_IN = (
    "That name, password or code is not right; or several tries were wrong, and the next has to wait, up to an hour. "
    "Nobody was signed in. Whoever has a second factor gives its code too."
)
WAY = "password"


@dataclass(frozen=True)
class Tried:
    """What somebody typed, once the slow part is done: whose account it names, and whether the password was right.

    `hash` is what to keep of a right one: as it was, or made anew.
    """

    account: Account
    right: bool
    hash: str
    code: str


def sign_in(desk: Desk, name: str, password: str, code: str = "") -> str:
    """A token for the page. A technical operator without a second factor gets one that only enrols.

    Each wrong try is counted a person, and from the fifth on the next has to wait; it leaves an audit line, but for
    unknown names and within the wait, where it is only counted. Raises NotYourCall in always the same words,
    Unavailable.
    """
    typed = normal(password[: LONGEST + 1])
    with desk.transaction() as tx:
        account = passwords.account(tx, name)
        if account is None:
            passwords.count(tx, "unknown")
    # Outside of any transaction, and for whoever is unknown as well.
    right = passwords.matches(account.hash if account else None, typed)
    if account is not None:
        anew = right and passwords.outdated(account.hash)
        tried = Tried(account, right, passwords.hashed(typed) if anew else account.hash, code)
        with desk.transaction() as tx:
            token = _admitted(tx, desk, tried)
        if token is not None:
            return token
    raise NotYourCall(NOT_SIGNED_IN)


def _admitted(tx: Connection, desk: Desk, tried: Tried) -> str | None:
    """The token, or None with the try counted."""
    account = tried.account
    codes = factors.tries(tx, account.id)
    kept = passwords.tries(tx, account.id)
    until = guessing.waits_until(kept.wrong, kept.last) if kept else None
    if kept is None or (until is not None and kept.at < until):
        passwords.count(tx, "too soon")
        return None
    held = factors.held(tx, account.id)
    # What was chosen anew meanwhile is another password.
    right = tried.right and kept.hash == account.hash
    if not right or (held is not None and not _proves(tx, desk, tried, held, codes)):
        passwords.wrong(tx, account.id)
        body: dict[str, Json] = {"person": str(account.id), "name": account.name, "way": WAY, "wrong": kept.wrong + 1}
        audit.append(tx, "sign-in refused", body)
        return None
    passwords.right(tx, account.id, tried.hash)
    audit.append(tx, "signed in", {"by": account.name, "person": str(account.id), "way": WAY})
    narrow = account.operator and held is None
    token, proof = joining.admit(tx, account.id, account.name, "enrol" if narrow else "all")
    if held is not None:
        factors.proved(tx, account.id, proof)
    return token


def _proves(tx: Connection, desk: Desk, tried: Tried, held: factors.Factor, codes: factors.Tries) -> bool:
    until = guessing.waits_until(codes.wrong, codes.last)
    if until is not None and codes.at < until:
        return False
    recovery = recovering.read(tried.code)
    if recovery is not None:
        return recovering.take(tx, tried.account.id, tried.account.name, WAY, held.id, recovery)
    try:
        return proving.right(tx, desk, held, tried.code, codes.at)
    except WrongCode:
        return False
