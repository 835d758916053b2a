"""Releases: an image is built, shown with what real runs of it said, and served exactly as it was approved."""

from collections.abc import Callable
from dataclasses import replace

from pydantic import TypeAdapter

from agents.delivery import deployments, orchestrator
from agents.delivery.athena import security
from agents.delivery.project import Project, Sizes
from checkpoints.core.digest import short
from checkpoints.core.errors import Refused
from checkpoints.core.model import Attachment, Fact, Request, Scalar
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.release import Deployed, Environment, Evidence, Release
from checkpoints.store.documents import dump, load
from flows.delivery.phases.credentials import tickets_for
from flows.delivery.phases.initialisation import selected
from flows.delivery.tables import price_of_task
from flows.evidence import keep, reported
from flows.gate import Question
from flows.outcomes import Refusal, Settled, earlier, every_earlier, settle, void_because
from flows.ports import deployer
from flows.steps import Effect, Result, step
from flows.work import Work

STAGING, PRODUCTION = Environment.STAGING, Environment.PRODUCTION
PROBE = (1, 1)
"""Users and seconds: enough to see that it answers."""
STAGED, REVIEWED, LIVE = "staging-deployment", "security-review", "production-deployment"
ROLL_BACK, AFTER_ALARM = "rollback-production", "roll back"
"""The branch that goes back, and the question by which the care run does after an alarm."""
MIGRATIONS = ("database-migration", "data-migration")
RELEASE: TypeAdapter[Release] = TypeAdapter(Release)
Known = tuple[tuple[Fact, ...], tuple[Attachment, ...]]
"""What an image showed before it goes to production, and the reports that say so."""


def deploy_staging(work: Work, project: Project) -> Settled | Refusal:
    """Builds the release, runs its tests, asks, and serves it on staging."""
    place, case = deployer(work), work.case.slug

    def asked(release: Release, anew: str = "") -> Request:
        cost = price_of_task(project, standing_sizes(work, project))
        tests = tested(work, release.digest)
        return deployments.ask_staging(project, release, tests, place.current(case, STAGING), cost, anew)

    def change(request: Request, wish: str) -> Request | str:
        cannot = deployments.cannot_rebuild(wish)
        return cannot or deployments.rebuilt(request, asked(place.build(case, project.release)))

    question = Question(
        STAGED, lambda attempt: asked(built(work, project, attempt), void_because(work, STAGED)), change
    )
    return settle(work, question, lambda point: _serve(work, project, point, STAGING, "deploy to staging"))


def deploy_production(work: Work, project: Project) -> Settled | Refusal:
    """Asks for the very image that was staged, with what is known of it, and serves it in production."""
    return _deploy_production(work, project, lambda attempt: staged(work, project, attempt), fresh=False)


def deploy_again(work: Work, project: Project, environment: Environment) -> Settled | Refusal:
    """Builds what the folder holds now, for an environment. Only what was on staging may go to production."""
    if environment is STAGING:
        return deploy_staging(work, project)
    release = built(work, project, attempt=1)
    if release.digest not in [_image(staged.point.request) for staged in every_earlier(work, STAGED)]:
        return Refusal(
            f"What {project.release} builds now, {short(release.digest)}, was never on staging. Nothing was asked: "
            f"deploy it there first, with to-tools/deploy-staging.sh {project.slug}"
        )
    return _deploy_production(work, project, lambda _: deployer(work).kept(work.case.slug, release.digest), fresh=True)


def roll_back(work: Work, project: Project, name: str = LIVE) -> Settled | Refusal:
    """Asks, in a question of that name, for the image that was served in production before, and serves it again."""
    place, case = deployer(work), work.case.slug
    noted = step(work, f"what to go back to/{name}", lambda: _before(in_production(work)))
    if not noted["release"]:
        return Refusal(f"There is nothing to go back to: {noted['why']}. Production is as it was")

    def asked(anew: str = "") -> Request:
        served = place.current(case, PRODUCTION)
        if served is None:
            raise Refused("Nothing is served in production any more. Nothing was asked: deploy a release there.")
        release = place.kept(case, noted["release"])
        facts, files = _recorded(work, project, release)
        now = place.kept(case, served.digest)
        return deployments.with_files(deployments.ask_rollback(project, release, served, facts, now, anew), files)

    def change(request: Request, wish: str) -> Request | str:
        return deployments.cannot_look(wish) or deployments.looked_again(request, asked())

    question = Question(name, lambda _: asked(void_because(work, name)), change)
    return settle(work, question, lambda point: _serve(work, project, point, PRODUCTION, "roll production back"))


def in_production(work: Work) -> Deployed | None:
    """What production serves. What was put back itself has none to go back to: that would be the one left then."""
    served = deployer(work).current(work.case.slug, PRODUCTION)
    newest = earlier(work, LIVE)
    if served is None or newest is None or _image(newest.point.request) != served.digest:
        return served
    return replace(served, before=None) if _put_back(newest.point) else served


def built(work: Work, project: Project, attempt: int) -> Release:
    """The image of the project's folder, built once an attempt."""
    place, case = deployer(work), work.case.slug
    made = step(work, f"build/{attempt}", lambda: {"release": dump(RELEASE, place.build(case, project.release))})
    return load(RELEASE, made["release"])


def staged(work: Work, project: Project, attempt: int) -> Release:
    """The image that was approved for staging last, as it is kept; built anew where a person said to go without."""
    found = earlier(work, STAGED)
    if found is None:
        return built(work, project, attempt)
    return deployer(work).kept(work.case.slug, _image(found.point.request))


def tested(work: Work, digest: str) -> Evidence:
    """What the image's own tests say; they run once in a run."""
    return reported(work, f"test/{digest}", lambda: deployer(work).test(work.case.slug, digest))


def scanned(work: Work, digest: str) -> Evidence:
    """What the scanners find in the image; they run once in a run."""
    return reported(work, f"scan/{digest}", lambda: deployer(work).scan(work.case.slug, digest))


def standing_sizes(work: Work, project: Project) -> Sizes:
    """The sizes of the plan that was applied last; where a person said to go without one, those that were selected."""
    plan = earlier(work, "terraform-plan")
    return orchestrator.sizes_in(plan.point.request) if plan else selected(work, project)


def _deploy_production(work: Work, project: Project, image: Callable[[int], Release], fresh: bool) -> Settled | Refusal:
    place, case = deployer(work), work.case.slug

    def asked(release: Release, anew: str = "") -> Request:
        served = place.current(case, PRODUCTION)
        facts, files = _shown(work, project, release, fresh)
        back = served and (served.before if served.digest == release.digest else served.digest)
        before = place.kept(case, back) if back else None
        return deployments.with_files(deployments.ask_production(project, release, served, facts, before, anew), files)

    def change(request: Request, wish: str) -> Request | str:
        release = place.kept(case, _image(request))
        return deployments.cannot_look(wish) or deployments.looked_again(request, asked(release))

    question = Question(LIVE, lambda attempt: asked(image(attempt), void_because(work, LIVE)), change)
    return settle(work, question, lambda point: _serve(work, project, point, PRODUCTION, "deploy to production"))


def _serve(work: Work, project: Project, point: Checkpoint, where: Environment, name: str) -> Effect:
    place, case = deployer(work), work.case.slug
    digest = _image(point.request)

    def subject() -> dict[str, Scalar]:
        return deployments.terms(project, where, place.kept(case, digest), place.current(case, where))

    def serve() -> Result:
        release = place.kept(case, digest)
        tickets = tickets_for(work, release.secrets, f"{point.label} serves it in {where}")
        done = place.deploy(case, where, digest, tickets)
        return {"environment": str(where), "release": done.digest, "address": done.address, "before": done.before or ""}

    return Effect(name, subject, serve)


def _shown(work: Work, project: Project, release: Release, fresh: bool) -> Known:
    """What production is asked with. `fresh`: by runs now, whatever earlier questions say of this image."""
    place, case, digest = deployer(work), work.case.slug, release.digest
    tests = None if fresh else _said(work, digest, STAGED, "Tests", "Tests")
    scan = None if fresh else _said(work, digest, REVIEWED, "Findings", "Scan")
    if tests is None:
        ran = tested(work, digest)
        tests = (deployments.tests_fact(ran),), (ran.file,)
    if scan is None:
        found = scanned(work, digest)
        scan = (security.findings_fact(found, "Scan"),), (found.file,)
    served = place.current(case, STAGING)
    asked = served is not None and served.digest == digest
    probe = keep(work, place.load(case, STAGING, *PROBE)) if asked else None
    staging = (deployments.staging_fact(digest, served, probe),), (probe.file,) if probe else ()
    return _together(tests, scan, staging, _migrated(work, project, release))


def _recorded(work: Work, project: Project, release: Release) -> Known:
    """What is recorded of an image that production served before."""
    digest = release.digest
    tests = _said(work, digest, STAGED, "Tests", "Tests") or _said(work, digest, LIVE, "Tests", "Tests")
    scan = _said(work, digest, REVIEWED, "Findings", "Scan") or _said(work, digest, LIVE, "Scan", "Scan")
    unknown = [((deployments.not_known(label),), ()) for label in ("Tests", "Scan")]
    staging = (Fact("Staging", "not looked at: production itself served this image before"),), ()
    return _together(tests or unknown[0], scan or unknown[1], staging, _migrated(work, project, release))


def _said(work: Work, digest: str, kind: str, label: str, called: str) -> Known | None:
    """What the newest question of a kind about this very image showed, under the name that it has here."""
    for point in (settled.point for settled in every_earlier(work, kind) if _image(settled.point.request) == digest):
        fact = next((fact for fact in point.request.facts if fact.label == label), None)
        if fact is not None:
            said = replace(fact, label=called, value=f"{fact.value}, says {point.label}")
            return (said,), point.request.attachments
    return None


def _migrated(work: Work, project: Project, release: Release) -> Known:
    done = {
        str(value)
        for kind in MIGRATIONS
        for settled in every_earlier(work, kind)
        for name, value in settled.point.request.subject.parameters.items()
        if name.startswith("script ")
    }
    planned = not {*MIGRATIONS}.isdisjoint(project.optional_kinds)
    return (deployments.migrations_fact(release, done, planned),), ()


def _put_back(point: Checkpoint) -> bool:
    return point.branch.startswith(ROLL_BACK) or point.question.startswith(f"{AFTER_ALARM}/")


def _image(request: Request) -> str:
    return str(request.subject.parameters["release"])


def _together(*parts: Known) -> Known:
    return tuple(fact for facts, _ in parts for fact in facts), tuple(file for _, files in parts for file in files)


def _before(served: Deployed | None) -> Result:
    if served is None:
        return {"release": "", "why": "nothing is served in production"}
    return {"release": served.before or "", "why": "what is served is the first release, or was put back itself"}
