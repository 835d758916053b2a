"""Athena: asks people to accept what the scanners found in an image. The figures are the tools', the words are ours."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from agents.asking_back import recognised
from agents.delivery.athena.report import AGAIN, AGENT, report_terms, value_of
from agents.delivery.project import Project
from checkpoints.core.digest import short
from checkpoints.core.errors import Refused
from checkpoints.core.model import Fact, Field, FieldSort, Json, Request, Subject
from checkpoints.core.work.release import Evidence
from checkpoints.core.work.signs import Sign

MOST_SHOWN = 20
MEANS = {
    "B102": "runs text as Python code",
    "B105": "holds what looks like a password",
    "B106": "hands over what looks like a password",
    "B107": "has what looks like a password as a default",
    "B108": "writes to a temporary file that others can foresee",
    "B113": "waits for another server without a limit",
    "B201": "starts Flask with its debugger, which runs any code",
    "B301": "unpickles data, which may run code",
    "B307": "evaluates text as code",
    "B324": "uses a broken hash",
    "B501": "does not check a server's certificate",
    "B506": "reads YAML in a way that may run code",
    "B602": "starts a shell with text that it put together",
    "B608": "puts SQL together from text",
}
"""Our words for bandit's rules: its own may repeat the very secret that it found."""
MEANT = {"secret": "looks like a secret", "unread": "could not be looked at by the scanner"}


@dataclass(frozen=True)
class Finding:
    """One place in an image. `severity`: high, medium, low, secret, or unread for what no scanner could look at.

    `line` counts from 1; 0 is the file as a whole.
    """

    severity: str
    rule: str
    file: str
    line: int

    @property
    def grave(self) -> bool:
        return self.severity not in ("medium", "low")

    @property
    def says(self) -> str:
        means = MEANS.get(self.rule) or MEANT.get(self.severity, "is not safe, say the rule's pages")
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {means} ({self.rule})"


def findings(report: bytes) -> tuple[Finding, ...]:
    """What a scan's kept report lists, the worst first. Raises Refused when it can't be read: nothing is clean then."""
    try:
        found = json.loads(report)
        listed = [_finding(str(one["severity"]), one, str(one["what"]).partition(":")[0]) for one in found["issues"]]
        listed += [_finding("secret", one, str(one["what"])) for one in found["secrets"]]
        listed += [Finding("unread", "no rule", str(name), 0) for name in found["unread"]]
    except (ValueError, KeyError, TypeError) as wrong:
        raise Refused("The scan's report can't be read. Nothing was asked: scan again.") from wrong
    return tuple(sorted(listed, key=lambda one: (not one.grave, one.severity != "medium")))


def ask_security(project: Project, release: str, scan: Evidence, found: tuple[Finding, ...]) -> Request:
    """Is this report of the scanners good enough to go to production with? `release` is the image's digest."""
    medium = [one for one in found if one.severity == "medium"]
    accepted = Field("accepted", "Which findings do you accept, why, and until when", FieldSort.TEXT)
    return Request(
        kind="security-review",
        agent=AGENT,
        action="Security scan results",
        details="I scanned the image that is on staging. Is it good enough to go to production with?",
        subject=Subject("the report", report_terms(project, release, scan.file.sha256)),
        facts=(
            *_dangers(found),
            *recognised(None if scan.good else Sign.SECURITY),
            findings_fact(scan),
            Fact("Report", f"{scan.file.name}, {short(scan.file.sha256)}, by {scan.tool}"),
            Fact("Release", short(release)),
            *(Fact("Medium finding", one.says) for one in medium[:MOST_SHOWN]),
        ),
        fields=(accepted,) if medium or any(one.grave for one in found) or not scan.good else (),
        attachments=(scan.file,),
    )


def change_security(before: Request, after: Request) -> Request:
    """The new scan's request, saying what it finds now and found then."""
    was, now = before.subject.parameters["release"], after.subject.parameters["release"]
    image = (f"image: {short(str(was))} → {short(str(now))}",) if was != now else ("the same image, scanned again",)
    return replace(after, changed=(*image, f"findings: {value_of(before, 'Findings')} → {value_of(after, 'Findings')}"))


def cannot_rescan(wish: str) -> str | None:
    """None when what is on staging now is to be scanned, else that the wish is none of ours, and what would be."""
    can = "I can scan what is on staging now (say “scan again”), and found nothing of that in"
    return None if AGAIN.search(wish) else f"{can}: “{wish[:200]}”."


def findings_fact(scan: Evidence, label: str = "Findings") -> Fact:
    """The scan's figures in one line. What wasn't measured isn't clean."""
    counts = {name: scan.figure(name) for name in ("high", "medium", "low", "secrets")}
    if None in counts.values():
        return Fact(label, f"not known: {scan.says}", dangerous=True)
    told = [", ".join(f"{counts[name]} {name}" for name in ("high", "medium", "low"))]
    told += [f"{counts['secrets']} secrets found" if counts["secrets"] else "no secrets found"]
    told += [f"{unread} files could not be looked at"] if (unread := scan.figure("unread")) else []
    return Fact(label, "; ".join(told), dangerous=not scan.good or bool(counts["high"] or counts["secrets"]))


def _dangers(found: tuple[Finding, ...]) -> Iterator[Fact]:
    grave = [one for one in found if one.grave]
    yield from (Fact(f"{one.severity.capitalize()} finding", one.says, dangerous=True) for one in grave[:MOST_SHOWN])
    if len(grave) > MOST_SHOWN:
        yield Fact("More", f"{len(grave) - MOST_SHOWN} more as grave are in the report", dangerous=True)


def _finding(severity: str, found: Mapping[str, Json], rule: str) -> Finding:
    return Finding(severity, rule, str(found["file"]), int(str(found["line"])))
