"""The warm worker, `prefect worker start --type countersign`: told at once what is due, it runs it in its own threads.

Rule: pools, queues, limits and states stay Prefect's. Nothing of it proposes Crashed: a lost lease leads to Scheduled.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import anyio
import anyio.to_thread
from httpx import HTTPError
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

from checkpoints.actions.from_outside.watching import EVERY, Pulse
from checkpoints.core.errors import Unavailable
from checkpoints.fence.heard import reaching
from flows.engine import leases
from flows.engine.executing import one_pass
from flows.engine.passes import the_desk
from flows.engine.told import listen_to_prefect, listen_to_the_desk

if TYPE_CHECKING:
    from anyio.abc import TaskStatus
    from prefect.client.schemas.objects import FlowRun

BURST = (0.05, 0.2, 0.8)
"""Seconds between the looks after an event of Prefect's, which can come before what it tells of can be read."""
ONCE_MORE = (0.8,)
"""After any other word, if there was nothing yet. Each look costs Prefect's server as much as a claim."""
AT_ONCE = 16
NEVER = datetime.min.replace(tzinfo=UTC)
MOST_CLAIMED = 4096
"""Runs whose last claim is remembered: enough for all whose events can be on their way."""


class WarmWorker(BaseWorker[BaseJobConfiguration, BaseVariables, BaseWorkerResult]):
    """`PREFECT_WORKER_QUERY_SECONDS` is the slow look that misses nothing; words (`told`) are the quick one."""

    type = "countersign"
    _description = "Runs Countersign's flows in threads of one warm process, which is told at once what is due."

    async def setup(self) -> None:
        """As every worker; then listens. No flow was loaded yet, so nobody else's code has run."""
        reaching.go_on()
        await super().setup()
        self._told, self._words = anyio.Event(), 0
        self._pauses: Iterator[float] = iter(())
        self._claimed: dict[UUID, datetime] = {}
        self._threads = anyio.CapacityLimiter(self._limit or AT_ONCE)
        self._flows: dict[UUID, Flow[..., None]] = {}
        ears = await self._exit_stack.enter_async_context(anyio.create_task_group())
        self._exit_stack.callback(ears.cancel_scope.cancel)
        ears.start_soon(listen_to_the_desk, self._tell)
        ears.start_soon(listen_to_prefect, self._tell_of)
        ears.start_soon(self._look_when_told)
        ears.start_soon(self._say_alive)

    async def teardown(self, *exc_info: object) -> None:
        """No further pass begins; each that runs ends at its next step, or when that one is done."""
        leases.leaving.set()
        await super().teardown(*exc_info)

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> BaseWorkerResult:
        """What `prefect worker` asks of every type; ours goes through `_submit_run`, without a configuration."""
        raise NotImplementedError("This worker runs what its work pool has, and nothing else.")

    async def _submit_run(self, flow_run: FlowRun) -> None:
        """Claims the run, by proposing Pending, and runs it here; another engine may have been faster."""
        heard = self._words
        self._claim(flow_run)
        try:
            if not leases.leaving.is_set() and await self._propose_pending_state(flow_run):
                flow = await self._flow_of(flow_run)
                await anyio.to_thread.run_sync(partial(one_pass, flow, flow_run), limiter=self._threads)
        except Exception:
            # It is Pending, and nobody works for it: the porter finds that and sends it back.
            self._logger.exception("Flow run %s could not be run", flow_run.id)
        finally:
            was_full = self._limiter is not None and self._limiter.available_tokens < 1
            self._release_limit_slot(flow_run.id)
            self._submitting_flow_run_ids.discard(flow_run.id)
            if self._cancelling_observer is not None:
                self._cancelling_observer.remove_in_flight_flow_run_id(flow_run.id)
            # A word may have been about itself, on its way out, and another run may have waited for the slot.
            if was_full or self._words != heard:
                self._tell()

    async def _flow_of(self, flow_run: FlowRun) -> Flow[..., None]:
        id = flow_run.deployment_id
        assert id is not None
        if id not in self._flows:
            deployment = await self.client.read_deployment(id)
            load = partial(load_flow_from_entrypoint, deployment.entrypoint or "")
            self._flows[id] = await anyio.to_thread.run_sync(load)
        return self._flows[id]

    def _claim(self, flow_run: FlowRun) -> None:
        if len(self._claimed) >= MOST_CLAIMED:
            self._claimed.clear()
        if flow_run.state is not None:
            self._claimed[flow_run.id] = flow_run.state.timestamp

    def _tell(self, pauses: tuple[float, ...] = ONCE_MORE) -> None:
        self._words += 1
        self._pauses = iter(pauses)
        self._told.set()

    def _tell_of(self, id: UUID, since: datetime) -> None:
        """Prefect's own word that a run is due; nothing to look for where it was claimed for that already."""
        if since > self._claimed.get(id, NEVER):
            self._tell(BURST)

    async def _say_alive(self) -> None:
        """From this loop: one that hangs says nothing."""
        pulse = Pulse("engine")
        while True:
            try:
                await anyio.to_thread.run_sync(pulse.beat, the_desk())
            except Unavailable as trouble:
                self._logger.warning("nobody hears that the engine is alive: %s", trouble)
            await anyio.sleep(EVERY)

    async def _look_when_told(self) -> None:
        while True:
            with anyio.move_on_after(next(self._pauses, None)):
                await self._told.wait()
            if self._told.is_set():
                self._told = anyio.Event()
            try:
                if await self.get_and_submit_flow_runs():
                    # What else is due has a word of its own.
                    self._pauses = iter(())
            except HTTPError as wrong:
                self._logger.warning("Prefect does not say what is due (%s); asked again soon", type(wrong).__name__)
