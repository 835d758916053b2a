"""Compares our store with Prefect, a page of runs at a time, and mends each run on which they disagree.

Rule: the store is right. A run that Prefect has lost is made anew, one that it has ended is begun again, one that
nobody executes is sent back; a person ends a run at the desk, not in Prefect.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from checkpoints.actions.courses import mending
from checkpoints.core.model import Json
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from flows.prefect_api import call_for_count, call_for_list
from flows.runs import GONE

PAGE = 200
"""Runs a sweep: Prefect gives no more than that at once."""
FIRST = UUID(int=0)
AT_WORK = ("RUNNING", "PENDING")
ASLEEP = "PAUSED"
OVER_BY_HAND = ("CANCELLED", "CRASHED", "FAILED")
FOR_LONG = timedelta(seconds=15)
"""At work so long without a lease: nobody executes it."""


def sweep(desk: Desk, after: UUID = FIRST) -> UUID:
    """Looks at what Prefect has at work or ended by itself, and at the page of runs after this one.

    Gives where the next sweep goes on. Raises Unavailable while Prefect does not answer; nothing is mended then.
    """
    found = {str(flow_run["id"]): flow_run for flow_run in _standing_out(desk)}
    page = mending.started(desk, after, PAGE)
    # They are counted first: most sleep as they should, and Prefect takes long over each run that it tells of.
    differs = _asleep(desk, page) < len(page)
    found |= {str(flow_run["id"]): flow_run for flow_run in (_of(desk, page) if differs else ())}
    others = mending.of_prefect(desk, [id for id in found if id not in {run.prefect_id for run in page}])
    for run in (*(page if differs else ()), *others):
        if not run.ended:
            _compare(desk, run, found.get(str(run.prefect_id)))
    mending.wake_called(desk, [run for run in page if not differs or _sleeps(found.get(str(run.prefect_id)))])
    return page[-1].id if len(page) == PAGE else FIRST


def _compare(desk: Desk, run: Run, flow_run: dict[str, Json] | None) -> None:
    if flow_run is None:
        mending.anew(desk, run, "Prefect has lost its flow run, or somebody deleted it")
        return
    state = str(flow_run["state_type"])
    if state in GONE:
        mending.again(desk, run, f"its flow run was {state.lower()} in Prefect, where no project is ended")
    elif state in AT_WORK and datetime.now(UTC) - _since(flow_run) > FOR_LONG:
        mending.again(desk, run, "nobody executed it any more")


def _sleeps(flow_run: dict[str, Json] | None) -> bool:
    return flow_run is not None and flow_run["state_type"] == ASLEEP


def _since(flow_run: dict[str, Json]) -> datetime:
    state = flow_run["state"]
    assert isinstance(state, dict)
    return datetime.fromisoformat(str(state["timestamp"]).replace("Z", "+00:00"))


def _standing_out(desk: Desk) -> list[dict[str, Json]]:
    """Flow runs that are at work, and those that ended lately without a word of ours."""
    lately = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    at_work: Json = {"state": {"type": {"any_": list(AT_WORK)}}}
    over: Json = {"state": {"type": {"any_": list(OVER_BY_HAND)}}, "end_time": {"after_": lately}}
    return [found for wanted in (at_work, over) for found in _filtered(desk, wanted)]


def _asleep(desk: Desk, runs: Sequence[Run]) -> int:
    """How many of them sleep."""
    wanted: Json = {"id": {"any_": [run.prefect_id for run in runs]}, "state": {"type": {"any_": [ASLEEP]}}}
    return call_for_count(desk, "/flow_runs/count", {"flow_runs": wanted}) if runs else 0


def _of(desk: Desk, runs: Sequence[Run]) -> list[dict[str, Json]]:
    return _filtered(desk, {"id": {"any_": [run.prefect_id for run in runs]}}) if runs else []


def _filtered(desk: Desk, flow_runs: Json) -> list[dict[str, Json]]:
    return call_for_list(desk, "/flow_runs/filter", {"flow_runs": flow_runs, "limit": PAGE})
