"""Executes due runs in threads of one warm process, so that tests need not wait for a Python start at every pass.

Rule: it is Prefect's own claim (Pending) and Prefect's own engine; only the process is shared.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import run_flow
from prefect.flows import load_flow_from_entrypoint
from prefect.states import Pending
from prefect.utilities.engine import propose_state

from flows.deployments import FLOWS
from tests.stage import side_by_side_flow
from tests.stage.asking_flow import ENTRYPOINT, slow_down

LOOKS_EVERY = 0.1
AT_ONCE = 16
ENTRYPOINTS = (ENTRYPOINT, side_by_side_flow.ENTRYPOINT, *FLOWS.values())


async def execute() -> None:
    """Until it is killed."""
    flows: dict[str, object] = {entrypoint: load_flow_from_entrypoint(entrypoint) for entrypoint in ENTRYPOINTS}
    at_work: set[UUID] = set()
    tasks: set[asyncio.Task[None]] = set()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        async with get_client() as client:

            async def work_on(run: FlowRun, flow: object) -> None:
                try:
                    state = await propose_state(client, Pending(), flow_run_id=run.id)
                    if state.is_pending():
                        run.state = state
                        await asyncio.get_running_loop().run_in_executor(pool, _body, flow, run)
                except Abort as lost:
                    print(f"another has {run.id}: {lost}")
                finally:
                    at_work.discard(run.id)

            while True:
                for run, entrypoint in await _due(client):
                    if run.id not in at_work:
                        at_work.add(run.id)
                        task = asyncio.create_task(work_on(run, flows[entrypoint]))
                        tasks.add(task)
                        task.add_done_callback(tasks.discard)
                await asyncio.sleep(LOOKS_EVERY)


async def _due(client: PrefectClient) -> list[tuple[FlowRun, str]]:
    known = {d.id: d.entrypoint for d in await client.read_deployments() if d.entrypoint in ENTRYPOINTS}
    if not known:
        return []
    found = await client.get_scheduled_flow_runs_for_deployments(
        deployment_ids=list(known), scheduled_before=datetime.now(UTC), limit=AT_ONCE
    )
    runs = [entry if isinstance(entry, FlowRun) else entry.flow_run for entry in found]
    return [(run, known[run.deployment_id] or "") for run in runs if run.deployment_id]


def _body(flow: object, run: FlowRun) -> None:
    try:
        run_flow(flow, flow_run=run)  # type: ignore[arg-type]
    except (Pause, Abort) as over:
        print(f"{run.name}: {type(over).__name__}")


if __name__ == "__main__":
    slow_down()
    asyncio.run(execute())
