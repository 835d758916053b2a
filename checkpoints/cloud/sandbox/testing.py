"""The release's own tests, run for real. Rule: no test that ran is no test that passed."""

import json

from checkpoints.cloud.sandbox.releases import Kept
from checkpoints.cloud.sandbox.trying import PYTHON, SCRIPTS, Bench, last
from checkpoints.core.errors import Refused
from checkpoints.core.work.release import Report

SECONDS = 300.0
MOST_SHOWN = 400_000
MOST_NAMED = 20


def test(bench: Bench, case: str, release: Kept) -> Report:
    """What the tests say. Raises Refused for a release without tests or whose tests don't end, and Unavailable."""
    folder = release.manifest.tests
    if not folder:
        raise Refused("The release names no tests. Nothing was started: say in release.toml where they are.")
    argv = (PYTHON, "-I", "-B", str(SCRIPTS / "run_tests.py"), str(release.folder), folder)
    said = bench.look(case, release, "tests", argv, SECONDS)
    try:
        result = json.loads(said.output)
        ran, failed, skipped = (int(result[name]) for name in ("ran", "failed", "skipped"))
        failing = ", ".join(str(name)[:120] for name in result["failing"][:MOST_NAMED])
    except (ValueError, LookupError, TypeError) as error:
        raise Refused(f"The tests ended without a result (exit {said.exit}). {last(said)}") from error
    passed = max(0, ran - failed - skipped)
    return Report(
        tool="unittest",
        says=f"{passed} of {ran} tests passed" + (f", {skipped} skipped" if skipped else ""),
        good=failed == 0 and passed > 0,
        name="tests.txt",
        media_type="text/plain",
        content=said.errors.encode()[-MOST_SHOWN:],
        figures={"ran": ran, "failed": failed, "skipped": skipped, "failing": failing},
    )
