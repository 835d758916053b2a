"""Phase 2: plans are asked about, and exactly they are applied, each in a folder of its own; small costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from agents.delivery import hephaestus, hermes, orchestrator
from agents.delivery.care import monthly_cost
from agents.delivery.project import Project, Sizes, Spend
from checkpoints.actions import reading
from checkpoints.core.errors import Refused
from checkpoints.core.model import Request, Scalar
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.signs import Sign
from checkpoints.core.work.stack import Binding
from checkpoints.terraform import price
from flows.delivery.phases.initialisation import selected
from flows.delivery.tables import TEMPLATE, prices
from flows.gate import Question
from flows.outcomes import Refusal, Settled, settle
from flows.ports import terraform
from flows.steps import Effect, Result
from flows.work import Work

BOUND = ("plan_sha256", "engine", "engine_version", "template", "template_sha256", "lock_sha256", "workspace")


@dataclass(frozen=True)
class _Stack:
    """A stack of a case: the folder that it alone has, and what it is planned with and asked as."""

    folder: str
    template: str
    variables: Callable[[Sizes], Mapping[str, Scalar]]
    asked: hephaestus.Asked
    budget: Decimal


def plan_infrastructure(work: Work, project: Project) -> Settled | Refusal:
    """The standard stack in the sizes that were selected."""
    return create_infrastructure(work, project, selected(work, project))


def create_infrastructure(work: Work, project: Project, sizes: Sizes) -> Settled | Refusal:
    """The standard stack, planned in these sizes first."""
    stack = _Stack(
        work.case.slug,
        TEMPLATE,
        lambda sizes: hephaestus.variables(project, sizes),
        hephaestus.STANDARD,
        project.budget,
    )

    def change(request: Request, wish: str) -> Request | str:
        sizes = hephaestus.change_sizes(request, wish, prices(project))
        return sizes if isinstance(sizes, str) else hephaestus.changed_plan(request, _planned(work, stack, sizes))

    return _create(work, stack, sizes, change)


def build_custom(work: Work, project: Project) -> Settled | Refusal:
    """The stack that the brief wants beside the standard one, with a folder and a state of its own."""
    if not project.custom:
        raise Refused("The brief wants custom infrastructure and names no template (`custom`). Nothing was planned.")
    # A project's short name has no two hyphens in a row, so this folder is no other project's.
    stack = _Stack(
        f"{work.case.slug}--custom",
        project.custom,
        lambda sizes: hephaestus.custom_variables(project, sizes),
        hephaestus.custom(project),
        project.budget,
    )
    return _create(work, stack, selected(work, project), hephaestus.cannot_change_custom)


def spend(work: Work, project: Project, number: int, wanted: Spend) -> Settled | Refusal:
    """A small cost: the matrix may pass it by itself, then the run goes on at once."""
    question = Question(f"spend-{number}", lambda _: hermes.ask_spend(project, wanted), hermes.price_stays)

    def effect(point: Checkpoint) -> Effect:
        def book() -> Result:
            _keep_to_budget(work, project, point, wanted.monthly)
            return {"what": wanted.what, "monthly": str(wanted.monthly)}

        return Effect(f"book the cost of {wanted.what}", lambda: point.request.subject.parameters, book, False)

    return settle(work, question, effect)


def _keep_to_budget(work: Work, project: Project, point: Checkpoint, more: Decimal) -> None:
    """Raises Refused where a cost that no person has seen goes over the budget; once one said to go on, it may."""
    seen = point.decision is None or not point.decision.by_rule
    if seen or reading.asked_under(work.desk, work.run, f"{point.question}/"):
        return
    points = [shown.point for shown in reading.story(work.desk, work.case.slug).cards]
    if over := hephaestus.over_budget((monthly_cost(points) or Decimal(0)) + more, project.budget):
        said = f"With it the project costs {over}. Nothing was booked: retry to book it all the same, or stop."
        raise Refused(said, sign=Sign.COST_OVERRUN)


def _create(
    work: Work, stack: _Stack, sizes: Sizes, change: Callable[[Request, str], Request | str]
) -> Settled | Refusal:
    """Plans, asks, and applies the plan that was approved, to the byte."""
    question = Question(stack.asked.kind, lambda _: _planned(work, stack, sizes), change)
    return settle(work, question, lambda point: _apply(work, stack, point))


def _planned(work: Work, stack: _Stack, sizes: Sizes) -> Request:
    plan = terraform(work).plan(stack.folder, stack.template, dict(stack.variables(sizes)))
    return hephaestus.ask_plan(plan, price.price(plan.summary, sizes.region), sizes, stack.asked, stack.budget)


def _apply(work: Work, stack: _Stack, point: Checkpoint) -> Effect:
    parameters = point.request.subject.parameters
    binding = Binding.from_json({name: parameters[name] for name in BOUND})
    sizes = orchestrator.sizes_in(point.request)

    def subject() -> dict[str, Scalar]:
        found = terraform(work).binding(stack.folder, binding.template)
        return {name: str(value) for name, value in found.as_json().items()} | sizes.as_parameters()

    def apply() -> Result:
        done = terraform(work).apply(stack.folder, binding)
        counts = {"added": done.added, "changed": done.changed, "destroyed": done.destroyed}
        return {name: str(value) for name, value in counts.items()} | {"log": done.log} | dict(done.outputs)

    return Effect("apply the plan", subject, apply)
