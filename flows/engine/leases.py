"""The lease that a run at work holds: taken for a pass, kept alive by this process, given back at the pass's end.

Rule: a process that dies keeps nothing alive; the porter sees that within seconds and sends the run back to Scheduled.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

from prefect.exceptions import Abort

from checkpoints.actions.by_runs import leasing
from checkpoints.core.errors import Unavailable
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run

HOLDER = uuid4()
"""This process, in the store. A fork would be another one: take leases only after it."""
SECONDS_BETWEEN_SIGNS = 2.0

leaving = threading.Event()
"""Set when the engine stops: no pass begins, each that runs ends before its next step."""
_keeping = threading.Lock()
_keeper: list[threading.Thread] = []
_held: set[tuple[UUID, int | None]] = set()
"""Run and term of each lease that this process has; while there is none, nothing is written."""
_owed: list[Callable[[], None]] = []
"""To be given back, since the store did not answer at the pass's end: this process would keep them alive for ever."""

log = logging.getLogger(__name__)


def take(desk: Desk, run: Run) -> Run:
    """The run, with its lease. Raises IllegalMove while another pass holds it and is alive, or when it has ended."""
    taken = leasing.take(desk, run, HOLDER)
    _held.add((taken.id, taken.term))
    with _keeping:
        if not _keeper:
            _keeper.append(threading.Thread(target=_keep, args=(desk,), daemon=True, name="leases"))
            _keeper[0].start()
    return taken


def give_back(desk: Desk, run: Run, again: bool, failed: bool) -> None:
    """The pass is over; `again`: the run is to be begun again; `failed`: because this pass could not go on."""
    try:
        leasing.give_back(desk, run, again, failed)
    except Unavailable as trouble:
        log.warning("the lease of %s could not be given back, again soon: %s", run.id, trouble)
        _owed.append(partial(give_back, desk, run, again, failed))
    else:
        _held.discard((run.id, run.term))


def leave_if_told() -> None:
    """Between two steps of a pass. Raises Prefect's Abort when the engine stops: the run is begun again by the next."""
    if leaving.is_set():
        raise Abort("the engine stops; the run goes on with the next one")


def keep(desk: Desk) -> None:
    """Every lease that this process has is alive, and what it owes is given back. Raises Unavailable."""
    if _held:
        leasing.keep(desk, HOLDER)
    owed = [_owed.pop() for _ in range(len(_owed))]
    for pay in owed:
        pay()


def _keep(desk: Desk) -> None:
    """For as long as the process lives: a pass that stops working without ending is what leases are for."""
    while True:
        time.sleep(SECONDS_BETWEEN_SIGNS)
        try:
            keep(desk)
        except Unavailable as trouble:
            log.warning("leases could not be kept alive, again in %g s: %s", SECONDS_BETWEEN_SIGNS, trouble)
        except Exception:
            # Whatever it was: without this thread every lease of the process would be lost, for good.
            log.exception("leases could not be kept alive, again in %g s", SECONDS_BETWEEN_SIGNS)
