"""One pass of a run, from its top: the run taken up under a lease, and given back however the pass ends.

Rule: a pass whose lease was lost ends without a word; one that didn't come to its end is begun again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from prefect.exceptions import Abort, Pause

from checkpoints import wiring
from checkpoints.core.errors import LeaseLost
from checkpoints.seeing.failpoints import reach
from checkpoints.store.desk import Desk
from flows.engine import leases
from flows.work import Work, take_up


@cache
def the_desk(need: tuple[str, ...] = ()) -> Desk:
    """The asker's desk of this process, for all passes: connections stay open between them."""
    return wiring.desk("asker", need=need)


@contextmanager
def a_pass(run: str, flow_run_id: str, need: tuple[str, ...] = ()) -> Iterator[Work]:
    """The work of run `run`. `need` names what the desk must have besides the store, as `wiring.desk` does.

    Raises Prefect's Abort where the run is another's by now, Refused where there is nothing to work on.
    """
    desk = the_desk(need)
    work = take_up(desk, run, flow_run_id)
    reach("K8")
    again, failed = True, True
    try:
        yield work
        again, failed = False, False
    except Pause:
        again, failed = False, False
        raise
    except Abort:
        failed = False
        raise
    except LeaseLost as lost:
        raise Abort(str(lost)) from lost
    finally:
        leases.give_back(desk, work.run, again, failed)
