"""The Orchestrator: asks for the project's approval and for its infrastructure. Returns values, writes nothing."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from agents.delivery import wishes
from agents.delivery.defaults import CONTAINERS, DATABASES, MOST_WEB_TASKS, REGIONS, firewall_for, region_for, sizes_for
from agents.delivery.project import PriceOf, Project, Sizes
from checkpoints.core.model import Cost, Fact, Field, FieldSort, Priority, Request, Scalar, Subject

AGENT = "Orchestrator"
CHANGEABLE = "a region, a size, a number of tasks or a lower cost"


def ask_project_approval(project: Project) -> Request:
    """Checkpoint 1: may this project start?"""
    apis = [f"{t.name} ({'key in our vault' if t.have else 'needed'})" for t in project.third_parties]
    return Request(
        kind="project-approval",
        agent=AGENT,
        action=f"New project: {project.name}",
        details=project.does,
        subject=Subject("the brief", _terms(project, sizes_for(project))),
        facts=(
            Fact("Client", f"{project.client}, {project.location}"),
            Fact("Type", project.type),
            Fact("AWS services", ", ".join(project.aws_services)),
            Fact("Third-party APIs", ", ".join(apis) or "none"),
            Fact("Budget", f"${project.budget:,.2f} a month"),
            Fact("Release", project.release),
            *_sizes_facts(sizes_for(project)),
        ),
        cost=Cost(project.cost_low, project.cost_high, source="the brief"),
    )


def change_project_approval(request: Request, wish: str, project: Project, price_of: PriceOf) -> Request | str:
    """The request as wished, or why it can't be."""
    before = sizes_in(request)
    after = _wished(before, wish, price_of)
    if isinstance(after, str):
        return after
    cost = price_of(after)
    before_cost = request.cost.high if request.cost else None
    return replace(
        request,
        subject=Subject(request.subject.name, _terms(project, after)),
        facts=(
            *[fact for fact in request.facts if not fact.label.startswith("Proposed")],
            *_sizes_facts(after),
        ),
        cost=cost,
        changed=(*wishes.differences(before, after), f"upper cost: ${before_cost} → ${cost.high} a month"),
    )


def ask_infrastructure(project: Project, proposed: Sizes, price_of: PriceOf) -> Request:
    """Checkpoint 2: which region, which sizes? The cost is that of the cheapest to the dearest choice."""
    return Request(
        kind="infrastructure-selection",
        agent=AGENT,
        action="Infrastructure needed",
        details=f"I propose {proposed.region}, {_why(project, proposed)}.",
        subject=Subject("region and sizes", {"project": project.slug} | proposed.as_parameters()),
        facts=(
            Fact("Client location", project.location),
            Fact("Services", "ECS Fargate, RDS PostgreSQL 16, SQS, ECR"),
            Fact("Security groups", firewall_for(project.type)),
            Fact("As proposed", f"{_dollars(price_of(proposed))} a month"),
            Fact("Estimated setup time", "15 minutes on AWS; seconds in the sandbox"),
        ),
        fields=_fields(proposed, price_of),
        cost=_cheapest_to_dearest(proposed, price_of),
        priority=Priority.HIGH,
    )


def change_infrastructure(request: Request, wish: str, project: Project, price_of: PriceOf) -> Request | str:
    """Another proposal, or why it can't be."""
    before = sizes_in(request)
    after = _wished(before, wish, price_of)
    if isinstance(after, str):
        return after
    return replace(
        ask_infrastructure(project, after, price_of),
        details=f"Changed as asked: {'; '.join(wishes.differences(before, after))}.",
        changed=wishes.differences(before, after),
    )


def sizes_in(request: Request) -> Sizes:
    """The sizes that a request of ours proposes."""
    given = request.subject.parameters
    return Sizes(
        str(given["region"]),
        str(given["database_size"]),
        str(given["container_size"]),
        int(str(given["web_tasks"])),
    )


def _wished(before: Sizes, words: str, price_of: PriceOf) -> Sizes | str:
    wish = wishes.read(words, before)
    if not wish.understood:
        return f"I can change {CHANGEABLE}, and found none of them in: “{words[:200]}”."
    if wish.at_most is None:
        return wish.sizes
    fitting = wishes.fit(wish.sizes, wish.at_most, price_of)
    if fitting is None:
        return f"Even the smallest sizes cost more than ${wish.at_most} a month."
    if fitting == before:
        return f"It costs at most ${price_of(before).high} a month as it is, which is within ${wish.at_most}."
    return fitting


def _terms(project: Project, sizes: Sizes) -> dict[str, Scalar]:
    return {
        "project": project.slug,
        "name": project.name,
        "client": project.client,
        "type": project.type,
        "does": project.does,
        "aws_services": ", ".join(project.aws_services),
        "third_parties": ", ".join(t.name for t in project.third_parties),
        "budget": str(project.budget),
        "release": project.release,
    } | sizes.as_parameters()


def _sizes_facts(sizes: Sizes) -> tuple[Fact, ...]:
    tasks = f"{sizes.web_tasks} web tasks ({sizes.container_size})"
    return (
        Fact("Proposed region", f"{sizes.region}, {REGIONS[sizes.region]}"),
        Fact("Proposed sizes", f"{sizes.database_size}, {tasks}"),
    )


def _fields(proposed: Sizes, price_of: PriceOf) -> tuple[Field, ...]:
    def each(known: dict[str, str], sizes: Callable[[str], Sizes]) -> tuple[tuple[str, str], ...]:
        return tuple((value, f"{known[value]}; {_dollars(price_of(sizes(value)))} a month in all") for value in known)

    choice = FieldSort.CHOICE
    return (
        Field(
            "region",
            "AWS region",
            choice,
            proposed.region,
            each(REGIONS, lambda v: replace(proposed, region=v)),
        ),
        Field(
            "database_size",
            "Database",
            choice,
            proposed.database_size,
            each(DATABASES, lambda v: replace(proposed, database_size=v)),
        ),
        Field(
            "container_size",
            "Containers",
            choice,
            proposed.container_size,
            each(CONTAINERS, lambda v: replace(proposed, container_size=v)),
        ),
        Field(
            "web_tasks",
            "Web tasks",
            FieldSort.NUMBER,
            str(proposed.web_tasks),
            lowest=Decimal(1),
            highest=Decimal(MOST_WEB_TASKS),
            whole=True,
        ),
    )


def _cheapest_to_dearest(proposed: Sizes, price_of: PriceOf) -> Cost:
    costs = [
        price_of(Sizes(region, database, container, tasks))
        for region in REGIONS
        for database in (next(iter(DATABASES)), next(reversed(DATABASES)))
        for container in (next(iter(CONTAINERS)), next(reversed(CONTAINERS)))
        for tasks in (1, MOST_WEB_TASKS)
    ]
    lows = [cost.low for cost in costs if cost.low is not None]
    highs = [cost.high for cost in costs if cost.high is not None]
    if len(lows) < len(costs) or len(highs) < len(costs):
        return Cost(None, None)
    unpriced = tuple(sorted({what for cost in costs for what in cost.unpriced}))
    return Cost(min(lows), max(highs), unpriced=unpriced, source="prices.toml, every choice")


def _why(project: Project, proposed: Sizes) -> str:
    near = proposed.region == region_for(project.location)
    usual = proposed == replace(sizes_for(project), region=proposed.region)
    reasons = [f"the nearest to {project.location}"] * near + ["in the usual sizes of its type"] * usual
    return ", ".join(reasons) or "as it was approved"


def _dollars(cost: Cost) -> str:
    if cost.high is None:
        return "not priced"
    return f"${cost.high:,.2f}" + (", and parts without a price" if cost.unpriced else "")
