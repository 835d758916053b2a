"""Prefect's server by its REST API: whether it answers, whether its pool works, whether runs are late there."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import httpx

from checkpoints.core.model import Json
from checkpoints.settings import Settings
from flows.deployments import POOL
from to_tools.cli.doctor import processes
from to_tools.cli.doctor.finding import Finding, duration, look, ok, wrong
from to_tools.up.alone import holder

PATIENCE = httpx.Timeout(5, connect=2)
SILENT = 90.0
"""Seconds without a word from a worker, which speaks every thirty."""
LATE = timedelta(minutes=2)
"""A run may wait a while for a free place; longer, and nobody takes it."""


def server(settings: Settings) -> Iterator[Finding]:
    """Reachable, its version, its pool and workers, its late runs."""
    try:
        with httpx.Client(base_url=settings.prefect_api_url, timeout=PATIENCE, trust_env=False) as prefect:
            version = str(_json(prefect, "GET", "/admin/version"))
            yield ok("prefect", f"Prefect {version} answers at {settings.prefect_api_url}")
            yield from _pool(settings, prefect)
            yield from _late(prefect)
    except httpx.HTTPError as error:
        said = f"nothing good from {settings.prefect_api_url} ({type(error).__name__})"
        if holder(settings.home):
            said = f"{said}: answers are recorded, runs sleep on"
            yield wrong("prefect", said, "countersign restart prefect", "prefect-down")
        elif not settings.embedded:
            yield wrong("prefect", said, f"curl {settings.prefect_api_url}/health", "prefect-down")


def _pool(settings: Settings, prefect: httpx.Client) -> Iterator[Finding]:
    found = prefect.get(f"/work_pools/{POOL}")
    if found.status_code == httpx.codes.NOT_FOUND:
        said = f"Prefect has no work pool {POOL}: it forgot what runs here"
        yield wrong("engine", said, "countersign prefect rebuild", "prefect-down")
        return
    if found.raise_for_status().json()["is_paused"]:
        do = f"curl -X PATCH {prefect.base_url}work_pools/{POOL} --json '{{\"is_paused\": false}}'"
        yield wrong("engine", f"somebody paused Prefect's work pool {POOL}: nothing runs", do, "run-stuck")
        return
    silent = [_silent(worker) for worker in _workers(prefect)]
    if not silent and processes.young(settings, "engine"):
        yield look("engine", "it has just been started; Prefect has not heard of it yet", "countersign doctor")
    elif not silent or min(silent) > SILENT:
        seen = f"the last one was seen {duration(min(silent))} ago" if silent else "none was ever seen"
        yield wrong("engine", f"nobody executes runs: {seen}", "countersign restart engine", "run-stuck")
    else:
        yield ok("engine", f"seen {duration(min(silent))} ago by Prefect")


def _late(prefect: httpx.Client) -> Iterator[Finding]:
    due: Json = {"before_": (datetime.now(UTC) - LATE).isoformat()}
    scheduled: Json = {"state": {"type": {"any_": ["SCHEDULED"]}}, "expected_start_time": due}
    count = _json(prefect, "POST", "/flow_runs/count", {"flow_runs": scheduled})
    if count:
        said = f"{count} are due for two minutes and nobody takes them"
        yield wrong("late runs", said, "countersign restart engine", "run-stuck")
    else:
        yield ok("late runs", "none at Prefect")


def _workers(prefect: httpx.Client) -> list[Mapping[str, Json]]:
    found = _json(prefect, "POST", f"/work_pools/{POOL}/workers/filter", {})
    return [worker for worker in found if isinstance(worker, dict)] if isinstance(found, list) else []


def _silent(worker: Mapping[str, Json]) -> float:
    """Seconds since it was heard of, by this machine's clock."""
    at = datetime.fromisoformat(str(worker["last_heartbeat_time"]).replace("Z", "+00:00"))
    return (datetime.now(UTC) - at).total_seconds()


def _json(prefect: httpx.Client, verb: str, path: str, body: Json = None) -> Json:
    answer = prefect.request(verb, path, json=body).raise_for_status()
    told: Json = answer.json()
    return told
