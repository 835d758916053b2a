"""Hephaestus: asks for a Terraform plan to be applied. The facts are the plan's, the words are its own."""

from dataclasses import dataclass, replace
from decimal import Decimal

from agents.delivery import wishes
from agents.delivery.athena.compliance import safeguards
from agents.delivery.defaults import TYPES
from agents.delivery.orchestrator import sizes_in
from agents.delivery.project import PriceOf, Project, Sizes
from checkpoints.core.model import Cost, Fact, Request, Risk, Scalar, Subject
from checkpoints.core.work.stack import Action, Change, Estimate, Planned, PriceLine

AGENT = "Hephaestus"
BUILT_IN = "terraform.io/builtin/terraform"
SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.READ: "<=",
    Action.FORGET: "forgets",
    Action.IMPORT: "imports",
}
"""Terraform's own signs, and words where it has none."""

ALERT = Decimal("0.8")
"""The share of the budget from which on people are told (the Technical Operator flow, "Cost Optimization Triggers")."""


@dataclass(frozen=True)
class Asked:
    """How a stack is asked about: the kind of question, and the agent's words."""

    kind: str
    action: str
    details: str


STANDARD = Asked(
    "terraform-plan",
    "Terraform plan ready",
    "The standard stack in the sizes that were selected. Apply infrastructure?",
)


def custom(project: Project) -> Asked:
    """The stack that the brief wants beside the standard one, with the brief's reason."""
    why = project.custom_why or "the brief gives no reason"
    details = f"Why not the standard stack: {why}. Apply {project.custom} beside it?"
    return Asked("custom-infrastructure", f"Custom infrastructure planned: {project.custom}", details)


def custom_variables(project: Project, sizes: Sizes) -> dict[str, Scalar]:
    """What a template beside the standard stack is planned with."""
    return {"project": project.slug, "region": sizes.region}


def variables(project: Project, sizes: Sizes) -> dict[str, Scalar]:
    """What the standard template is planned with."""
    cpu, memory = {"small": (256, 512), "medium": (512, 1024)}[sizes.container_size]
    return {
        "project": project.slug,
        "region": sizes.region,
        "database_size": sizes.database_size,
        "container_cpu": cpu,
        "container_memory": memory,
        "web_tasks": sizes.web_tasks,
        "web_open_to": TYPES[project.type].open_to,
    }


def ask_plan(
    planned: Planned, estimate: Estimate, sizes: Sizes, asked: Asked = STANDARD, budget: Decimal | None = None
) -> Request:
    """May exactly this plan be applied? `budget` is the project's, in US dollars a month; None where there is none."""
    summary = planned.summary
    counts = ", ".join(
        f"{summary.count(a)} to {word}"
        for a, word in ((Action.CREATE, "add"), (Action.UPDATE, "change"), (Action.REPLACE, "replace"))
    )
    destroyed = summary.count(Action.DELETE)
    risks = [Risk.DELETES] * summary.deletes + [Risk.RUNS_CODE] * bool(summary.runs)
    return Request(
        kind=asked.kind,
        agent=AGENT,
        action=asked.action,
        details=asked.details,
        subject=Subject("the plan file", _bound(planned) | sizes.as_parameters()),
        facts=(
            Fact("Where", _where(planned, sizes)),
            Fact("Plan", f"{counts}, {destroyed} to destroy", dangerous=summary.deletes),
            *_dangers(planned),
            *(budget_facts(estimate.high, budget) if budget is not None else ()),
            *(Fact("Resource", _line(change)) for change in summary.changes if not change.action.destroys),
            *safeguards(summary),
            *_costs(estimate),
            Fact("Engine", f"{planned.binding.engine} {planned.binding.engine_version}"),
            Fact("State", f"workspace {planned.binding.workspace}, in the project's own folder"),
            Fact("Fence", planned.fence),
        ),
        cost=cost_of(estimate),
        risks=tuple(risks),
        reversible=not summary.deletes,
    )


def over_budget(monthly: Decimal, budget: Decimal) -> str | None:
    """In words that so many dollars a month are more than the budget; None when they aren't."""
    return f"${monthly:,.2f} a month, and the budget is ${budget:,.2f}" if monthly > budget else None


def budget_facts(monthly: Decimal, budget: Decimal) -> tuple[Fact, ...]:
    """That the budget is exceeded, which is a danger, or that 80 % of it are reached; nothing below that."""
    if over := over_budget(monthly, budget):
        return (Fact("Over budget", over, dangerous=True),)
    near = Fact("80 % of the budget", f"reached: ${monthly:,.2f} a month of ${budget:,.2f}")
    return (near,) if monthly >= budget * ALERT else ()


def change_sizes(request: Request, wish: str, price_of: PriceOf) -> Sizes | str:
    """The sizes to plan anew with, or why the wish can't be met."""
    before = sizes_in(request)
    read = wishes.read(wish, before)
    if not read.understood:
        return f"I can plan another region, size or number of tasks, and found none of them in: “{wish[:200]}”."
    if read.at_most is None:
        return read.sizes
    fitting = wishes.fit(read.sizes, read.at_most, price_of)
    if fitting is None or fitting == before:
        return f"No other sizes come to at most ${read.at_most} a month."
    return fitting


def cannot_change_custom(request: Request, wish: str) -> str:
    """Why a template that is shipped as it is can't be changed."""
    return f"{request.action}: the template is shipped as it is, and the brief names it (you asked: “{wish[:200]}”)."


def changed_plan(before: Request, after: Request) -> Request:
    """The new request, saying what differs from the one before."""
    named = wishes.differences(sizes_in(before), sizes_in(after))
    was, now = _resources(before), _resources(after)
    told = [f"no longer: {line}" for line in was if line not in now] + [
        f"new: {line}" for line in now if line not in was
    ]
    return replace(after, changed=(*named, *told, f"cost: {_upper(before)} → {_upper(after)} a month"))


def cost_of(estimate: Estimate) -> Cost:
    """The estimate as the matrix counts it."""
    return Cost(estimate.low, estimate.high, unpriced=estimate.unpriced, source="prices.toml")


def _dangers(planned: Planned) -> list[Fact]:
    summary = planned.summary
    found = [Fact("Destroys", _line(change), dangerous=True) for change in summary.changes if change.action.destroys]
    found += [Fact("Runs on the way", what, dangerous=True) for what in summary.runs]
    found += [Fact("Provider", what, dangerous=True) for what in summary.providers if what != BUILT_IN]
    found += [Fact("Remote module", what, dangerous=True) for what in summary.remote_modules]
    found += [Fact("Changed outside", what, dangerous=True) for what in summary.drifted]
    return found


def _costs(estimate: Estimate) -> list[Fact]:
    """One fact a resource, for what it is planned to be used."""
    by_resource: dict[str, list[PriceLine]] = {}
    for line in estimate.lines:
        by_resource.setdefault(line.what, []).append(line)
    return [
        Fact("Cost", f"{what}: ${sum(line.high for line in lines)} ({'; '.join(line.says for line in lines)})")
        for what, lines in by_resource.items()
    ]


def _line(change: Change) -> str:
    note = _size(change) or _opening(change)
    return f"{SIGNS[change.action]} {change.what}" + (f" ({note})" if note else "")


def _size(change: Change) -> str:
    names = ("instance_class", "node_type", "desired_count")
    size = next((change.planned[name] for name in names if change.planned.get(name)), "")
    return f"{size} task{'s' * (size != 1)}" if isinstance(size, int) else size if isinstance(size, str) else ""


def _opening(change: Change) -> str:
    """What a security group lets in: a person verifies it."""
    ingress = change.planned.get("ingress")
    return f"{ingress.get('port')} from {ingress.get('from')}" if isinstance(ingress, dict) else ""


def _where(planned: Planned, sizes: Sizes) -> str:
    if planned.summary.sandbox:
        return f"SANDBOX: each resource only stands for its AWS one in {sizes.region}; nothing else changes"
    return sizes.region


def _resources(request: Request) -> list[str]:
    return [fact.value for fact in request.facts if fact.label in ("Resource", "Destroys")]


def _upper(request: Request) -> str:
    high: Decimal | None = request.cost.high if request.cost else None
    return "not priced" if high is None else f"${high:,.2f}"


def _bound(planned: Planned) -> dict[str, Scalar]:
    return {name: str(value) for name, value in planned.binding.as_json().items()}
