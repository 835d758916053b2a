"""One desk with one of each on it, exported once for all tests of this folder; and a forger, who owns the tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from checkpoints.actions.audit import anchoring, exporting
from checkpoints.actions.audit.exporting import Exported
from tests.integration.audit.forging import Forge
from tests.integration.audit.lived import one_of_each, unpacked
from tests.plugins import invariants
from tests.stage.cluster import SessionCluster
from tests.stage.desks import Office, open_office, spend


@pytest.fixture(scope="session")
def lived(cluster: SessionCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The desk. Its audit only grows; whoever forges it takes an office of their own."""
    database = cluster.provide(tmp_path_factory.mktemp("lived") / "home")
    office = open_office(database)
    one_of_each(office)
    yield office
    office.desk.engine.dispose()
    office.asker.engine.dispose()
    invariants.check(database)
    cluster.drop(database)


@pytest.fixture(scope="session")
def exported(lived: Office, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """All of it, until now."""
    return exporting.export(lived.desk, lived.ada, None, None, tmp_path_factory.mktemp("exported") / "audit.zip")


@pytest.fixture
def folder(exported: Exported, tmp_path: Path) -> Path:
    """The export unpacked, for one test to change."""
    return unpacked(exported.path, tmp_path / "export")


@pytest.fixture
def forge(office: Office) -> Forge:
    """Does something to an audit of several lines, as the owner."""
    for number in range(3):
        office.ask(office.case(f"case-{number}"), spend("60"))
    verified = anchoring.verify(office.desk)
    assert verified.lines > 5
    assert verified.wrong == ()

    def run(statement: str) -> None:
        engine = create_engine(office.settings.url_for("owner"))
        with engine.begin() as tx:
            assert tx.execute(text(statement)).rowcount != 0
        engine.dispose()

    return run
