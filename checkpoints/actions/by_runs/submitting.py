"""A run hands something in for the desk to receive; it is no fact until then."""

import json
from collections.abc import Sequence

from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from checkpoints.store.documents import dump
from checkpoints.store.runs import Run
from checkpoints.store.work import submissions
from checkpoints.store.work.leases import working


def revise(desk: Desk, run: Run, point: Checkpoint, request: Request) -> None:
    """Another revision of an undecided question."""
    body = {"revision": point.revision, "request": json.loads(dump(Request, request))}
    with working(desk, run) as tx:
        submissions.submit(tx, run, "revise", point.id, body)


def withdraw(desk: Desk, run: Run, point: Checkpoint, because: str) -> None:
    """The question is taken back."""
    with working(desk, run) as tx:
        submissions.submit(tx, run, "withdraw", point.id, {"revision": point.revision, "because": because})


def void(desk: Desk, run: Run, point: Checkpoint, because: str) -> None:
    """An approval that can't be used any more."""
    with working(desk, run) as tx:
        submissions.submit(tx, run, "void", point.id, {"revision": point.revision, "because": because})


def start(desk: Desk, run: Run, branches: Sequence[str]) -> None:
    """Branches of the plan that can begin now, in its order."""
    with working(desk, run) as tx:
        submissions.submit(tx, run, "start", None, {"branches": list(branches)})


def ended(desk: Desk, run: Run, state: str, outcome: str, course: int | None = None) -> None:
    """The run's last word: of the main run how its case ends, of another `done` or `refused`, and in which words.

    `course` is the one that the main run knew: when the case has taken another since, it goes on instead.
    """
    with working(desk, run) as tx:
        submissions.submit(tx, run, "ended", None, {"state": state, "outcome": outcome, "course": course})
        runs.leave(tx, run.id)
