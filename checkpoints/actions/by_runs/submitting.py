"""A run hands something in for the desk to receive; it is no fact until then."""

import json

from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from checkpoints.store.documents import REQUEST, dump
from checkpoints.store.runs import Run


def revise(desk: Desk, run: Run, point: Checkpoint, request: Request) -> None:
    """Another revision of an undecided question."""
    body = {"revision": point.revision, "request": json.loads(dump(REQUEST, request))}
    with desk.transaction() as tx:
        runs.submit(tx, run, "revise", point.id, body)


def withdraw(desk: Desk, run: Run, point: Checkpoint, because: str) -> None:
    """The question is taken back."""
    with desk.transaction() as tx:
        runs.submit(tx, run, "withdraw", point.id, {"revision": point.revision, "because": because})


def void(desk: Desk, run: Run, point: Checkpoint, because: str) -> None:
    """An approval that can't be used any more."""
    with desk.transaction() as tx:
        runs.submit(tx, run, "void", point.id, {"revision": point.revision, "because": because})


def ended(desk: Desk, run: Run, state: str, outcome: str) -> None:
    """The run's last word: how its case ends."""
    with desk.transaction() as tx:
        runs.submit(tx, run, "ended", None, {"state": state, "outcome": outcome})
        runs.end(tx, run.id)
