"""The SQL scripts of a release: a person reads what will run, then it runs, in its order, one database at a time."""

from collections.abc import Callable, Sequence

from agents.delivery import migrations
from agents.delivery.migrations import Script
from agents.delivery.project import Project
from checkpoints.cloud import sql
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Attachment, Request, Scalar
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.release import Environment, Release, Report
from flows.delivery.phases.releases import built
from flows.evidence import keep
from flows.gate import Question
from flows.outcomes import NotNeeded, Refusal, Settled, settle, void_because
from flows.ports import deployer, files
from flows.steps import Effect, Result
from flows.work import Work

DATABASE, DATA = "database-migration", "data-migration"
EVERYWHERE = (Environment.STAGING, Environment.PRODUCTION)
LIVE = (Environment.PRODUCTION,)
"""The client's data goes only where it is used."""
SQL = "application/sql"


def migrate_database(work: Work, project: Project) -> Settled | Refusal | NotNeeded:
    """Runs the schema's scripts, first on staging: what fails there never reaches production."""

    def asked(release: Release, anew: str) -> Request:
        scripts = _read(work, release, release.migrations)
        return migrations.ask_database(project, release, scripts, EVERYWHERE, anew)

    return _migrate(work, project, DATABASE, asked)


def migrate_data(work: Work, project: Project) -> Settled | Refusal | NotNeeded:
    """Brings the client's data in, after a trial on a copy of the database, and compares the two."""

    def asked(release: Release, anew: str) -> Request:
        scripts = _read(work, release, release.imports)
        tried = [_run(work, LIVE[0], release.digest, script.name, dry=True) for script in scripts]
        return migrations.ask_data(project, release, scripts, LIVE, tried, anew)

    return _migrate(work, project, DATA, asked)


def _migrate(
    work: Work, project: Project, kind: str, asked: Callable[[Release, str], Request]
) -> Settled | Refusal | NotNeeded:
    first = built(work, project, attempt=1)
    if not _scripts(first, kind):
        return NotNeeded(f"{project.release} brings no script for it.")

    def change(request: Request, wish: str) -> Request | str:
        cannot = migrations.change(wish)
        if cannot:
            return cannot
        return migrations.changed(request, asked(deployer(work).build(work.case.slug, project.release), ""))

    question = Question(kind, lambda attempt: asked(built(work, project, attempt), void_because(work, kind)), change)
    settled = settle(work, question, lambda point: _effect(work, project, point, kind))
    if isinstance(settled, Refusal):
        return settled
    said = settled.result.get("sentence") or f"{settled.point.label}: a person found that its scripts ran."
    return Settled(settled.point, settled.result | {"sentence": said})


def _effect(work: Work, project: Project, point: Checkpoint, kind: str) -> Effect:
    approved = point.request.subject.parameters
    digest, where = str(approved["release"]), EVERYWHERE if kind == DATABASE else LIVE

    def subject() -> dict[str, Scalar]:
        scripts = _scripts(deployer(work).kept(work.case.slug, digest), kind)
        trial = {name: value for name, value in approved.items() if name.startswith("rows ")}
        return migrations.terms(project, digest, scripts, where) | trial

    def run() -> Result:
        scripts = _scripts(deployer(work).kept(work.case.slug, digest), kind)
        ran = _all(work, digest, [(place, name) for place in where for name, _ in scripts])
        differing = migrations.differences(approved, [report for _, _, report in ran]) if kind == DATA else ()
        said = [f"{place}: {report.says}" for place, _, report in ran]
        compared = [f"Not as in the trial: {'; '.join(differing)}"] if differing else []
        kept = {f"evidence {name} on {place}": keep(work, report).file.sha256 for place, name, report in ran}
        return kept | {"sentence": ". ".join([*said, *compared]) + "."}

    return Effect("run the scripts", subject, run)


def _all(work: Work, digest: str, order: Sequence[tuple[Environment, str]]) -> list[tuple[Environment, str, Report]]:
    """Each in turn. Raises what the first that fails raises, saying which ran before: the database's list has them."""
    ran: list[tuple[Environment, str, Report]] = []
    for place, name in order:
        try:
            ran.append((place, name, _run(work, place, digest, name)))
        except (Refused, Unavailable, OutcomeUnknown) as wrong:
            before = ", ".join(f"{known} on {there}" for there, known, _ in ran)
            note = f" Before it ran, and won't run again: {before}." if before else ""
            raise type(wrong)(f"{name} on {place}: {wrong}{note}") from wrong
    return ran


def _run(work: Work, place: Environment, digest: str, name: str, dry: bool = False) -> Report:
    return deployer(work).migrate(work.case.slug, place, digest, name, dry)


def _scripts(release: Release, kind: str) -> tuple[tuple[str, str], ...]:
    return release.migrations if kind == DATABASE else release.imports


def _read(work: Work, release: Release, scripts: Sequence[tuple[str, str]]) -> list[Script]:
    """Each script with what it locks and takes away, and its text kept, so that a person reads what will run."""

    def read(name: str, digest: str) -> Script:
        content = deployer(work).script(work.case.slug, release.digest, name)
        text = content.decode("utf-8", "replace")
        locks = dict.fromkeys(f"{lock.what}: {lock.mode} ({lock.means})" for lock in sql.locks(text))
        back = "by the way back at its end" if sql.has_way_back(text) else ""
        file = Attachment(name, files(work).put(content), SQL, len(content))
        return Script(name, digest, tuple(locks), sql.destroys(text), back, file)

    return [read(name, digest) for name, digest in scripts]
