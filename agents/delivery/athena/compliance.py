"""Athena's compliance review: a checklist a regime, each item with computed evidence, or for a person to confirm.

Rule: what can't be computed is never ticked.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from agents.delivery.athena.report import AGAIN, AGENT, report_terms
from agents.delivery.project import Project
from checkpoints.core.digest import short
from checkpoints.core.model import Fact, Field, FieldSort, Request, Subject
from checkpoints.core.work.release import Evidence, Release, Report
from checkpoints.core.work.stack import PlanSummary

CHECKLISTS = Path(__file__).with_name("compliance.toml")
USUAL = ("GDPR",)
"""Where a brief asks for the review and names no regime."""
ENCRYPTED, PRIVATE, LOGS = "Encrypted at rest", "Database reachable", "Logs kept"
EU = re.compile(r"eu-(?:west|central|north|south)-[13]")
"""Regions in the EU; eu-west-2 is London, eu-central-2 is Zurich."""


@dataclass(frozen=True)
class Item:
    """One line of a checklist. `evidence` names what we can compute of it, nothing where only a person knows."""

    name: str
    source: str
    looked_at: str
    evidence: str = ""


@dataclass(frozen=True)
class Regime:
    """One checklist; `name` is the word that a brief uses."""

    name: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Proof:
    """What we found about an item. `good` None: nothing that settles it."""

    says: str
    good: bool | None


Known = Mapping[str, Proof]
"""What was computed, by the name that `compliance.toml` gives it."""
NOTHING = Proof("", None)


@cache
def regimes() -> dict[str, Regime]:
    """The checklists that we ship."""
    table = tomllib.loads(CHECKLISTS.read_text(encoding="utf-8"))
    return {
        name: Regime(name, one["title"], tuple(Item(**item) for item in one["item"])) for name, one in table.items()
    }


def safeguards(plan: PlanSummary) -> tuple[Fact, ...]:
    """What a plan says of its database and its logs, as facts of the plan's card that the review finds again later."""
    databases = [c for c in plan.changes if c.sort in ("aws_db_instance", "aws_rds_instance") and c.planned]
    logs = [c for c in plan.changes if c.sort == "aws_cloudwatch_log_group" and c.planned]
    found = []
    for change in databases:
        encrypted = change.planned.get("storage_encrypted") is True
        public = change.planned.get("publicly_accessible") is not False
        found.append(Fact(ENCRYPTED, f"{change.what}: {'yes' if encrypted else 'NO'}", dangerous=not encrypted))
        found.append(Fact(PRIVATE, f"{change.what}: {'from the internet' if public else 'inside only'}", public))
    for change in logs:
        days = change.planned.get("retention_in_days")
        found.append(Fact(LOGS, f"{change.what}: {f'{days} days' if days else 'for ever'}", dangerous=not days))
    return tuple(found)


def known(
    plan: tuple[str, tuple[Fact, ...]] | None, region: str, release: Release, scan: Evidence, backup: str, apis: int
) -> Known:
    """What the case itself shows. `plan`: label and facts of the one that was applied; `backup`: of the one made."""
    label, facts = plan or ("", ())
    found = {
        "encryption": _from_plan(label, facts, ENCRYPTED),
        "private_database": _from_plan(label, facts, PRIVATE),
        "logs": _from_plan(label, facts, LOGS),
        "secrets": _secrets(release, scan),
    }
    if EU.fullmatch(region):
        found["place_in_the_eu"] = Proof(f"{region}, as {label or 'the selection'} says", True)
    if not release.imports:
        found["backup"] = Proof("the release takes no data over, so there is none to lose yet", True)
    elif backup:
        found["backup"] = Proof(backup, True)
    if not apis:
        found["no_third_party"] = Proof("the brief names no third party", True)
    return found


def report(chosen: tuple[Regime, ...], found: Known) -> Report:
    """The review as a page to keep: every item, with its evidence or as open."""
    lines = []
    for regime in chosen:
        lines += [f"# {regime.name}: {regime.title}", ""]
        for item in regime.items:
            proof = found.get(item.evidence, NOTHING)
            mark = {True: "shown", False: "CONTRADICTED", None: "to be confirmed by a person"}[proof.good]
            lines += [f"- {item.name} ({item.source}): {mark}", f"  - looked at: {item.looked_at}"]
            lines += [f"  - found: {proof.says}"] if proof.says else []
        lines.append("")
    left = open_items(chosen, found)
    bad = [item for regime in chosen for item in regime.items if found.get(item.evidence, NOTHING).good is False]
    total = sum(len(regime.items) for regime in chosen)
    says = f"{total - len(left) - len(bad)} of {total} shown, {len(left)} to be confirmed, {len(bad)} contradicted"
    figures = {"items": total, "open": len(left), "contradicted": len(bad)}
    content = "\n".join(lines).encode()
    return Report("Athena's checklist", says, not bad, "compliance-review.md", "text/markdown", content, figures)


def ask_compliance(project: Project, release: str, chosen: tuple[Regime, ...], found: Known, kept: Evidence) -> Request:
    """Does the project keep to its regimes? What we couldn't show, the person names the evidence of."""
    left = open_items(chosen, found)
    label = f"Evidence for the {len(left)} items to be confirmed: a link, a setting, a signed page for each"
    terms = report_terms(project, release, kept.file.sha256) | {"regimes": ", ".join(r.name for r in chosen)}
    return Request(
        kind="compliance-review",
        agent=AGENT,
        action=f"Compliance review: {', '.join(regime.name for regime in chosen)}",
        details="I went through the checklist. A tick is something that I computed; the rest needs your evidence.",
        subject=Subject("the report", terms),
        facts=(
            *(Fact("Regime", f"{regime.name}: {regime.title}") for regime in chosen),
            Fact("Report", f"{kept.file.name}, {short(kept.file.sha256)}: {kept.says}"),
            Fact("Release", short(release)),
            *(_fact(regime, item, found.get(item.evidence, NOTHING)) for regime in chosen for item in regime.items),
        ),
        fields=(Field("evidence", label, FieldSort.TEXT),) if left else (),
        attachments=(kept.file,),
    )


def regimes_for(project: Project) -> tuple[Regime, ...]:
    """Those that the brief names, the usual one where it names none."""
    return tuple(regimes()[name] for name in project.compliance or USUAL)


def regimes_wished(request: Request, wish: str) -> tuple[Regime, ...] | str:
    """Which regimes to review against instead, or why the wish can't be met. None is ever left out by a wish."""
    present = str(request.subject.parameters["regimes"]).split(", ")
    named = [name for name in regimes() if re.search(rf"\b{name}\b", wish, re.I) and name not in present]
    if not named and not AGAIN.search(wish):
        can = f"I can look again, or add a regime ({', '.join(regimes())})"
        return f"{can}, and found neither in: “{wish[:200]}”. Evidence that you have goes into the answer's field."
    return tuple(regimes()[name] for name in (*present, *named))


def change_compliance(before: Request, after: Request) -> Request:
    """The new review's request, saying which items changed."""
    was, now = (
        {fact.label: fact.value for fact in one.facts if fact.label not in ("Regime", "Report")}
        for one in (before, after)
    )
    told = [f"{label}: {was.get(label, '–')} → {value}" for label, value in now.items() if was.get(label) != value]
    return replace(after, changed=tuple(told) or ("I looked again: everything is as it was",))


def open_items(chosen: tuple[Regime, ...], found: Known) -> tuple[Item, ...]:
    """What only a person can confirm."""
    every = (item for regime in chosen for item in regime.items)
    return tuple(item for item in every if found.get(item.evidence, NOTHING).good is None)


def _fact(regime: Regime, item: Item, proof: Proof) -> Fact:
    label = f"{regime.name}, {item.name} ({item.source})"
    if proof.good is None:
        return Fact(label, f"confirm: {item.looked_at}")
    return Fact(label, f"{'✓' if proof.good else '✗'} {proof.says}", dangerous=not proof.good)


def _from_plan(label: str, facts: tuple[Fact, ...], wanted: str) -> Proof:
    said = [fact for fact in facts if fact.label == wanted]
    if not said:
        return NOTHING
    return Proof(f"{label}: {'; '.join(fact.value for fact in said)}", not any(fact.dangerous for fact in said))


def _secrets(release: Release, scan: Evidence) -> Proof:
    number = scan.figure("secrets")
    if number is None:
        return NOTHING
    if number:
        return Proof(f"{number} secrets are written in the release itself", False)
    handed = f"it is handed those of {', '.join(release.secrets)} from the vault" if release.secrets else "it gets none"
    return Proof(f"no secret is written in the release; {handed}", True)
