"""Phase 2, as far as it stands: a plan is asked about, and exactly that plan is applied; small costs."""

from agents.delivery import hephaestus, hermes, orchestrator
from agents.delivery.project import Project, Sizes, Spend
from checkpoints.core.errors import Refused
from checkpoints.core.model import Request, Scalar
from checkpoints.core.ports import Terraform
from checkpoints.core.stack import Binding
from checkpoints.core.view import Checkpoint
from checkpoints.terraform import price
from flows.delivery.tables import TEMPLATE, prices
from flows.gate import Question
from flows.outcomes import Refusal, Settled, settle
from flows.steps import Effect, Result
from flows.work import Work

BOUND = ("plan_sha256", "engine", "engine_version", "template", "template_sha256", "lock_sha256", "workspace")


def create_infrastructure(work: Work, project: Project, selected: Sizes) -> Settled | Refusal:
    """Plans, asks, and applies the plan that was approved, to the byte."""
    terraform = _terraform(work)

    def planned(sizes: Sizes) -> Request:
        plan = terraform.plan(work.case.slug, TEMPLATE, hephaestus.variables(project, sizes))
        return hephaestus.ask_plan(plan, price.price(plan.summary, sizes.region), sizes)

    def change(request: Request, wish: str) -> Request | str:
        sizes = hephaestus.change_sizes(request, wish, prices(project))
        return sizes if isinstance(sizes, str) else hephaestus.changed_plan(request, planned(sizes))

    def effect(point: Checkpoint) -> Effect:
        return _apply(work, terraform, point)

    return settle(work, Question("terraform-plan", lambda _: planned(selected), change), effect)


def spend(work: Work, project: Project, number: int, wanted: Spend) -> Settled | Refusal:
    """A small cost: the matrix may pass it by itself, then the run goes on at once."""
    question = Question(f"spend-{number}", lambda _: hermes.ask_spend(project, wanted), _price_stays)

    def effect(point: Checkpoint) -> Effect:
        booked = {"what": wanted.what, "monthly": str(wanted.monthly)}
        return Effect(f"book the cost of {wanted.what}", lambda: point.request.subject.parameters, lambda: booked)

    return settle(work, question, effect)


def _price_stays(request: Request, wish: str) -> Request | str:
    """A price is what it is."""
    return f"The cost of “{request.subject.parameters['what']}” is not mine to change (you asked: “{wish[:200]}”)."


def _apply(work: Work, terraform: Terraform, point: Checkpoint) -> Effect:
    parameters = point.request.subject.parameters
    binding = Binding.from_json({name: parameters[name] for name in BOUND})
    sizes = orchestrator.sizes_in(point.request)

    def subject() -> dict[str, Scalar]:
        found = terraform.binding(work.case.slug, binding.template)
        return {name: str(value) for name, value in found.as_json().items()} | sizes.as_parameters()

    def apply() -> Result:
        done = terraform.apply(work.case.slug, binding)
        counts = {"added": done.added, "changed": done.changed, "destroyed": done.destroyed}
        return {name: str(value) for name, value in counts.items()} | {"log": done.log} | dict(done.outputs)

    return Effect("apply the plan", subject, apply)


def _terraform(work: Work) -> Terraform:
    if work.desk.terraform is None:
        raise Refused("This run was started without Terraform.")
    return work.desk.terraform
