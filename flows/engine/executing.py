"""One pass of a due run, by Prefect's own flow engine, in the thread that it is called in.

Rule: what that engine adds for a process that runs one flow (a heartbeat, a watch for suspending from outside, a client
of its own with all the world's certificates) is left out: it took over a second a pass, and leases do the first two.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from uuid import UUID

import certifi
from prefect import flow_engine
from prefect._flow_run_suspension import FlowRunSuspensionRequest
from prefect.client.schemas.objects import FlowRun
from prefect.context import SyncClientContext
from prefect.exceptions import Abort, Pause
from prefect.flows import Flow
from prefect.settings import PREFECT_API_SSL_CERT_FILE, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings


def one_pass(flow: Flow[..., None], flow_run: FlowRun) -> None:
    """Until the run sleeps or ends. What went wrong is in the run's state, not raised."""
    with (
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
        SyncClientContext(httpx_settings={"verify": _trusted()}),
    ):
        try:
            flow_engine.run_flow(flow, flow_run=flow_run, return_type="state")
        except (Pause, Abort):
            return


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the certificates takes longer than all that is said to a server on this machine."""
    return ssl.create_default_context(cafile=PREFECT_API_SSL_CERT_FILE.value() or certifi.where())


@contextmanager
def _unobserved(
    flow_run_id: UUID, suspension_request: FlowRunSuspensionRequest, polling_interval: float = 10
) -> Iterator[None]:
    yield


flow_engine.observe_flow_run_suspension = _unobserved  # type: ignore[attr-defined]
"""A run that somebody suspends by hand in the midst of a pass comes to its next question all the same."""
