"""Runs are started: a row and an errand; the porter tells Prefect. A branch begins when the one before has asked."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.core.errors import Refused
from checkpoints.core.model import Json
from checkpoints.core.policy import Kind
from checkpoints.core.work.plan import Stage, lay_out
from checkpoints.store import cases, errands, runs
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from checkpoints.store.work import plans

MAIN = "main"
CARE = "care"
"""The branch that looks after what was delivered. It is no part of the plan: it lives on."""


def start_run(
    tx: Connection, case_id: UUID, branch: str, after: UUID | None = None, body: Mapping[str, Json] | None = None
) -> UUID:
    """The new run of a branch, within the transaction that has the reason for it; `after` has to ask or end first."""
    run_id = runs.add(tx, case_id, branch, after, body)
    if after is None:
        errands.add(tx, "start", str(run_id), {"run": str(run_id)})
    return run_id


def another(tx: Connection, case_id: UUID, branch: str, before: UUID | None) -> UUID:
    """A branch's next run, that goes on with what the one before asked; of an agent from outside it is the agent's."""
    last = runs.by_id(tx, before) if before else None
    if last is not None and last.from_outside:
        return runs.add(tx, case_id, branch, body=last.body)
    return start_run(tx, case_id, branch)


def start_branches(tx: Connection, run: Run, kinds: Mapping[str, Kind], branches: Sequence[str]) -> None:
    """Starts what the plan has ready, one after the other, so that the numbers keep the plan's order.

    A branch that runs already is left alone. Raises Refused for one that isn't planned, or whose turn it isn't.
    """
    cases.lock(tx, run.case_id)
    items = plans.items(tx, run.case_id)
    stages = {line.item.branch: line.stage for line in lay_out(items, plans.ran(tx, run.case_id), kinds).lines}
    for branch in branches:
        if stages.get(branch, Stage.PLANNED) in (Stage.PLANNED, Stage.BLOCKED):
            raise Refused(f"“{branch}” can't begin: it isn't planned, or something that it needs isn't there yet")
    before = runs.last_unasked(tx, run.case_id, [item.branch for item in items])
    after = before.id if before else None
    for item in items:
        if item.branch in branches and stages[item.branch] is Stage.READY:
            after = start_run(tx, run.case_id, item.branch, after)


def care(tx: Connection, case_id: UUID) -> None:
    """The case is looked after from now on, unless it is already."""
    if not any(run.branch == CARE for run in runs.alive(tx, case_id)):
        start_run(tx, case_id, CARE)


def free(tx: Connection, run_id: UUID) -> None:
    """A run has asked, or ended: those that waited for it begin."""
    for id in runs.freed(tx, run_id):
        errands.add(tx, "start", str(id), {"run": str(id)})


def change_course(tx: Connection, case_id: UUID, kinds: Mapping[str, Kind]) -> None:
    """What the case does next was changed: its main run looks again, where there is something for it to do."""
    plans.change_course(tx, case_id)
    course = lay_out(plans.items(tx, case_id), plans.ran(tx, case_id), kinds)
    if course.end is None and not course.at(Stage.READY):
        return
    for run in runs.alive(tx, case_id):
        if run.branch == MAIN:
            wake(tx, run.id)


def label(tx: Connection, run_id: UUID) -> None:
    """Promises that Prefect's list says what the run waits for."""
    errands.add(tx, "label", str(run_id), {"run": str(run_id)})


def wake(tx: Connection, run_id: UUID) -> None:
    """Promises that the run wakes, if it sleeps and what it waits for has come."""
    errands.add(tx, "wake", str(run_id), {"run": str(run_id)})


def started(desk: Desk, run_id: UUID, prefect_id: str) -> None:
    """Prefect has it: the flow run that works for it."""
    with desk.transaction() as tx:
        runs.set_prefect_id(tx, run_id, prefect_id)
        label(tx, run_id)
