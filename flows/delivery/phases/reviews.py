"""Athena's reviews: what a tool finds out about the staged image is kept, and people accept exactly that report."""

from agents.delivery.athena import compliance, load, security
from agents.delivery.athena.compliance import Regime
from agents.delivery.project import Load, Project
from checkpoints.core.errors import Refused
from checkpoints.core.model import Fact, Request, Scalar
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.release import Environment, Release
from flows.delivery.phases.releases import scanned, staged, standing_sizes
from flows.evidence import keep, still_kept
from flows.gate import Question
from flows.outcomes import Refusal, Settled, every_earlier, settle
from flows.ports import deployer
from flows.steps import Effect
from flows.work import Work


def review_security(work: Work, project: Project) -> Settled | Refusal:
    """Scans the staged image, and asks whether what was found is accepted."""
    place, case = deployer(work), work.case.slug

    def asked(release: Release) -> Request:
        report = place.scan(case, release.digest)
        return security.ask_security(project, release.digest, keep(work, report), security.findings(report.content))

    def change(request: Request, wish: str) -> Request | str:
        cannot = security.cannot_rescan(wish)
        return cannot or security.change_security(request, asked(staged(work, project, attempt=1)))

    question = Question("security-review", lambda attempt: asked(staged(work, project, attempt)), change)
    return settle(work, question, lambda point: _accept(work, point))


def review_compliance(work: Work, project: Project) -> Settled | Refusal:
    """Goes through the regimes' checklists, and asks a person for the evidence that can't be computed."""

    def asked(release: Release, chosen: tuple[Regime, ...]) -> Request:
        found = _known(work, project, release)
        kept = keep(work, compliance.report(chosen, found))
        return compliance.ask_compliance(project, release.digest, chosen, found, kept)

    def change(request: Request, wish: str) -> Request | str:
        chosen = compliance.regimes_wished(request, wish)
        if isinstance(chosen, str):
            return chosen
        return compliance.change_compliance(request, asked(staged(work, project, attempt=1), chosen))

    def ask(attempt: int) -> Request:
        return asked(staged(work, project, attempt), compliance.regimes_for(project))

    return settle(work, Question("compliance-review", ask, change), lambda point: _accept(work, point))


def test_load(work: Work, project: Project) -> Settled | Refusal:
    """Puts load on staging, and asks whether what was measured is good enough."""
    place, case = deployer(work), work.case.slug

    def asked(wanted: Load) -> Request:
        served = place.current(case, Environment.STAGING)
        if served is None:
            raise Refused("Nothing is served on staging, so no load can be put on it. Nothing was asked: deploy first.")
        report = place.load(case, Environment.STAGING, wanted.users, wanted.seconds)
        return load.ask_load(project, served.digest, wanted, keep(work, report))

    def change(request: Request, wish: str) -> Request | str:
        wanted = load.load_wished(request, wish)
        return wanted if isinstance(wanted, str) else load.change_load(request, asked(wanted))

    question = Question("load-test", lambda _: asked(load.load_for(project)), change)
    return settle(work, question, lambda point: _accept(work, point))


def _accept(work: Work, point: Checkpoint) -> Effect:
    """An effect in the ledger alone, bound to the report and the image as they are kept now."""
    asked = point.request.subject.parameters
    release, report = str(asked["release"]), str(asked["report"])

    def subject() -> dict[str, Scalar]:
        kept = deployer(work).kept(work.case.slug, release)
        return still_kept(work, asked) | {"release": kept.digest}

    return Effect("accept the report", subject, lambda: {"release": release, "report": report}, outside=False)


def _known(work: Work, project: Project, release: Release) -> compliance.Known:
    region = standing_sizes(work, project).region
    scan = scanned(work, release.digest)
    return compliance.known(_applied(work), region, release, scan, _backup(work), len(project.third_parties))


def _applied(work: Work) -> tuple[str, tuple[Fact, ...]] | None:
    """The newest plan that says how the database is kept: a later one may change other things only."""
    for settled in every_earlier(work, "terraform-plan"):
        if any(fact.label == compliance.ENCRYPTED for fact in settled.point.request.facts):
            return settled.point.label, settled.point.request.facts
    return None


def _backup(work: Work) -> str:
    """What the newest data migration says of the backup that it made; nothing where none ran."""
    for settled in every_earlier(work, "data-migration"):
        fact = next((fact for fact in settled.point.request.facts if fact.label == "Backup"), None)
        if fact is not None and settled.result:
            return f"{fact.value}, says {settled.point.label}"
    return ""
