"""Hermes: asks for the small costs that the brief names. Under $50 a month the matrix passes them by itself."""

from agents.delivery.project import Project, Spend
from checkpoints.core.model import Cost, Fact, Priority, Request, Subject

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
