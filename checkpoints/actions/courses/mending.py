"""A run that nobody works for any more, though it hasn't ended, is sent on: begun again, or made anew in Prefect.

Rule: each time, the audit says why; what the run did is in the ledger, so that nothing is done twice.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.courses import starting
from checkpoints.store import audit, errands, runs
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from checkpoints.store.work import leases, waits

GIVEN_UP = 10
"""After so many losses in a row it is left alone: it dies before it can ask a person."""
PAGE = 200
"""Runs read at once."""


def rescue_next(desk: Desk) -> bool:
    """Sends one run on whose lease was lost; False when there is none."""
    with desk.transaction() as tx:
        lost = leases.lose_next(tx)
        if lost is None:
            return False
        run_id, times = lost
        if times < GIVEN_UP:
            _again(tx, run_id, f"whoever worked for it died ({times} in a row)")
    return True


def started(desk: Desk, after: UUID, most: int) -> list[Run]:
    """So many of the runs that Prefect should have, in the order of their ids, after this one."""
    with desk.transaction() as tx:
        return runs.started(tx, after, most)


def of_prefect(desk: Desk, ids: Sequence[str]) -> list[Run]:
    """The runs of ours that these flow runs work for."""
    with desk.transaction() as tx:
        return runs.of_prefect(tx, ids)


def again(desk: Desk, run: Run, why: str) -> bool:
    """It is begun again, unless somebody works for it or it has changed meanwhile; then False."""
    with desk.transaction() as tx:
        if not _as_it_was(tx, run):
            return False
        _again(tx, run.id, why)
    return True


def anew(desk: Desk, run: Run, why: str, *, forgiven: bool = False) -> bool:
    """Prefect's flow run of it is gone: another is made, which finds the case where it was. False as above.

    `forgiven`: a person looked, so that how often it was lost counts no more.
    """
    with desk.transaction() as tx:
        if forgiven:
            leases.forgive(tx, run)
        if not _as_it_was(tx, run):
            return False
        runs.set_prefect_id(tx, run.id, None)
        errands.add(tx, "start", str(run.id), {"run": str(run.id)})
        _said(tx, run.id, why)
    return True


def rebuild(desk: Desk, case: str | None = None) -> int:
    """A person says: every run, of this case or of all, that nobody works for is made anew in Prefect; how many."""
    made, after = 0, UUID(int=0)
    while page := started(desk, after, PAGE):
        asked_for = [run for run in page if case in (None, run.case)]
        made += sum(anew(desk, run, "Prefect was rebuilt", forgiven=True) for run in asked_for)
        after = page[-1].id
    return made


def wake_called(desk: Desk, sleeping: Sequence[Run]) -> int:
    """Those of them for whom what they wait for has come are woken, as they were when it came; how many."""
    with desk.transaction() as tx:
        called = waits.called(tx, [run.id for run in sleeping])
        for run_id in called:
            starting.wake(tx, run_id)
    return len(called)


def _again(tx: Connection, run_id: UUID, why: str) -> None:
    errands.add(tx, "again", str(run_id), {"run": str(run_id)})
    _said(tx, run_id, why)


def _as_it_was(tx: Connection, seen: Run) -> bool:
    run = runs.by_id(tx, seen.id)
    alone = run == seen and not seen.ended and not leases.held(tx, seen.id)
    return alone and leases.times_lost(tx, seen) < GIVEN_UP


def _said(tx: Connection, run_id: UUID, why: str) -> None:
    run = runs.by_id(tx, run_id)
    assert run is not None
    audit.append(tx, "run mended", {"case": run.case, "branch": run.branch, "run": str(run_id), "because": why})
