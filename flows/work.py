"""What every part of a flow is handed: the desk as the asker sees it, and the run that it works for."""

from dataclasses import dataclass
from uuid import UUID

from checkpoints.actions import reading
from checkpoints.core.errors import Refused
from checkpoints.core.view import Case
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run


@dataclass(frozen=True)
class Work:
    """One pass of one run. Nothing is kept in it between passes."""

    desk: Desk
    run: Run
    case: Case


def take_up(desk: Desk, run_id: str) -> Work:
    """The run's work. Raises Refused when there is no such run, or it has ended."""
    run = reading.run(desk, UUID(run_id))
    case = reading.case_of(desk, run.case_id) if run else None
    if run is None or case is None or run.ended:
        raise Refused(f"Run {run_id} is not to be worked on: there is none, or it has ended.")
    return Work(desk, run, case)
