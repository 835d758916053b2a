"""Athena: asks people to accept what a load test measured on staging. The figures are the tool's."""

import re
from dataclasses import replace
from decimal import Decimal

from agents.delivery.athena.report import AGAIN, AGENT, report_terms, value_of
from agents.delivery.project import Load, Project
from checkpoints.core.digest import short
from checkpoints.core.model import Fact, Priority, Request, Subject
from checkpoints.core.work.release import Evidence

SLOW_MS = Decimal(800)
MOST_ERRORS = Decimal(1)
"""Percent of all requests."""
MOST_USERS, MOST_SECONDS = 200, 60
LOADS = {
    "web-application": Load(20, 10),
    "api": Load(50, 10),
    "internal-tool": Load(5, 10),
    "shop": Load(50, 20),
    "data-pipeline": Load(5, 10),
}
"""The load of a peak by the project's type."""
USERS = re.compile(r"\b(\d{1,6})\s*(?:concurrent\s+)?users?\b", re.I)
SECONDS = re.compile(r"\b(\d{1,6})\s*(?:s|sec|seconds?)\b", re.I)


def ask_load(project: Project, release: str, load: Load, report: Evidence) -> Request:
    """Is what was measured fast and steady enough for production?"""
    p95, errors = report.figure("p95_ms"), report.figure("error_percent")
    none = not report.figure("requests")
    return Request(
        kind="load-test",
        agent=AGENT,
        action="Load test results",
        details="I put load on what staging serves. Is it fast and steady enough for production?",
        subject=Subject(
            "the report",
            report_terms(project, release, report.file.sha256) | {"users": load.users, "seconds": load.seconds},
        ),
        facts=(
            Fact("p95", _measured(p95, "ms", SLOW_MS), none or p95 is None or p95 > SLOW_MS),
            Fact("Error rate", _measured(errors, "%", MOST_ERRORS), none or errors is None or errors > MOST_ERRORS),
            Fact("Load", f"{load.users} users for {load.seconds} s: {report.figures.get('requests', 'no')} requests"),
            Fact("Report", f"{report.file.name}, {short(report.file.sha256)}, by {report.tool}"),
            Fact("Release", short(release)),
        ),
        priority=Priority.MEDIUM,
        attachments=(report.file,),
    )


def load_for(project: Project) -> Load:
    """The usual load of the project's type."""
    return LOADS[project.type]


def load_wished(request: Request, wish: str) -> Load | str:
    """Which load to measure with instead, or why the wish can't be met."""
    before = Load(int(str(request.subject.parameters["users"])), int(str(request.subject.parameters["seconds"])))
    users, seconds = USERS.search(wish), SECONDS.search(wish)
    after = Load(int(users[1]) if users else before.users, int(seconds[1]) if seconds else before.seconds)
    if not (users or seconds or AGAIN.search(wish)):
        return f"I can measure again, with other users or seconds, and found none of them in: “{wish[:200]}”."
    if not (1 <= after.users <= MOST_USERS and 1 <= after.seconds <= MOST_SECONDS):
        return f"I can put on the load of 1 to {MOST_USERS} users for 1 to {MOST_SECONDS} seconds."
    return after


def change_load(before: Request, after: Request) -> Request:
    """The new measurement's request, with both figures."""
    told = [f"{label}: {value_of(before, label)} → {value_of(after, label)}" for label in ("Load", "p95", "Error rate")]
    return replace(after, changed=tuple(told))


def _measured(figure: Decimal | None, unit: str, most: Decimal) -> str:
    return "not measured" if figure is None else f"{figure:f} {unit} (at most {most} {unit} is good)"
