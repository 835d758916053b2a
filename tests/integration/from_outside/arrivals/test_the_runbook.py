"""The examples of the runbook on alarms are run as they stand, but for their address and time."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checkpoints.actions.by_runs import taking
from checkpoints.store.runs import Run
from tests.integration.page.serving import Page
from tests.stage.desks import Office
from to_tools.page.from_outside.arrivals import arrivals_key

RUNBOOK = (Path(__file__).parents[4] / "runbooks/tasks/alarms.md").read_text(encoding="utf-8")
SHELLS = {"python": [sys.executable, "-"], "sh": ["sh", "-e"]}


@pytest.mark.parametrize("language", SHELLS)
def test_an_example_sends_an_alarm(page: Page, office: Office, run: Run, tmp_path: Path, language: str) -> None:
    assert language == "python" or (shutil.which("curl") and shutil.which("openssl")), "install curl and openssl"
    example = re.findall(rf"```{language}\n(.*?)```", RUNBOOK, re.DOTALL)[0]
    example = example.replace("http://127.0.0.1:8710", page.url).replace("read-later-digest", "sample")
    (tmp_path / "arrivals.key").write_bytes(arrivals_key(page.desk.home / "keys"))
    said = subprocess.run(
        SHELLS[language], input=example, cwd=tmp_path, text=True, capture_output=True, timeout=30, check=False
    )
    assert "kept" in said.stdout, said.stderr
    (alarm,) = taking.untaken(office.desk, run, "alarm")
    assert (alarm.key, alarm.says) == ("disk-2026-11-24", "The disk is full.")
