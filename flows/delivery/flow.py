"""The delivery of a project, one flow for all its runs: the main run goes on with the plan, each other with its branch.

Rule: from the top at every pass; what was done is in the ledger, what was decided is in the store.
"""

from prefect import flow
from prefect.runtime import flow_run

from checkpoints.actions.by_runs import submitting
from checkpoints.actions.courses.starting import MAIN
from flows.delivery.branches import follow
from flows.delivery.course import deliver
from flows.engine.passes import a_pass
from flows.trouble import carry_through

NEEDS = ("terraform", "deployer", "services", "files")


@flow(name="delivery", persist_result=False)
def delivery(run: str) -> None:
    """Works for one run of a delivery case. `run` is our id of it; nothing else passes through Prefect."""
    with a_pass(run, str(flow_run.id), NEEDS) as work:
        end = carry_through(work, deliver if work.run.branch == MAIN else follow)
        submitting.ended(work.desk, work.run, end.state, end.words, end.course)
