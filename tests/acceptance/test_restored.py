"""A desk is backed up and restored as the runbook says; then the same question is pressed again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checkpoints.actions import deciding, reading
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from flows.deployments import register
from tests.acceptance.conftest import WholeDesk
from tests.plugins import invariants
from tests.stage import asking_flow
from tests.stage.desks import open_case
from tests.stage.runs import eventually

RUNBOOK = (Path(__file__).parents[2] / "runbooks/tasks/backups.md").read_text(encoding="utf-8")
pytestmark = [pytest.mark.acceptance, pytest.mark.soak, pytest.mark.timeout(400)]
BACK_UP, RESTORE = re.findall(r"```sh\n(.*?)```", RUNBOOK, re.DOTALL)
SLUG = "pressed-twice"
SECONDS = 120


@pytest.fixture
def desk(whole_desk: WholeDesk) -> WholeDesk:
    """Up, with a case that waits for an answer."""
    whole_desk.up()
    register(whole_desk.settings, {asking_flow.SORT: asking_flow.ENTRYPOINT})
    with whole_desk.at() as (store, person):
        open_case(store, person, SLUG, asking_flow.SORT, {"cost": "60"})
        opened(store, "spend")
    return whole_desk


def opened(store: Desk, kind: str) -> Checkpoint:
    """The case's open question of this kind, once there is one."""

    def there() -> Checkpoint | None:
        points = (card.point for card in reading.story(store, SLUG).cards)
        return next((point for point in points if (point.kind, point.state) == (kind, State.OPEN)), None)

    return eventually(there, f"the question of kind {kind}", SECONDS)


def type_in(desk: WholeDesk, commands: str) -> None:
    """The runbook's commands, in the folder that holds the home."""
    home = desk.settings.home
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-e", "-c", commands.replace(".countersign", home.name)],
        env=os.environ | {"PATH": path, "COUNTERSIGN_HOME": str(home)},
        cwd=home.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def approve(desk: WholeDesk) -> None:
    with desk.at() as (store, person):
        point = opened(store, "spend")
        deciding.answer(store, person, deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE))


def effects(desk: WholeDesk) -> int:
    file = desk.settings.home / asking_flow.EFFECTS
    return file.read_text().split().count(SLUG) if file.exists() else 0


@pytest.mark.promise("G9.1")
def test_what_was_done_between_backup_and_restore_is_asked_about_and_not_repeated(desk: WholeDesk) -> None:
    type_in(desk, BACK_UP)
    approve(desk)
    eventually(lambda: effects(desk) or None, "the effect", SECONDS)
    type_in(desk, RESTORE)
    assert f"note it ({SLUG}/1)" in desk.countersign("doctor", "--json").stdout
    approve(desk)
    with desk.store() as store:
        asked = opened(store, "reconcile")
    assert asked.request.facts[0].value == "note it"
    assert effects(desk) == 1
    invariants.check(desk.settings)
