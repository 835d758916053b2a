"""Runs that went to sleep under the release before the warm engine are decided under this one, and go on.

Beside it: that desk's databases and folders, its clock turned back to their day; `session` is its operator's shell.
"""

import gzip
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from checkpoints.actions import reading
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from tests.acceptance.conftest import WholeDesk
from tests.plugins import invariants
from tests.stage.runs import eventually
from to_tools.up.cluster import SUPERUSER, Cluster

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
DATABASES = ("countersign", "prefect")
ITS_DAY = "update desk.clock set ahead = (select max(at) from (select asked_at as at from desk.revision) r) - now()"
SIZES = ("region=us-east-1", "database_size=db.t3.micro", "container_size=small", "web_tasks=2")
SECONDS = 120


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeDesk]:
    """The old desk's databases and folders under this release, its operator signed in."""
    upgraded = WholeDesk(tmp_path_factory.mktemp("upgrade") / "home")
    restore(upgraded)
    try:
        upgraded.up()
        turn_back(upgraded)
        yield upgraded
    finally:
        upgraded.down()


def restore(desk: WholeDesk) -> None:
    settings = desk.settings
    settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.logs.mkdir(mode=0o700, exist_ok=True)
    cluster = Cluster.of(settings)
    cluster.prepare()
    server = cluster.start(settings.logs / "restoring.log")
    try:
        cluster.wait()
        cluster.provision()
        for name in DATABASES:
            fill(cluster, name)
    finally:
        server.terminate()
        server.wait()
    with tarfile.open(HERE / "home.tar.gz") as folders:
        folders.extractall(settings.home, filter="data")


def fill(cluster: Cluster, name: str) -> None:
    to = ["-h", str(cluster.sockets), "-U", SUPERUSER, "-d", name, "-q", "-v", "ON_ERROR_STOP=1"]
    passfile = {"PGPASSFILE": str(cluster.keys / "superuser.pgpass")}
    dump = gzip.decompress((HERE / f"{name}.sql.gz").read_bytes())
    done = subprocess.run([str(cluster.bin / "psql"), *to], input=dump, env=passfile, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def turn_back(desk: WholeDesk) -> None:
    with psycopg.connect(desk.settings.address_for("owner"), autocommit=True) as owner:
        owner.execute(ITS_DAY)


def find(store: Desk, slug: str, number: int, state: State = State.OPEN) -> Checkpoint | None:
    points = (card.point for card in reading.story(store, slug).cards)
    return next((point for point in points if (point.number, point.state) == (number, state)), None)


@pytest.mark.promise("A9.1", "A9.2")
@pytest.mark.parametrize(
    ("slug", "number", "fields", "follows"),
    [("read-later-digest", 1, (), 2), ("second-one", 2, SIZES, 3)],
    ids=["project-approval", "infrastructure-selection"],
)
def test_a_question_from_before_is_answered_and_its_run_goes_on(
    desk: WholeDesk, slug: str, number: int, fields: tuple[str, ...], follows: int
) -> None:
    with desk.store() as store:
        assert find(store, slug, number) is not None
        said = desk.countersign("approve", f"{slug}/{number}", "--yes", *(f"--set={field}" for field in fields))
        assert said.returncode == 0, said.stderr
        eventually(lambda: find(store, slug, follows), f"{slug}/{follows}", SECONDS)


@pytest.mark.promise("A9.1", "A9.2")
def test_a_plan_from_before_is_approved_and_that_very_plan_is_applied(desk: WholeDesk) -> None:
    with desk.store() as store:
        plan = find(store, "third-one", 5)
        assert plan is not None
        said = desk.countersign("approve", plan.label, "--yes")
        assert said.returncode == 0, said.stderr
        eventually(lambda: reading.show(store, plan.label).point.permit is Permit.DONE or None, "the apply", SECONDS)
    invariants.check(desk.settings)
