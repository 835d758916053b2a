"""Phase 1: may the project start, and on which infrastructure? Both answers are recorded under their permits."""

from agents.delivery import orchestrator
from agents.delivery.project import Project, Sizes
from checkpoints.core.errors import Refused
from checkpoints.core.view import Checkpoint
from flows.delivery.tables import prices
from flows.gate import Question
from flows.outcomes import Refusal, settle
from flows.steps import Effect
from flows.work import Work


def approve_project(work: Work, project: Project) -> Sizes | Refusal:
    """The sizes that the approved brief proposes."""
    price_of = prices(project)
    question = Question(
        "project-approval",
        lambda _: orchestrator.ask_project_approval(project),
        lambda request, wish: orchestrator.change_project_approval(request, wish, project, price_of),
    )

    answer = settle(work, question, lambda point: _recorded("start the project", point))
    return answer if isinstance(answer, Refusal) else orchestrator.sizes_in(answer.point.request)


def select_infrastructure(work: Work, project: Project, proposed: Sizes) -> Sizes | Refusal:
    """The region and the sizes that a person selected."""
    price_of = prices(project)
    question = Question(
        "infrastructure-selection",
        lambda _: orchestrator.ask_infrastructure(project, proposed, price_of),
        lambda request, wish: orchestrator.change_infrastructure(request, wish, project, price_of),
    )

    answer = settle(work, question, lambda point: _recorded("select the infrastructure", point))
    return answer if isinstance(answer, Refusal) else _chosen(answer.point)


def _recorded(name: str, point: Checkpoint) -> Effect:
    """An effect in the ledger alone: what follows reads the decision."""
    return Effect(name, lambda: point.request.subject.parameters, dict)


def _chosen(point: Checkpoint) -> Sizes:
    if point.decision is None:
        raise Refused(f"{point.label} has no decision to read the sizes from.")
    chosen = point.decision.fields
    return Sizes(chosen["region"], chosen["database_size"], chosen["container_size"], int(chosen["web_tasks"]))
