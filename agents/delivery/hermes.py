"""Hermes: asks for the small costs that the brief allows. Under $50 a month the matrix passes them by itself."""

from collections.abc import Sequence

from agents.delivery.project import Project, Spend
from checkpoints.core.model import Cost, Fact, Priority, Request, Subject
from checkpoints.core.work.stack import Estimate

AGENT = "Hermes"


def ask_spend(project: Project, spend: Spend) -> Request:
    """May this much be spent, a month?"""
    return Request(
        kind="spend",
        agent=AGENT,
        action=f"Spend ${spend.monthly} a month: {spend.what}",
        details=f"{project.name} needs {spend.what}.",
        subject=Subject("the cost", {"what": spend.what, "monthly": str(spend.monthly), "project": project.slug}),
        facts=(Fact("What for", spend.what),),
        cost=Cost(spend.monthly, spend.monthly, source="the brief"),
        priority=Priority.MEDIUM,
    )


def ask_pre_provision(project: Project, estimate: Estimate, parts: Sequence[str]) -> Request:
    """May what every project of this type needs be made before it is asked for? The brief allows it."""
    what = ", ".join(parts)
    return Request(
        kind="spend",
        agent=AGENT,
        action="Make early what every project needs",
        details=f"The brief allows it. The release of {project.name} is built and kept meanwhile.",
        subject=Subject("the cost", {"what": what, "monthly": str(estimate.high), "project": project.slug}),
        facts=(Fact("What for", what), *(Fact("Cost", f"{line.what}: {line.says}") for line in estimate.lines)),
        cost=Cost(estimate.low, estimate.high, unpriced=estimate.unpriced, source="prices.toml"),
        priority=Priority.MEDIUM,
    )


def price_stays(request: Request, wish: str) -> str:
    """A price is what it is."""
    return f"The cost of “{request.subject.parameters['what']}” is not mine to change (you asked: “{wish[:200]}”)."
