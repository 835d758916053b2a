"""What every part of a flow is handed: the desk as the asker sees it, and the run that it works for."""

import time
from dataclasses import dataclass
from uuid import UUID

from checkpoints.actions import reading
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.view import Case
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from flows.engine import leases

PATIENCE = 30.0
"""Seconds that a run waits for the porter's note, and for the end of a lease whose holder died."""


@dataclass(frozen=True)
class Work:
    """One pass of one run. Nothing is kept in it between passes."""

    desk: Desk
    run: Run
    case: Case


@dataclass(frozen=True)
class End:
    """A run's last word. `state`: of the main run how its case ends, of another `done` or `refused`.

    `course` is the case's, as the main run knew it; None where a person stopped it.
    """

    state: str
    words: str
    course: int | None = None


def take_up(desk: Desk, run_id: str, flow_run_id: str) -> Work:
    """The run's work, under a lease. Waits while a pass that died still seems alive.

    Raises Refused when there is no such run, it has ended, or another flow run works for it.
    """
    run = _started(desk, UUID(run_id))
    case = reading.case_of(desk, run.case_id) if run else None
    if run is None or case is None or run.ended:
        raise Refused(f"Run {run_id} is not to be worked on: there is none, or it has ended.")
    if run.prefect_id != flow_run_id:
        raise Refused(f"Run {run_id} is worked on by flow run {run.prefect_id}: this one has nothing to do.")
    return Work(desk, _leased(desk, run), case)


def _leased(desk: Desk, run: Run) -> Run:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return leases.take(desk, run)
        except IllegalMove as held:
            if time.monotonic() >= end:
                raise Refused(str(held)) from held
            time.sleep(1)


def _started(desk: Desk, id: UUID) -> Run | None:
    """The run, once the porter has noted which flow run works for it: it may be a moment behind."""
    end = time.monotonic() + PATIENCE
    while (run := reading.run(desk, id)) and run.prefect_id is None and time.monotonic() < end:
        time.sleep(0.1)
    return run
