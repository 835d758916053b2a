"""Hephaestus: asks for the SQL scripts of a release to be run. What they lock and take away is read from them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agents.delivery.project import Project
from checkpoints.core.digest import short
from checkpoints.core.model import Attachment, Fact, Request, Risk, Scalar, Subject
from checkpoints.core.work.release import Environment, Release, Report

AGENT = "Hephaestus"
ANEW = re.compile(r"\b(?:re-?build|re-?read|again|anew)\b", re.I)
BACKUP = "made first, just before each script, and restored once into a scratch database to check it"
CANNOT = (
    "A script is run as the client's repository has it, and I don't write in it. Change it there and say “again”, "
    "then I read the folder anew. You asked"
)


@dataclass(frozen=True)
class Script:
    """One script as it was read. `takes_away`: the statements after which there is no way back but the backup."""

    name: str
    digest: str
    locks: tuple[str, ...]
    takes_away: tuple[str, ...]
    way_back: str
    file: Attachment


def terms(
    project: Project, digest: str, scripts: Sequence[tuple[str, str]], where: Sequence[Environment]
) -> dict[str, Scalar]:
    """What an approval names: these scripts of that release, by their digests, in this order, there."""
    named: dict[str, Scalar] = {f"script {name}": script for name, script in scripts}
    order = ", ".join(name for name, _ in scripts)
    return {"project": project.slug, "release": digest, "where": ", then ".join(where), "order": order} | named


def ask_database(
    project: Project, release: Release, scripts: Sequence[Script], where: Sequence[Environment], anew: str = ""
) -> Request:
    """May exactly these scripts change the schema of the project's databases? `anew`: why it is asked once more."""
    return Request(
        kind="database-migration",
        agent=AGENT,
        action="Database migration",
        details="The release needs its schema. Each script runs in one transaction: whole, or not at all.",
        subject=Subject("the scripts", terms(project, release.digest, _named(scripts), where)),
        facts=(*_anew(anew), *_taken_away(scripts), *_common(release, scripts, where)),
        risks=_risks(scripts),
        reversible=_reversible(scripts),
        attachments=tuple(script.file for script in scripts),
    )


def ask_data(
    project: Project,
    release: Release,
    scripts: Sequence[Script],
    where: Sequence[Environment],
    tried: Sequence[Report],
    anew: str = "",
) -> Request:
    """May exactly these scripts bring the client's data in? `tried`: what each did to a copy of the database."""
    expected = growth(tried)
    subject = terms(project, release.digest, _named(scripts), where) | expected
    return Request(
        kind="data-migration",
        agent=AGENT,
        action="Data migration",
        details="The client's data comes from the system before. I tried the scripts on a copy, which is thrown away.",
        subject=Subject("the scripts", subject),
        facts=(
            *_anew(anew),
            *_taken_away(scripts),
            *(Fact("Counts", line) for report in tried for line in counts(report)),
            *([] if expected else [Fact("Counts", "no table has more or fewer rows after it")]),
            *_common(release, scripts, where),
        ),
        risks=_risks(scripts),
        reversible=_reversible(scripts),
        attachments=tuple(script.file for script in scripts),
    )


def change(wish: str) -> str | None:
    """None when the release's folder is to be read anew, else why the wish can't be met."""
    return None if ANEW.search(wish) else f"{CANNOT}: “{wish[:200]}”."


def changed(before: Request, after: Request) -> Request:
    """The new request, saying what another reading of the folder changed."""
    was, now = before.subject.parameters, after.subject.parameters
    scripts = sorted({name for name in (*was, *now) if name.startswith("script ") and was.get(name) != now.get(name)})
    told = [f"{name}: {_short(was.get(name))} → {_short(now.get(name))}" for name in scripts]
    return replace(after, changed=tuple(told) or ("read anew: nothing in the scripts has changed",))


def counts(report: Report) -> tuple[str, ...]:
    """For each table whose rows a script changes: how many before and after."""
    rows = ((table, *_rows(report, table)) for table in _tables(report))
    return tuple(f"{table}: {before} rows before, {after} after" for table, before, after in rows if before != after)


def growth(reports: Sequence[Report]) -> dict[str, Scalar]:
    """By how many rows each table grows in all, as an approval names it."""
    found: dict[str, int] = {}
    for report in reports:
        for table in _tables(report):
            before, after = _rows(report, table)
            found[table] = found.get(table, 0) + after - before
    return {f"rows {table}": f"{by:+}" for table, by in sorted(found.items()) if by}


def differences(approved: Mapping[str, Scalar], reports: Sequence[Report]) -> tuple[str, ...]:
    """Where the tables grew by other numbers of rows than what was approved says."""
    found = growth(reports)
    tables = sorted({name for name in (*approved, *found) if name.startswith("rows ")})
    return tuple(
        f"{name.removeprefix('rows ')}: {found.get(name, '+0')} rows, {approved.get(name, '+0')} in the trial"
        for name in tables
        if found.get(name, "+0") != approved.get(name, "+0")
    )


def _tables(report: Report) -> list[str]:
    return sorted(name[5:-6] for name in report.figures if name.startswith("rows ") and name.endswith(" after"))


def _rows(report: Report, table: str) -> tuple[int, int]:
    before, after = (report.figures.get(f"rows {table} {when}") for when in ("before", "after"))
    return int(before or 0), int(after or 0)


def _named(scripts: Sequence[Script]) -> list[tuple[str, str]]:
    return [(script.name, script.digest) for script in scripts]


def _anew(why: str) -> tuple[Fact, ...]:
    return (Fact("Asked anew", why, dangerous=True),) if why else ()


def _common(release: Release, scripts: Sequence[Script], where: Sequence[Environment]) -> tuple[Fact, ...]:
    locks = [f"{script.name}: {lock}" for script in scripts for lock in script.locks]
    return (
        *(Fact("Script", f"{script.name}, {short(script.digest)}; its text is attached") for script in scripts),
        *(Fact("Locks", lock) for lock in locks or ["none that keeps a reader or a writer out"]),
        *(Fact("Reversible", f"{script.name}: {script.way_back or 'only by the backup'}") for script in scripts),
        Fact("Backup", BACKUP),
        Fact("Where", ", then ".join(where)),
        Fact("Release", short(release.digest)),
    )


def _taken_away(scripts: Sequence[Script]) -> tuple[Fact, ...]:
    return tuple(
        Fact("Can't be undone", f"{script.name}: {statement}", dangerous=True)
        for script in scripts
        for statement in script.takes_away
    )


def _reversible(scripts: Sequence[Script]) -> bool:
    return not any(script.takes_away for script in scripts)


def _risks(scripts: Sequence[Script]) -> tuple[Risk, ...]:
    return (Risk.PRODUCTION,) if _reversible(scripts) else (Risk.DELETES, Risk.PRODUCTION)


def _short(digest: Scalar) -> str:
    return short(digest) if isinstance(digest, str) else "none"
