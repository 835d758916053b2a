"""Whoever came by a link proves that it is they: by a code to an address of theirs that the link did not go to.

Rule: a code counts once, for ten minutes, on its link alone; a wrong one is counted before it is refused.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from checkpoints.actions.people import proving
from checkpoints.core.errors import IllegalMove, NeedsFactor, NotYourCall, WrongCode
from checkpoints.core.fields import mailbox
from checkpoints.core.model import Json, Person
from checkpoints.store import audit, checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.secret import factors, links
from checkpoints.store.secret.links import Link

ERRAND = "tell:code"
LASTS = timedelta(minutes=10)
BETWEEN = timedelta(minutes=1)
"""Whoever has the link could fill the second mailbox otherwise."""
NO_SECOND = (
    "A yes to this needs a code that we send to a second address of yours, and we know of none. Nothing was recorded. "
    "Ask whoever you work with here to add one, or to take your yes in another way; you can say no, or ask for "
    "changes, without it."
)
SAME = (
    "A yes to this needs a code to a second address of yours, and the one that we know is where the link went: whoever "
    "reads that mailbox has both. Nothing was recorded. Ask whoever you work with here to add another address."
)
ENDED = "This link is not good any more. Nothing was recorded."
NONE_WAITS = (
    "No code is waited for: it was used, another one came after it, or ten minutes are over. Nothing was recorded. "
    "Ask for a new code."
)
WRONG = "That is not the code of our newest mail to your second address. Nothing was recorded. Look at it again."


@dataclass(frozen=True)
class Asked:
    """How far a code is. `to`: where it goes, unreadable to whoever doesn't know it; `at`: when one was asked for.

    `wants`: why none can be sent, in words. `trouble`: their mailbox refused it.
    """

    to: str = ""
    at: datetime | None = None
    wants: str = ""
    trouble: str = ""


def ask(desk: Desk, person: Person) -> None:
    """A code is sent to their second address. Raises NeedsFactor where there is none, IllegalMove, NotYourCall."""
    with desk.transaction() as tx:
        tries = factors.tries(tx, person.id)
        link = _open(tx, person)
        proving.check_wait(tries)
        to = second(tx, link)
        before = links.code_of(tx, link.id, BETWEEN)
        if before is not None and not before.trouble:
            raise IllegalMove(
                "A code was sent a moment ago; mails can take a minute. You can ask for another one then."
            )
        code = links.add_code(tx, link, to)
        errands.add(tx, ERRAND, str(code), {"code": str(code)})
        audit.append(tx, "code asked for", _said(person, link))


def prove(desk: Desk, person: Person, typed: str) -> None:
    """For ten minutes they may approve by this link. Raises WrongCode, IllegalMove, NotYourCall, Unavailable."""
    digits = "".join(typed.split())
    if not (len(digits) == links.DIGITS and digits.isascii() and digits.isdigit()):
        raise WrongCode("That is no code: it has six digits. Nothing was recorded.")
    with desk.transaction() as tx:
        tries = factors.tries(tx, person.id)
        link = _open(tx, person)
        proving.check_wait(tries)
        second(tx, link)
        code = links.code_of(tx, link.id, LASTS)
        if code is None:
            raise WrongCode(NONE_WAITS)
        right = hmac.compare_digest(links.digits(desk.home, code.id), digits)
        if right:
            links.end_codes(tx, link.id)
            factors.proved(tx, person.id, person.proof)
            audit.append(tx, "second factor proved", _said(person, link))
        else:
            factors.wrong(tx, person.proof)
            audit.append(tx, "second factor refused", _said(person, link) | {"wrong": tries.wrong + 1})
    if not right:
        raise WrongCode(WRONG)


def second(tx: Connection, link: Link) -> str:
    """Where a code may go. Raises NeedsFactor when there is no such address, or the link itself went there."""
    if link.second_email is None:
        raise NeedsFactor(NO_SECOND, enrolled=False)
    if mailbox(link.second_email) in {mailbox(address) for address in links.went_to(tx, link)}:
        raise NeedsFactor(SAME, enrolled=False)
    return link.second_email


def asked(tx: Connection, link: Link) -> Asked:
    """Where a code goes, whether one is waited for, or why none can be sent."""
    try:
        to = second(tx, link)
    except NeedsFactor as none:
        return Asked(wants=str(none))
    code = links.code_of(tx, link.id, LASTS)
    shown = _unreadable(to)
    return Asked(shown, code.made_at, trouble=code.trouble) if code else Asked(shown)


def _open(tx: Connection, person: Person) -> Link:
    """Their link while it could be answered by. Raises NotYourCall, IllegalMove."""
    link = links.by_id(tx, person.proof)
    if link is None or not link.holds:
        raise NotYourCall(ENDED)
    point = checkpoints.by_id(tx, link.checkpoint_id)
    if link.answered or point is None or not link.names(point) or not point.waiting:
        raise IllegalMove("Nothing can be answered by this link any more. Nothing was recorded.")
    return link


def _unreadable(address: str) -> str:
    """Enough to know one's own address by: `m…@e…`."""
    name, _, host = address.partition("@")
    return f"{name[:1]}…@{host[:1]}…"


def _said(person: Person, link: Link) -> dict[str, Json]:
    return {"checkpoint": link.label, "by": person.name, "person": str(person.id), "way": person.way}
