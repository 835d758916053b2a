"""What was tried before, read from what people were asked about it: the checkpoints remember, the run need not."""

from agents.asking_back import TRIED
from checkpoints.actions import reading
from flows.work import Work


def told_so_far(work: Work, prefix: str) -> tuple[str, ...]:
    """The tries that the newest of these questions tells of, the oldest first: each tells of those before, too."""
    points = reading.asked_under(work.desk, work.run, prefix)
    lists = (tuple(fact.value for fact in point.request.facts if fact.label == TRIED) for point in reversed(points))
    return next(filter(None, lists), ())
