"""How a try to tell ended is noted: with what is recorded as told, and in the audit once it is over.

Rule: it was recorded before the channel was asked, so whoever comes after a crash knows that it may have been said.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection

from checkpoints.actions.people.told.owing import MOST_UNSURE
from checkpoints.core.errors import Doubtful, OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.seeing.failpoints import reach
from checkpoints.store import audit
from checkpoints.store.desk import Desk

T = TypeVar("T")


@dataclass(frozen=True)
class Try(Generic[T]):
    """One message: `says` it, and what is kept of that. `line` is the audit's; None: it is no news.

    `maybe`: an earlier try may have been heard. `to` is where, which no audit line repeats: a line is for ever.
    """

    says: Callable[[], T]
    line: dict[str, Json] | None
    maybe: bool
    to: str
    sent: Callable[[Connection, T], None]
    ended: Callable[[Connection, str, str], None]
    unsure: Callable[[Connection, str], int]


def carry(desk: Desk, this: Try[T]) -> None:
    """Says it, once. Raises Unavailable where it is to be said again later: the very same."""
    try:
        said = this.says()
        reach("K2")
    except Refused as no:
        with desk.transaction() as tx:
            this.ended(tx, "refused", str(no))
            # What a server says often repeats the address.
            why = str(no).replace(this.to, "their address") if this.to else str(no)
            _write(tx, "could not be told", this, why)
    except Unavailable as wrong:
        if not this.maybe and not isinstance(wrong, Doubtful):
            with desk.transaction() as tx:
                this.ended(tx, "failed", str(wrong))
        raise
    except OutcomeUnknown as unknown:
        _unsure(desk, this, unknown)
    else:
        with desk.transaction() as tx:
            this.sent(tx, said)
            _write(tx, "told", this)


def _unsure(desk: Desk, this: Try[T], unknown: OutcomeUnknown) -> None:
    """What is recorded stays `sending`, and the next try says the very same, while there is to be one."""
    with desk.transaction() as tx:
        tries = this.unsure(tx, str(unknown))
        if tries >= MOST_UNSURE:
            _write(tx, "may have been told", this, str(unknown))
    if tries < MOST_UNSURE:
        raise Unavailable(str(unknown)) from unknown


def _write(tx: Connection, event: str, this: Try[T], why: str = "") -> None:
    if this.line is not None:
        audit.append(tx, event, this.line | ({"why": why} if why else {}))
