"""The fixtures that any test may ask for: a database, a desk's settings, a real Prefect server.

Rule: nothing here is a stand-in; each is started only when a test asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from tests.integration.page.serving import Page, running_page
from tests.integration.shell.commands import Shell
from tests.plugins import invariants
from tests.stage.cluster import SessionCluster, running_cluster
from tests.stage.deliveries import Deliveries, running_deliveries
from tests.stage.desks import Office, open_again, open_office
from tests.stage.runs import Workshop, open_workshop
from tests.stage.sandbox import RunningSandbox, running_sandbox
from tests.stage.servers.openbao import OpenBao, running_openbao
from tests.stage.servers.prefect_server import PrefectServer, running_prefect_server
from tests.stage.servers.prepared import Prepared, prepare


@pytest.fixture(scope="session")
def cluster() -> Iterator[SessionCluster]:
    """PostgreSQL for this session, with the four logins."""
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """What a desk's first start makes, for all the processes of a test run."""
    own = tmp_path_factory.getbasetemp()
    return prepare(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(scope="session")
def prefect_server(cluster: SessionCluster, prepared: Prepared) -> Iterator[PrefectServer]:
    """Prefect's server for this session. A test that kills it starts it again."""
    with running_prefect_server(cluster, prepared) as running:
        yield running


@pytest.fixture(scope="session")
def openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    """OpenBao for this session, set up for a desk: `openbao.vault()`, `openbao.settings(settings)`.

    Paths in it are a test's own by what is random in them; who seals it, or changes a policy, puts that back.
    """
    with running_openbao(tmp_path_factory.mktemp("openbao")) as running:
        yield running


@pytest.fixture(scope="session")
def first_office(cluster: SessionCluster, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """What every office is a copy of; nobody is connected to it."""
    first = open_office(cluster.provide(tmp_path_factory.mktemp("office") / "home"))
    first.desk.engine.dispose()
    first.asker.engine.dispose()
    return first


@pytest.fixture
def database(request: pytest.FixtureRequest, cluster: SessionCluster, tmp_path: Path) -> Iterator[Settings]:
    """The settings of a desk with a fresh, migrated database: `database.url_for("desk")`; an office's has people."""
    first = request.getfixturevalue("first_office").settings if "office" in request.fixturenames else None
    settings = cluster.provide(tmp_path / "home", like=first)
    yield settings
    cluster.drop(settings)


@pytest.fixture
def desk_with_prefect(database: Settings, prefect_server: PrefectServer) -> Settings:
    """The same settings, with the addresses of a Prefect server that runs."""
    port = prefect_server.settings.prefect_port
    return Settings(home=database.home, database_url=database.database_url, prefect_port=port)


@pytest.fixture
def office(database: Settings, first_office: Office) -> Iterator[Office]:
    """A desk with its first technical operator, on a database of its own."""
    opened = open_again(first_office, database)
    yield opened
    opened.desk.engine.dispose()
    opened.asker.engine.dispose()


@pytest.fixture
def sandbox(database: Settings) -> Iterator[RunningSandbox]:
    """The sandbox's process of a desk with a fresh database: `sandbox.deployer`, `sandbox.settings`."""
    with running_sandbox(database) as running:
        yield running


@pytest.fixture(scope="module")
def deliveries(
    cluster: SessionCluster, prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deliveries]:
    """A workshop with a sandbox, for all tests of a file: whole projects are delivered in it."""
    database = cluster.provide(tmp_path_factory.mktemp("deliveries") / "home")
    with running_deliveries(database, prefect_server) as running:
        yield running
    invariants.check(database)
    cluster.drop(database)


@pytest.fixture(scope="module")
def workshop(
    cluster: SessionCluster, prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workshop]:
    """A desk where runs go on by themselves, for all tests of a file: each opens cases of its own."""
    database = cluster.provide(tmp_path_factory.mktemp("workshop") / "home")
    port = prefect_server.settings.prefect_port
    settings = Settings(home=database.home, database_url=database.database_url, prefect_port=port)
    opened = open_office(settings)
    with open_workshop(opened, prefect_server) as running:
        yield running
    opened.desk.engine.dispose()
    opened.asker.engine.dispose()
    invariants.check(settings)
    cluster.drop(settings)


@pytest.fixture
def desk(office: Office) -> Desk:
    """With a vault, files and a deployer."""
    return office.desk


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    """The page, listening on a port of its own."""
    with running_page(desk) as running:
        yield running


@pytest.fixture
def ada(page: Page, office: Office) -> Iterator[httpx.Client]:
    """Ada's browser."""
    with page.browser(office.ada) as client:
        yield client


@pytest.fixture
def shell(office: Office, tmp_path: Path) -> Shell:
    """The real `countersign` at an office's desk, with Ada signed in."""
    (tmp_path / "here").mkdir()
    opened = Shell(office, tmp_path / "here")
    opened.sign_in(office.ada)
    return opened
