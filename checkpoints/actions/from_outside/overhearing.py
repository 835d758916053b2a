"""What the database and our own doors refused to machines is written into the audit by the desk.

Whoever was refused could keep silent, so those are asked who refused: PostgreSQL by its log, the fence's starter and
the sandbox at their sockets; and the engine. Rule: how far was heard, and the lines, are one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from checkpoints.actions.audit import recording
from checkpoints.core.from_outside.server_log import Barred, barred
from checkpoints.fence import asking, reaching
from checkpoints.settings import Role, login
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import server_log
from checkpoints.store.work.watched import refusals
from checkpoints.store.work.watched.refusals import Try, UpTo

LOGINS = tuple(login(role) for role in get_args(Role))
ASKER = login("asker")
A_RUN = "a run"
"""Who asks at the doors: they are open to the engine, and to nothing that it starts."""

AN_AGENT = "an agent from outside"

PAST_THE_FENCE = "get past the engine's fence"
PAST_THE_DOOR = "get past the agents' door"
NO_WORDS = "what was written down there can't be read"
MOST_BESIDES = 1_000_000
"""That are believed at a time: it is the engine's word, and others' code runs there."""


@dataclass(frozen=True)
class Heard:
    """Refused tries of one tryer; `besides`: how many more there were before them."""

    by: str
    tries: Sequence[Try]
    besides: int = 0


Ear = Callable[[UpTo], tuple[UpTo, Sequence[Heard]]]
"""What one door refused since it was heard last. Raises OSError."""


def overhear(desk: Desk, door: str, ear: Ear) -> int:
    """Once, at the door of this name; how many tries it had refused since. Raises Unavailable, OSError."""
    with desk.transaction() as tx:
        before = refusals.up_to(tx, door)
        now, heard = ear(before)
        for one in heard:
            recording.refused_in(tx, one.by, one.tries, one.besides)
        if now != before:
            refusals.heard(tx, door, now)
        return sum(len(one.tries) + one.besides for one in heard)


def of_postgres(log: Path, databases: Sequence[str]) -> Ear:
    """Of the server that writes this log."""

    def ear(before: UpTo) -> tuple[UpTo, Sequence[Heard]]:
        now, text = server_log.read_on(log, before)
        by: dict[str, list[Try]] = {}
        for one in barred(text, LOGINS, databases):
            # What is refused to the desk's own login is written by whoever it was refused to, with the person's name.
            if not one.by_us or one.login == ASKER:
                by.setdefault(one.login, []).append(Try(_tried(one), "", f"PostgreSQL: {one.why}"))
        return now, [Heard(who, tries) for who, tries in by.items()]

    return ear


def _tried(one: Barred) -> str:
    if one.signing_in:
        return "sign in to the database"
    return "ask or begin something" if one.by_us else "do something in the database"


def of_door(socket: Path, tried: str) -> Ear:
    """Of a process of ours that listens there; `tried`: what it is asked to do."""

    def ear(before: UpTo) -> tuple[UpTo, Sequence[Heard]]:
        told = asking.refusals(socket)
        if told is None:
            return before, ()
        newest, besides = told.since(before.start, before.number)
        tries = [Try(tried, "", why) for why in newest]
        return UpTo(told.start, told.number), [Heard(A_RUN, tries, besides)] if tries or besides else ()

    return ear


def of_engine(file: Path, by: str = A_RUN, tried: str = PAST_THE_FENCE) -> Ear:
    """Of the engines that write there what their fence keeps closed; of another process that does so, in its words."""

    def ear(before: UpTo) -> tuple[UpTo, Sequence[Heard]]:
        now, text = server_log.read_on(file, before)
        told = [_read(line) for line in text.split("\n") if line]
        tries = [Try(tried, "", why) for why, _ in told]
        besides = min(sum(more for _, more in told), MOST_BESIDES)
        return now, [Heard(by, tries, besides)] if tries else ()

    return ear


def of_agents(file: Path) -> Ear:
    """Of the API for agents: what was refused to them there, and what its fence keeps closed to it."""
    return of_engine(file, AN_AGENT, PAST_THE_DOOR)


def _read(line: str) -> tuple[str, int]:
    try:
        return reaching.read(line)
    except (ValueError, RecursionError):
        return NO_WORDS, 0
