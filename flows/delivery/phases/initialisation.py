"""Phase 1: may the project start, and on which infrastructure? And what any project of its type needs, made early."""

from collections.abc import Callable

from agents.delivery import hermes, orchestrator
from agents.delivery.defaults import region_for, sizes_for
from agents.delivery.project import Project, Sizes
from checkpoints.core.view import Checkpoint
from checkpoints.terraform import price
from flows.delivery.tables import STANDARD, prices
from flows.gate import Question
from flows.outcomes import Refusal, Settled, earlier, settle
from flows.ports import deployer
from flows.steps import Effect, Result
from flows.work import Work


def approve_project(work: Work, project: Project) -> Settled | Refusal:
    """Checkpoint 1; its request proposes the sizes."""
    price_of = prices(project)
    question = Question(
        "project-approval",
        lambda _: orchestrator.ask_project_approval(project),
        lambda request, wish: orchestrator.change_project_approval(request, wish, project, price_of),
    )
    return settle(work, question, lambda point: _recorded("start the project", point))


def select_infrastructure(work: Work, project: Project) -> Settled | Refusal:
    """The region and the sizes that a person selects; see `selected`."""
    price_of = prices(project)
    question = Question(
        "infrastructure-selection",
        lambda _: orchestrator.ask_infrastructure(project, _proposed(work, project), price_of),
        lambda request, wish: orchestrator.change_infrastructure(request, wish, project, price_of),
    )
    return settle(work, question, lambda point: _recorded("select the infrastructure", point))


def selected(work: Work, project: Project) -> Sizes:
    """What was selected; where a person said that nothing need be, what was proposed."""
    found = earlier(work, "infrastructure-selection")
    if found is None or found.point.decision is None:
        return _proposed(work, project)
    chosen = found.point.decision.fields
    return Sizes(chosen["region"], chosen["database_size"], chosen["container_size"], int(chosen["web_tasks"]))


def pre_provision(work: Work, project: Project) -> Settled | Refusal:
    """What every project of a type needs, before it is asked for: the brief allows it, the matrix may pass it."""
    estimate = price.estimate(STANDARD, region_for(project.location), price.shipped())
    parts = [what for what, _, _ in STANDARD]
    question = Question(
        "pre-provision", lambda _: hermes.ask_pre_provision(project, estimate, parts), hermes.price_stays
    )

    def build() -> Result:
        release = deployer(work).build(work.case.slug, project.release)
        return {"release": release.digest, "sentence": f"The release {release.digest[:12]} is built and kept."}

    return settle(work, question, lambda point: _recorded("build the release early", point, build))


def _proposed(work: Work, project: Project) -> Sizes:
    """What the approved brief proposes."""
    approved = earlier(work, "project-approval")
    return orchestrator.sizes_in(approved.point.request) if approved else sizes_for(project)


def _recorded(name: str, point: Checkpoint, do: Callable[[], Result] = dict) -> Effect:
    """An effect that needs nothing but the decision; without `do`, one in the ledger alone."""
    return Effect(name, lambda: point.request.subject.parameters, do, outside=False)
