"""What the porter asks of Prefect for a run of ours: start it, wake it, begin it again, stop it, say what it waits for.

Rule: a rejection comes as HTTP 200, so the body's status is read.
"""

from uuid import UUID

from checkpoints.actions import reading
from checkpoints.actions.courses import starting, waking
from checkpoints.actions.errands import Underway
from checkpoints.core.errors import Unavailable
from checkpoints.core.model import Json
from checkpoints.seeing.failpoints import reach
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from flows.prefect_api import call

ASLEEP_OR_DUE = frozenset({"PAUSED", "SCHEDULED"})
GONE = frozenset({"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})


def start(desk: Desk, errand: Errand) -> None:
    """Creates the flow run of a run of ours, once: Prefect finds it again by our id. Raises Unavailable."""
    run = reading.run(desk, UUID(errand.body["run"]))
    case = reading.case_of(desk, run.case_id) if run else None
    if run is None or case is None or run.prefect_id or run.ended:
        return
    deployment = call(desk, "GET", f"/deployments/name/{case.sort}/{case.sort}")
    body: dict[str, Json] = {"name": f"{case.slug} · {run.branch}", "parameters": {"run": str(run.id)}}
    body |= {"idempotency_key": str(run.id), "tags": [case.slug]}
    made = call(desk, "POST", f"/deployments/{deployment['id']}/create_flow_run", body)
    starting.started(desk, run.id, str(made["id"]))
    waking.tell_engine(desk)


def wake(desk: Desk, errand: Errand) -> None:
    """Resumes the run until it has read what came. Raises Unavailable until then, so that it is tried again."""
    if not reading.has_news(desk, UUID(errand.body["run"])):
        return
    run = reading.run(desk, UUID(errand.body["run"]))
    if run is None or run.prefect_id is None:
        raise Unavailable("its run has not been started yet")
    answer = call(desk, "POST", f"/flow_runs/{run.prefect_id}/resume", {})
    if answer.get("status") == "ACCEPT":
        reach("K7")
        waking.tell_engine(desk)
        raise Underway("woken; it has not read the answer yet")
    if _gone(desk, run.prefect_id):
        raise Unavailable("Prefect's run is over, and it has not read the answer")
    raise Unavailable("not asleep yet, or about to go on; it has not read the answer")


def again(desk: Desk, errand: Errand) -> None:
    """Sends a run back to Scheduled, directly: from Crashed, Prefect would forget what it has been asked.

    One that sleeps is left alone: a wake is an errand of its own. Raises Unavailable.
    """
    run = reading.run(desk, UUID(errand.body["run"]))
    if run is None or run.ended or run.prefect_id is None:
        return
    if call(desk, "GET", f"/flow_runs/{run.prefect_id}").get("state_type") not in ASLEEP_OR_DUE:
        state: dict[str, Json] = {"type": "SCHEDULED", "name": "Scheduled", "message": "Begun again by the desk"}
        call(desk, "POST", f"/flow_runs/{run.prefect_id}/set_state", {"state": state, "force": True})
    waking.tell_engine(desk)


def stop(desk: Desk, errand: Errand) -> None:
    """Cancels the flow run of a run that has nothing to do any more. Raises Unavailable."""
    run = reading.run(desk, UUID(errand.body["run"]))
    if run is None or run.prefect_id is None or _gone(desk, run.prefect_id):
        return
    body: dict[str, Json] = {"state": {"type": "CANCELLED", "name": "Cancelled", "message": "The desk ended it"}}
    # A run in the midst of a step ends by itself, at its next word with the store.
    call(desk, "POST", f"/flow_runs/{run.prefect_id}/set_state", body | {"force": True})


def label(desk: Desk, errand: Errand) -> None:
    """Tags a run with its open checkpoints, and links it to its page. Raises Unavailable."""
    run = reading.run(desk, UUID(errand.body["run"])) if "run" in errand.body else None
    if run is None or run.prefect_id is None:
        return
    mine = [point for point in reading.waiting_in(desk, run.case) if point.run_id == run.id]
    tags: list[Json] = [run.case, *(f"waits: {point.label} {point.kind}" for point in mine)]
    call(desk, "PATCH", f"/flow_runs/{run.prefect_id}", {"tags": tags})
    # Each is kept by Prefect: one for what was asked is enough, for the tags say what waits no more.
    if mine:
        lines = [f"- [{p.label}]({desk.page_url}/checkpoints/{p.label}) {p.kind}" for p in mine]
        where = f"[{run.case} at the desk]({desk.page_url}/projects/{run.case})"
        _link(desk, run.prefect_id, run.case, "\n".join([where, "", *lines]))


def _link(desk: Desk, prefect_id: str, slug: str, text: str) -> None:
    body: dict[str, Json] = {
        "key": f"desk-{slug}",
        "type": "markdown",
        "flow_run_id": prefect_id,
        "data": text,
    }
    call(desk, "POST", "/artifacts/", body | {"description": "What this run asks at the desk"})


def _gone(desk: Desk, prefect_id: str) -> bool:
    return call(desk, "GET", f"/flow_runs/{prefect_id}").get("state_type") in GONE
