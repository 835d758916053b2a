"""Hephaestus, once a release is in production: from when on to wake somebody, and what could be had cheaper."""

import re
from dataclasses import replace
from decimal import Decimal

from agents.delivery import wishes
from agents.delivery.project import PriceOf, Project, Sizes
from checkpoints.core.from_outside.probe import IN_A_ROW, Thresholds
from checkpoints.core.model import Cost, Fact, Field, FieldSort, Priority, Request, Scalar, Subject
from checkpoints.core.work.release import Deployed

AGENT = "Hephaestus"
EVERY_SECONDS = 30
LIMITS = {"p95_ms": (Decimal(50), Decimal(60_000)), "error_percent": (Decimal("0.1"), Decimal(50))}
THRESHOLDS = {
    "web-application": Thresholds(Decimal(800), Decimal(1)),
    "api": Thresholds(Decimal(500), Decimal(1)),
    "internal-tool": Thresholds(Decimal(1500), Decimal(5)),
    "shop": Thresholds(Decimal(600), Decimal("0.5")),
    "data-pipeline": Thresholds(Decimal(3000), Decimal(5)),
}
"""By the project's type."""
MILLISECONDS = re.compile(r"\b(\d{1,6})\s*(?:ms|milliseconds?)\b|\bp95\D{1,20}(\d{1,6})(?!\d|\s*(?:%|percent))", re.I)
PERCENT = re.compile(r"\b(\d{1,2}(?:\.\d{1,2})?)\s*(?:%|percent)", re.I)


def ask_monitoring(project: Project, served: Deployed, cost: Cost, proposed: Thresholds) -> Request:
    """From which values on should a person be told?"""
    return Request(
        kind="monitoring",
        agent=AGENT,
        action="Monitoring setup",
        details=f"I propose what is usual for a project of type {project.type}.",
        subject=Subject("what is watched", watched(project, served)),
        facts=(
            Fact("Targets", f"the health check of {served.address}, every {EVERY_SECONDS} s by default"),
            Fact("What happens", f"{IN_A_ROW} failed probes in a row, or more than below, open a CRITICAL escalation"),
            Fact("On AWS", "two CloudWatch alarms of standard resolution: p95, and errors"),
        ),
        fields=(
            _number("p95_ms", "p95 over which somebody is told, in milliseconds", proposed.p95_ms, whole=True),
            _number("error_percent", "Errors over which somebody is told, in percent", proposed.error_percent),
        ),
        cost=cost,
        priority=Priority.MEDIUM,
    )


def watched(project: Project, served: Deployed) -> dict[str, Scalar]:
    """What an approval names, besides the thresholds, which are its fields."""
    return {"project": project.slug, "address": served.address, "every_seconds": EVERY_SECONDS, "in_a_row": IN_A_ROW}


def thresholds_for(project: Project) -> Thresholds:
    """The usual ones of the project's type."""
    return THRESHOLDS[project.type]


def change_monitoring(request: Request, wish: str) -> Request | str:
    """Other thresholds proposed, or why they can't be."""
    milliseconds, percent = MILLISECONDS.search(wish), PERCENT.search(wish)
    wished = {
        "p95_ms": Decimal(milliseconds[1] or milliseconds[2]) if milliseconds else None,
        "error_percent": Decimal(percent[1]) if percent else None,
    }
    given = {name: value for name, value in wished.items() if value is not None}
    if not given:
        return f"I can propose another p95 (“500 ms”) or error rate (“2 %”), and found none in: “{wish[:200]}”."
    for name, value in given.items():
        lowest, highest = LIMITS[name]
        if not lowest <= value <= highest:
            return f"{name} may be from {lowest} to {highest}, not {value}."
    fields = tuple(replace(f, default=str(given[f.name])) if f.name in given else f for f in request.fields)
    told = [f"{f.name}: {f.default} → {given[f.name]}" for f in request.fields if f.name in given]
    return replace(request, fields=fields, changed=tuple(told))


def ask_saving(project: Project, stands: Sizes, wanted: Sizes, price_of: PriceOf) -> Request:
    """May the stack be made this much smaller? A yes is to the idea: its plan is asked about by itself."""
    was, now = price_of(stands), price_of(wanted)
    return Request(
        kind="cost-optimisation",
        agent=AGENT,
        action="Make the stack cheaper",
        details="Nothing changes by this answer alone: after a yes I plan the change, and ask about that plan.",
        subject=Subject("the change", saving_terms(project, stands, wanted)),
        facts=(
            Fact("Change", "; ".join(wishes.differences(stands, wanted))),
            Fact("Saving", _saved(was, now)),
            Fact("The way back", f"the sizes now: {', '.join(str(v) for v in stands.as_parameters().values())}"),
        ),
        # A saving asks for no money; where it can't be computed, nobody but a person can say so.
        cost=Cost(Decimal(0), Decimal(0), source="a saving") if saves(was, now) else None,
        priority=Priority.LOW,
    )


def saving_terms(project: Project, stands: Sizes, wanted: Sizes) -> dict[str, Scalar]:
    """What an approval names: from which sizes to which."""
    return {"project": project.slug} | stands.as_parameters() | _wanted(wanted)


def wanted_sizes(request: Request) -> Sizes:
    """The sizes that a request of ours would go to."""
    given = request.subject.parameters
    return Sizes(
        str(given["wanted_region"]),
        str(given["wanted_database_size"]),
        str(given["wanted_container_size"]),
        int(str(given["wanted_web_tasks"])),
    )


def change_saving(request: Request, wish: str, project: Project, stands: Sizes, price_of: PriceOf) -> Request | str:
    """Another change that saves, or why there is none."""
    read = wishes.read(wish, stands)
    if not read.understood:
        return f"I can take another size, number of tasks or upper cost, and found none of them in: “{wish[:200]}”."
    after = read.sizes if read.at_most is None else wishes.fit(read.sizes, read.at_most, price_of)
    if after is None:
        return f"Even the smallest sizes cost more than ${read.at_most} a month."
    if after.region != stands.region:
        return "Another region is a move, not a saving: it would be a project of its own."
    if not saves(price_of(stands), price_of(after)):
        return f"That saves nothing: {', '.join(wishes.differences(stands, after)) or 'it is what stands now'}."
    told = wishes.differences(wanted_sizes(request), after)
    if not told:
        return "That is what I proposed already."
    return replace(ask_saving(project, stands, after, price_of), changed=told)


def saves(was: Cost, now: Cost) -> bool:
    """True when it is known to cost less a month."""
    return was.high is not None and now.high is not None and not now.unpriced and now.high < was.high


def _saved(was: Cost, now: Cost) -> str:
    if was.high is None or now.high is None:
        return "not known: something in it has no price"
    return f"${was.high - now.high:,.2f} a month: ${was.high:,.2f} → ${now.high:,.2f}"


def _wanted(sizes: Sizes) -> dict[str, Scalar]:
    return {f"wanted_{name}": value for name, value in sizes.as_parameters().items()}


def _number(name: str, label: str, default: Decimal, whole: bool = False) -> Field:
    lowest, highest = LIMITS[name]
    return Field(name, label, FieldSort.NUMBER, str(default), lowest=lowest, highest=highest, whole=whole)
