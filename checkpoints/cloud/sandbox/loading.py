"""Load on what is served, by locust in a process of its own.

Rule: only on an address of the sandbox's own.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from decimal import Decimal

from checkpoints.cloud.sandbox.trying import OWN_PYTHON, SCRIPTS
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Scalar
from checkpoints.core.work.release import Report

MOST_USERS, MOST_SECONDS = 200, 600
GRACE_SECONDS = 60
"""For locust's start, and for its users to come to an end."""
LARGEST_ERROR_PERCENT = Decimal(1)


def load(address: str, paths: Sequence[str], users: int, seconds: int) -> Report:
    """So many users for so many seconds. Good: it answered, with fewer than 1 % errors; whether that is fast enough
    is for people to say.

    Raises Refused for limits that are none, Unavailable when nothing was measured.
    """
    if not (0 < users <= MOST_USERS and 0 < seconds <= MOST_SECONDS):
        raise Refused(f"Load is 1 to {MOST_USERS} users for 1 to {MOST_SECONDS} seconds. Nothing was started.")
    argv = [OWN_PYTHON, "-I", "-m", "locust", "-f", str(SCRIPTS / "visit.py"), "--headless", "--loglevel", "ERROR"]
    argv += ["-u", str(users), "-r", str(users), "-t", f"{seconds}s", "--stop-timeout", "5", "--host", address]
    try:
        result = json.loads(_last_line(argv, paths, seconds))
        requests, failures = int(result["requests"]), int(result["failures"])
        p95, median = int(result["p95_ms"]), int(result["median_ms"])
    except (ValueError, LookupError, TypeError) as error:
        raise Unavailable("The load test ended without figures. Nothing was changed: try again.") from error
    percent = Decimal(100 * failures) / requests if requests else Decimal(100)
    figures: dict[str, Scalar] = {"requests": requests, "p95_ms": p95}
    figures |= {"error_percent": f"{percent:.2f}", "median_ms": median}
    visits = f"{_counted(requests, 'request')} by {_counted(users, 'user')}"
    return Report(
        tool="locust",
        says=f"{visits} in {seconds} s: p95 {p95} ms, {percent:.2f} % errors",
        good=requests > 0 and percent < LARGEST_ERROR_PERCENT,
        name="load.json",
        media_type="application/json",
        content=json.dumps({"address": address, "users": users, "seconds": seconds, **result}, indent=1).encode(),
        figures=figures,
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _last_line(argv: Sequence[str], paths: Sequence[str], seconds: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        told = {"PATH": os.defpath, "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8", "NO_PROXY": "*"}
        try:
            done = subprocess.run(
                argv,
                cwd=folder,
                env=told | {"VISITED_PATHS": " ".join(paths)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds + GRACE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Unavailable("The load test did not end in time and was stopped. Nothing was changed.") from error
    return (done.stdout.splitlines() or [b""])[-1]
