"""Speaks Prefect's REST API for the porter: starts a run, wakes it, says in its list what it waits for.

Rule: never imports Prefect, which takes three seconds; a rejection comes as HTTP 200, so the body's status is read.
"""

from uuid import UUID

import httpx

from checkpoints.actions import reading, starting
from checkpoints.core.errors import Unavailable
from checkpoints.core.model import Json
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand

PATIENCE = httpx.Timeout(10, connect=2)
GONE = frozenset({"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})


def start(desk: Desk, errand: Errand) -> None:
    """Creates the flow run of a run of ours, once: Prefect finds it again by our id. Raises Unavailable."""
    run = reading.run(desk, UUID(errand.body["run"]))
    case = reading.case_of(desk, run.case_id) if run else None
    if run is None or case is None or run.prefect_id:
        return
    deployment = _call(desk, "GET", f"/deployments/name/{case.sort}/{case.sort}")
    body: dict[str, Json] = {"name": f"{case.slug} · {run.branch}", "parameters": {"run": str(run.id)}}
    body |= {"idempotency_key": str(run.id), "tags": [case.slug]}
    made = _call(desk, "POST", f"/deployments/{deployment['id']}/create_flow_run", body)
    starting.started(desk, run.id, str(made["id"]))


def wake(desk: Desk, errand: Errand) -> None:
    """Resumes the run until it has read what came. Raises Unavailable until then, so that it is tried again."""
    if not reading.somebody_waits(desk, UUID(errand.body["checkpoint"])):
        return
    run = reading.run(desk, UUID(errand.body["run"]))
    if run is None or run.prefect_id is None:
        raise Unavailable("its run has not been started yet")
    answer = _call(desk, "POST", f"/flow_runs/{run.prefect_id}/resume", {})
    if answer.get("status") != "ACCEPT" and _gone(desk, run.prefect_id):
        raise Unavailable("Prefect's run is over, and it has not read the answer")
    raise Unavailable("woken; it has not read the answer yet")


def label(desk: Desk, errand: Errand) -> None:
    """Tags the case's runs with their open checkpoints, and links each run to its page. Raises Unavailable."""
    case = reading.case_of(desk, UUID(errand.body["case"]))
    if case is None:
        return
    waiting = reading.waiting_in(desk, case.slug)
    for run in reading.runs_of(desk, case.id):
        if run.prefect_id is None:
            continue
        mine = [point for point in waiting if point.run_id == run.id]
        tags: list[Json] = [case.slug, *(f"waits: {point.label} {point.kind}" for point in mine)]
        _call(desk, "PATCH", f"/flow_runs/{run.prefect_id}", {"tags": tags})
        lines = [f"- [{p.label}]({desk.page_url}/checkpoints/{p.label}) {p.kind}" for p in mine]
        where = f"[{case.slug} at the desk]({desk.page_url}/projects/{case.slug})"
        _link(
            desk,
            run.prefect_id,
            case.slug,
            "\n".join([where, "", *(lines or ["Nothing waits for a person."])]),
        )


def _link(desk: Desk, prefect_id: str, slug: str, text: str) -> None:
    body: dict[str, Json] = {
        "key": f"desk-{slug}",
        "type": "markdown",
        "flow_run_id": prefect_id,
        "data": text,
    }
    _call(desk, "POST", "/artifacts/", body | {"description": "What this run waits for, at the desk"})


def _gone(desk: Desk, prefect_id: str) -> bool:
    return _call(desk, "GET", f"/flow_runs/{prefect_id}").get("state_type") in GONE


def _call(desk: Desk, verb: str, path: str, body: Json = None) -> dict[str, Json]:
    """The answer's body. Raises Unavailable for anything but a success."""
    try:
        answer = httpx.request(verb, f"{desk.prefect_api_url}{path}", json=body, timeout=PATIENCE)
    except httpx.TransportError as wrong:
        raise Unavailable(f"Prefect does not answer: {type(wrong).__name__}") from wrong
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise Unavailable(f"Prefect knows no {path.split('/')[1]} of this name or id")
    if answer.is_error:
        raise Unavailable(f"Prefect said {answer.status_code} to {verb} {path.split('/')[1]}")
    return dict(answer.json()) if answer.content else {}
