"""Tells Prefect of our flows: a work pool and a deployment each, by its REST API; the same again changes nothing."""

import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from checkpoints.core.model import Json
from checkpoints.settings import Settings

POOL = "countersign"
WORKER = "countersign"
"""The type of worker that serves it: `flows.engine.worker`."""
FLOWS = {"delivery": "flows.delivery.flow.delivery"}
SOURCE = Path(__file__).resolve().parents[1]


def register(settings: Settings, flows: Mapping[str, str] = FLOWS, pool: str = POOL, worker: str = WORKER) -> None:
    """`flows`: name and entrypoint; `pool` is served by this type of worker. Raises httpx.HTTPError."""
    with httpx.Client(base_url=settings.prefect_api_url, timeout=30) as prefect:
        if prefect.get(f"/work_pools/{pool}").status_code == httpx.codes.NOT_FOUND:
            _said(prefect.post("/work_pools/", json={"name": pool, "type": worker, "description": "The desk's engine"}))
        for name, entrypoint in flows.items():
            flow = _said(prefect.post("/flows/", json={"name": name}))
            body: dict[str, Json] = {
                "name": name,
                "flow_id": flow["id"],
                "entrypoint": entrypoint,
                "work_pool_name": pool,
                "work_queue_name": "default",
                "description": "A project from its brief on. It sleeps wherever a person has to answer.",
                "parameter_openapi_schema": {"type": "object", "properties": {"run": {"type": "string"}}},
                "job_variables": {"working_dir": str(SOURCE)},
            }
            _said(prefect.post("/deployments/", json=body))


def _said(answer: httpx.Response) -> dict[str, Json]:
    answer.raise_for_status()
    return dict(answer.json())


if __name__ == "__main__":
    register(Settings())
    sys.exit(0)
