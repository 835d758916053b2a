"""Phase 1: may the project start, and on which infrastructure? Both answers are recorded under their permits."""

from agents.delivery import orchestrator
from agents.delivery.project import Project, Sizes
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

    def effect(point: Checkpoint) -> Effect:
        proposed = orchestrator.sizes_in(point.request)
        kept = {name: str(value) for name, value in proposed.as_parameters().items()}
        return Effect("start the project", lambda: point.request.subject.parameters, lambda: kept)

    answer = settle(work, question, effect)
    return answer if isinstance(answer, Refusal) else _sizes(answer)


def select_infrastructure(work: Work, project: Project, proposed: Sizes) -> Sizes | Refusal:
    """The region and the sizes that a person selected."""
    price_of = prices(project)
    question = Question(
        "infrastructure-selection",
        lambda _: orchestrator.ask_infrastructure(project, proposed, price_of),
        lambda request, wish: orchestrator.change_infrastructure(request, wish, project, price_of),
    )

    def effect(point: Checkpoint) -> Effect:
        chosen = dict(point.decision.fields) if point.decision else {}
        return Effect("select the infrastructure", lambda: point.request.subject.parameters, lambda: chosen)

    answer = settle(work, question, effect)
    return answer if isinstance(answer, Refusal) else _sizes(answer)


def _sizes(kept: dict[str, str]) -> Sizes:
    return Sizes(kept["region"], kept["database_size"], kept["container_size"], int(kept["web_tasks"]))
