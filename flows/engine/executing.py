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
from prefect import flow_engine, results
from prefect._flow_run_suspension import FlowRunSuspensionRequest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.context import SettingsContext, SyncClientContext, get_settings_context
from prefect.exceptions import Abort, Pause
from prefect.flows import Flow
from prefect.settings import PREFECT_API_SSL_CERT_FILE, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, Settings


def one_pass(flow: Flow[..., None], flow_run: FlowRun) -> None:
    """Until the run sleeps or ends. What went wrong is in the run's state, not raised."""
    with SettingsContext(profile=get_settings_context().profile, settings=_settings()), _client() as client:
        if _is_known(flow, flow_run):
            client.update_flow_run = _say_nothing  # type: ignore[method-assign,assignment]
        try:
            flow_engine.run_flow(flow, flow_run=flow_run, return_type="state")
        except (Pause, Abort):
            return


@cache
def _settings() -> Settings:
    """Of this process, without a heartbeat. Made once: every copy reads the environment and all files anew, 0.1 s."""
    return get_settings_context().settings.copy_with_update(updates={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})


def _is_known(flow: Flow[..., None], flow_run: FlowRun) -> bool:
    """True when Prefect has the flow's version and how often it is tried: an earlier pass said so."""
    policy = flow_run.empirical_policy
    return flow_run.flow_version == flow.version and None not in (policy.retries, policy.retry_delay)


def _say_nothing(**_: object) -> None:
    """In place of what Prefect's flow engine says at the top of each pass, though it is the same each time."""


@contextmanager
def _client() -> Iterator[SyncPrefectClient]:
    """One client for all that this pass says to Prefect."""
    context = SyncClientContext(httpx_settings={"verify": _trusted()})
    # Else whoever asks for a client without these settings gets one of its own, with all certificates read again.
    context._httpx_settings = None
    with context:
        yield context.client


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

results._read_server_default_result_storage_block_id = lambda: None
"""Our runs keep no results in Prefect: no pass asks its server where they would go."""
