"""A look for insecure code and for secrets in a release, by bandit and detect-secrets.

Rule: nothing in the release says what isn't looked at.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import cast

from checkpoints.cloud.sandbox.releases import Kept
from checkpoints.cloud.sandbox.trying import OWN_PYTHON, SCRIPTS, Bench, last
from checkpoints.core.errors import Refused
from checkpoints.core.model import Json
from checkpoints.core.work.release import Report

SECONDS = 300.0
SEVERITIES = ("high", "medium", "low")
BANDIT = ("-r", "-f", "json", "-q", "--exit-zero", "--ignore-nosec", "-x", "/nothing")
DETECT_SECRETS = (
    *("scan", "--all-files", "--no-verify"),
    *("--disable-filter", "detect_secrets.filters.allowlist.is_line_allowlisted"),
    *("--disable-filter", "detect_secrets.filters.heuristic.is_swagger_file"),
)


def scan(bench: Bench, case: str, release: Kept) -> Report:
    """What both found. Good: nothing high, no secret, and every file could be read. Raises Refused, Unavailable."""
    where = str(release.folder)
    ini = str(SCRIPTS / "bandit.ini")
    code = _found(bench, case, release, "bandit", ("bandit", *BANDIT, "--ini", ini, where))
    # Without -C it silently skips whatever lies outside the current folder.
    hidden = _found(bench, case, release, "secrets", ("detect_secrets", "-C", where, *DETECT_SECRETS, where))
    try:
        issues = [_issue(each, where) for each in _rows(code["results"])]
        unread = [_within(str(each["filename"]), where) for each in _rows(code["errors"])]
        places = [_place(each, where) for found in _map(hidden["results"]).values() for each in _rows(found)]
    except (LookupError, TypeError, ValueError) as error:
        raise Refused("The scanners' findings can't be read. Nothing was changed.") from error
    count = {name: sum(each["severity"] == name for each in issues) for name in SEVERITIES}
    figures = {**count, "secrets": len(places), "unread": len(unread)}
    return Report(
        tool=f"bandit {version('bandit')}, detect-secrets {version('detect-secrets')}",
        says=", ".join(f"{number} {name}" for name, number in figures.items() if name != "unread" or number),
        good=not (count["high"] or places or unread),
        name="scan.json",
        media_type="application/json",
        content=json.dumps({"issues": issues, "secrets": places, "unread": unread}, indent=1).encode(),
        figures=figures,
    )


def _found(bench: Bench, case: str, release: Kept, label: str, module: tuple[str, ...]) -> Mapping[str, Json]:
    said = bench.look(case, release, label, (OWN_PYTHON, "-I", "-m", *module), SECONDS)
    try:
        return _map(json.loads(said.output))
    except (ValueError, TypeError) as error:
        raise Refused(f"`{label}` ended without a finding (exit {said.exit}). {last(said)}") from error


def _issue(found: Mapping[str, Json], where: str) -> dict[str, Json]:
    return {
        "severity": str(found["issue_severity"]).lower(),
        # Not the tool's own words: those for a password in the code repeat it.
        "what": f"{found['test_id']}: {found['test_name']}",
        "file": _within(str(found["filename"]), where),
        "line": found["line_number"],
    }


def _place(found: Mapping[str, Json], where: str) -> dict[str, Json]:
    """Where it lies and what it looks like; not its hash, which would tell a short one."""
    return {
        "what": found["type"],
        "file": _within(str(found["filename"]), where),
        "line": found["line_number"],
    }


def _within(path: str, where: str) -> str:
    return path.removeprefix(f"{where}/")


def _rows(value: Json) -> Sequence[Mapping[str, Json]]:
    if not isinstance(value, list):
        raise TypeError
    return [_map(each) for each in value]


def _map(value: object) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise TypeError
    return cast(Mapping[str, Json], value)
