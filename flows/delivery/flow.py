"""The delivery of a project, from the top at every pass: what was done is in the ledger, what was decided is too."""

from prefect import flow
from prefect.runtime import flow_run

from checkpoints import wiring
from checkpoints.actions.by_runs import submitting
from flows.delivery import brief
from flows.delivery.development import create_infrastructure, spend
from flows.delivery.initialisation import approve_project, select_infrastructure
from flows.outcomes import Refusal
from flows.trouble import carry_through
from flows.work import Work, take_up


@flow(name="delivery", persist_result=False)
def delivery(run: str) -> None:
    """Works for one run of a delivery case. `run` is our id of it; nothing else passes through Prefect."""
    desk = wiring.desk("asker", need=("terraform",))
    try:
        work = take_up(desk, run, str(flow_run.id))
        state, outcome = carry_through(work, deliver)
        submitting.ended(desk, work.run, state, outcome)
    finally:
        desk.engine.dispose()


def deliver(work: Work) -> tuple[str, str]:
    """How the case ends, and in which words. Suspends the run wherever a person has to answer."""
    project = brief.project(work.case.slug, work.case.brief)
    proposed = approve_project(work, project)
    if isinstance(proposed, Refusal):
        return "refused", proposed.sentence
    selected = select_infrastructure(work, project, proposed)
    if isinstance(selected, Refusal):
        return "undelivered", f"No infrastructure was selected. {selected.sentence}"
    applied = create_infrastructure(work, project, selected)
    if isinstance(applied, Refusal):
        return "undelivered", f"The infrastructure was not created. {applied.sentence}"
    left = [spend(work, project, number, wanted) for number, wanted in enumerate(project.spends, 1)]
    refused = "; ".join(answer.sentence for answer in left if isinstance(answer, Refusal))
    added = applied.result.get("added")
    stands = f"The infrastructure stands as {applied.point.label} approved it" + (
        f": {added} resources added." if added else "; a person found that it does."
    )
    return "delivered", f"{stands} Left out: {refused}" if refused else stands
