"""A run asks a question; asking twice with one key finds the same checkpoint."""

from checkpoints.core.digest import digest
from checkpoints.core.errors import Unavailable
from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from checkpoints.seeing.failpoints import reach
from checkpoints.seeing.moments import moment
from checkpoints.store import checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from checkpoints.store.work.leases import working


def ask(desk: Desk, run: Run, question: str, attempt: int, request: Request) -> Checkpoint:
    """The checkpoint, asked now or before. Raises Refused when the case or the run has ended, or it is too early."""
    with moment("asked") as asked:
        with working(desk, run) as tx:
            id = checkpoints.ask(tx, run.id, question, attempt, request, digest(request.subject.parameters))
            point = checkpoints.by_id(tx, id)
        reach("K0")
        if point is None:
            raise Unavailable("The checkpoint was asked but can't be read. Try again.")
        asked.of(point, kind=point.kind)
        return point
