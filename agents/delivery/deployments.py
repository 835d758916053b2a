"""Hephaestus: asks for a release to be served. What the facts say was shown by real runs of that very release."""

import re
from collections.abc import Collection
from dataclasses import replace

from agents.delivery.project import Project
from checkpoints.core.digest import short
from checkpoints.core.model import Attachment, Cost, Fact, Priority, Request, Risk, Scalar, Subject
from checkpoints.core.work.release import Deployed, Environment, Evidence, Release

AGENT = "Hephaestus"
REBUILD = re.compile(r"\b(?:re-?build|again|anew)\b", re.I)
LOOK = re.compile(r"\b(?:again|anew|look|check|verify)\b", re.I)
CAN_REBUILD = "I can build the release's folder again (say “rebuild”), and found nothing of that in"
CAN_LOOK = (
    "I can look at everything again (say “again”). Another image goes to staging first, and is a request of its own; "
    "I found no wish of mine in"
)
NOT_KNOWN = "not known: nothing is recorded of it"


def terms(project: Project, where: Environment, release: Release, served: Deployed | None) -> dict[str, Scalar]:
    """What an approval names: this image, there, instead of what is served there now."""
    instead_of = served.digest if served else None
    return release.as_parameters() | {"environment": where, "project": project.slug, "instead_of": instead_of}


def ask_staging(
    project: Project, release: Release, tests: Evidence, served: Deployed | None, cost: Cost, anew: str = ""
) -> Request:
    """May this image be served on staging? `anew`: why an approval before this one came to nothing."""
    tested = tests_fact(tests)
    return Request(
        kind="staging-deployment",
        agent=AGENT,
        action="Deploy to staging",
        details="The release is built, and its own tests were run behind the fence. Deploy to staging?",
        subject=Subject("the image", terms(project, Environment.STAGING, release, served)),
        facts=(*_asked_anew(anew), _image(release), tested, _secrets(release), _where("staging", served)),
        cost=cost,
        risks=(Risk.FAILURE,) if tested.dangerous or anew else (),
        priority=Priority.MEDIUM,
        attachments=(tests.file,),
    )


def ask_production(
    project: Project,
    release: Release,
    served: Deployed | None,
    shown: tuple[Fact, ...],
    before: Release | None,
    anew: str = "",
) -> Request:
    """May this image go to production? `shown`: its facts Tests, Scan, Staging and Migrations."""
    return Request(
        kind="production-deployment",
        agent=AGENT,
        action="Deploy to production",
        details="Ready for production deployment. Deploy to production?",
        subject=Subject("the image", terms(project, Environment.PRODUCTION, release, served)),
        facts=(
            *_asked_anew(anew),
            _image(release),
            *shown,
            way_back(before),
            _secrets(release),
            _where("production", served),
        ),
        risks=(Risk.PRODUCTION,),
        reversible=before is not None,
    )


def ask_rollback(
    project: Project, release: Release, served: Deployed, shown: tuple[Fact, ...], now: Release, anew: str = ""
) -> Request:
    """May production go back to the release before? `now` is the one that is served, which stays kept."""
    request = ask_production(project, release, served, shown, now, anew)
    return replace(
        request,
        action="Roll production back",
        details="The release that was served before is kept. Serve it again?",
    )


def rebuilt(before: Request, after: Request) -> Request | str:
    """The request for a new build, saying what differs; or that nothing does."""
    told = _differences(before, after)
    if before.subject.parameters["release"] == after.subject.parameters["release"]:
        return f"I built it again, and it is the same image, {_short(after)}: change what is in its folder first."
    return replace(after, changed=told)


def looked_again(before: Request, after: Request) -> Request:
    """The same image asked about again, saying which facts changed."""
    return replace(after, changed=_differences(before, after) or ("I looked again: everything is as it was",))


def cannot_rebuild(wish: str) -> str | None:
    """None when the wish is a new build, else that it is none of ours, and what would be."""
    return None if REBUILD.search(wish) else f"{CAN_REBUILD}: “{wish[:200]}”."


def cannot_look(wish: str) -> str | None:
    """None when the wish is another look, else that it is none of ours, and what would be."""
    return None if LOOK.search(wish) else f"{CAN_LOOK}: “{wish[:200]}”."


def tests_fact(tests: Evidence) -> Fact:
    """n of n, and which ones fail."""
    ran, failed, skipped = (tests.figure(name) for name in ("ran", "failed", "skipped"))
    if not ran or failed is None:
        return Fact("Tests", f"none ran: {tests.says}", dangerous=True)
    told = [f"{ran - failed - (skipped or 0)}/{ran} passing"]
    told += [f"{skipped} skipped"] if skipped else []
    told += [f"failing: {tests.figures.get('failing') or failed}"] if failed else []
    return Fact("Tests", "; ".join(told), dangerous=bool(failed) or not tests.good)


def staging_fact(digest: str, served: Deployed | None, probe: Evidence | None) -> Fact:
    """Whether this very image answers on staging now, with its link."""
    if served is None:
        return Fact("Staging", "not verified: nothing is served there", dangerous=True)
    if served.digest != digest:
        other = f"not verified: {served.address} serves another image, {short(served.digest)}"
        return Fact("Staging", other, dangerous=True)
    errors = probe.figure("error_percent") if probe else None
    if probe is None or errors is None or errors or not probe.figure("requests"):
        why = probe.says if probe else "it was not asked"
        return Fact("Staging", f"not verified: {served.address} does not answer as it should ({why})", dangerous=True)
    return Fact("Staging", f"verified now: {served.address} answers ({probe.says})")


def migrations_fact(release: Release, done: Collection[str], planned: bool) -> Fact:
    """Which of the release's scripts ran; `done` are their digests. Without a schema that was planned it may fail."""
    scripts = (*release.migrations, *release.imports)
    if not scripts:
        return Fact("Migrations", "none: the release brings no script")
    if not planned:
        return Fact("Migrations", f"none in this project's plan; the release brings {len(scripts)} scripts")
    left = [f"{name} did NOT run" for name, digest in release.migrations if digest not in done]
    told = [f"{name} ran" for name, digest in scripts if digest in done]
    told += [f"{name}, which brings data in, did not run" for name, digest in release.imports if digest not in done]
    return Fact("Migrations", "; ".join([*left, *told]), dangerous=bool(left))


def way_back(before: Release | None) -> Fact:
    """What a rollback would serve."""
    if before is None:
        return Fact("Rollback", "first release: there is none to go back to; a rollback is a new deployment")
    return Fact("Rollback", f"back to {short(before.digest)}, kept whole (its digest was computed anew)")


def not_known(label: str) -> Fact:
    """A fact of a release of which nothing is recorded."""
    return Fact(label, NOT_KNOWN, dangerous=True)


def with_files(request: Request, files: tuple[Attachment, ...]) -> Request:
    """The request with the reports that its facts come from, each once."""
    return replace(request, attachments=tuple({file.sha256: file for file in (*request.attachments, *files)}.values()))


def _image(release: Release) -> Fact:
    files = f"{release.files} file{'s' * (release.files != 1)}"
    return Fact("Image", f"{short(release.digest)} ({files}, {release.size:,} bytes)")


def _secrets(release: Release) -> Fact:
    handed = f"it is handed the credentials of {', '.join(release.secrets)} at its start"
    return Fact("Secrets", handed if release.secrets else "none are handed to it")


def _where(place: str, served: Deployed | None) -> Fact:
    now = f"{served.address}, where {short(served.digest)} is served now" if served else "nothing is served there yet"
    return Fact("Where", f"{place}: {now}")


def _asked_anew(why: str) -> tuple[Fact, ...]:
    return (Fact("Asked anew", why, dangerous=True),) if why else ()


def _differences(before: Request, after: Request) -> tuple[str, ...]:
    was, now = ({fact.label: fact.value for fact in request.facts} for request in (before, after))
    return tuple(f"{label}: {was.get(label, '–')} → {value}" for label, value in now.items() if was.get(label) != value)


def _short(request: Request) -> str:
    return short(str(request.subject.parameters["release"]))
