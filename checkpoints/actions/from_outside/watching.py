"""What a machine that watches is told: the desk's figures, whether it is ready; how a process says it is alive."""

import logging
import os
import socket
import threading
import time
from dataclasses import dataclass
from importlib.metadata import version
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from checkpoints.core.errors import Countersign, Unavailable
from checkpoints.store import schema
from checkpoints.store.desk import Desk
from checkpoints.store.work.watched import figures as stored
from checkpoints.store.work.watched import processes
from checkpoints.store.work.watched.figures import Figures
from checkpoints.store.work.watched.processes import Process

EVERY = 4.0
"""Seconds between two words of a process that it is alive: less than the porter's slowest round."""
OWN_VERSION = version("countersign-desk")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """One thing that has to hold before the desk is of use. `says` is for a person."""

    ok: bool
    says: str


class Pulse:
    """A process says that it is alive, from the midst of its work: one that hangs says nothing."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._said: WeakKeyDictionary[Engine, float] = WeakKeyDictionary()

    def beat(self, desk: Desk) -> bool:
        """Always False: there was nothing to work off. Writes only when `EVERY` has passed. Raises Unavailable."""
        before = self._said.get(desk.engine)
        if before is None or time.monotonic() - before >= EVERY:
            with desk.transaction() as tx:
                processes.seen(tx, Process(self._name, socket.gethostname(), os.getpid(), OWN_VERSION), before is None)
            self._said[desk.engine] = time.monotonic()
        return False

    def keep_beating(self, desk: Desk, stop: threading.Event) -> None:
        """Until told to stop, for a process whose work has no rounds. The database may go and come back."""
        while not stop.is_set():
            try:
                self.beat(desk)
            except Countersign as wrong:
                log.warning("nobody hears that the %s is alive: %s", self._name, wrong)
            stop.wait(EVERY)


def figures(desk: Desk) -> Figures:
    """Everything that is measured, of one moment. Raises Unavailable."""
    with desk.transaction() as tx:
        return stored.read(tx)


def readiness(desk: Desk, unseen: float) -> dict[str, Check]:
    """What has to hold, by name. `unseen`: seconds after which a process that said nothing counts as gone."""
    try:
        with desk.transaction() as tx:
            state = processes.state(tx)
    except Unavailable as wrong:
        return {"database": Check(False, str(wrong))}
    head = schema.head()
    at_head = f"is at {state.schema}" if state.schema == head else f"is at {state.schema}, this release needs {head}"
    return {
        "database": Check(True, "answers"),
        "schema": Check(state.schema == head, at_head),
        "porter": _seen(state.porter, unseen),
        "engine": _seen(state.engine, unseen),
    }


def _seen(age: float | None, unseen: float) -> Check:
    if age is None:
        return Check(False, "was never seen")
    return Check(age <= unseen, f"was seen {max(age, 0):.0f} s ago")
