"""What is served now, and what a person wished for besides the plan: as a project's story tells it.

Rule: told by what was approved and done, in the order in which it was done; never by what somebody claims.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from checkpoints.core.digest import short
from checkpoints.core.lifecycle import Permit
from checkpoints.core.shown.course import Planned
from checkpoints.core.shown.story import wished_for
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import Ran, Stage


def served(points: Sequence[Checkpoint], acted: Sequence[tuple[UUID, str]]) -> tuple[str, ...]:
    """One sentence an environment. `acted`: the checkpoint and the address of each effect, as they were begun."""
    by_id = {point.id: point for point in points}
    told: dict[str, str] = {}
    for id, address in acted:
        point = by_id.get(id)
        terms = point.request.subject.parameters if point else {}
        if point is not None and point.permit is Permit.DONE and {"release", "environment"} <= set(terms):
            where = f" at {address}" if address else ""
            release = short(str(terms["release"]))
            told[str(terms["environment"])] = f"{release} is served{where}, as {point.label} approved it."
    return tuple(f"{name.capitalize()}: {sentence}" for name, sentence in sorted(told.items()))


def wished(ran: Mapping[str, Ran], points: Sequence[Checkpoint]) -> tuple[Planned, ...]:
    """What people wished for, kind by kind, in the order in which they did, with what came of it."""
    numbers = {point.branch: point.number for point in sorted(points, key=lambda point: point.number)}
    return tuple(
        Planned(run.branch, f"{title}, wish {which}", _stage(run), numbers.get(run.branch), _words(run, numbers))
        for title, which, run in sorted((_apart(run) for run in ran.values()), key=lambda apart: apart[:2])
        if title
    )


def _apart(run: Ran) -> tuple[str, int, Ran]:
    which = run.branch.partition("/")[2]
    return wished_for(run.branch), int(which) if which.isdecimal() else 0, run


def _stage(run: Ran) -> Stage:
    if not run.over:
        return Stage.OPEN
    return Stage.DONE if run.outcome == "done" else Stage.REFUSED


def _words(run: Ran, numbers: Mapping[str, int]) -> str:
    if run.over:
        return run.said or str(_stage(run))
    return "under way" if run.branch in numbers else "being made ready; then it is asked, under a number"
