"""A desk that listens to a stand-in for Slack, for all tests here: each asks questions of its own, with its own people.

Nothing is counted but what came since a test began.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from checkpoints.channels.slack.board import SlackBoard
from checkpoints.core.view import Checkpoint
from tests.fakes.slack import StandIn, stand_in
from tests.fakes.slack.workspace import Message
from tests.integration.from_outside.slack.listening.floors import Floor, connected
from tests.plugins import invariants
from tests.stage.cluster import SessionCluster
from tests.stage.desks import open_office, spend


@pytest.fixture(scope="package")
def house(cluster: SessionCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """Nobody listens there yet."""
    database = cluster.provide(tmp_path_factory.mktemp("slack") / "home")
    office = open_office(database)
    with stand_in() as slack:
        made = connected(office, slack)
        board = SlackBoard(made.settings.slack_api_url, made.settings.slack_keys)
        made.office = replace(office, desk=replace(office.desk, board=board))
        yield made
    office.desk.engine.dispose()
    office.asker.engine.dispose()
    invariants.check(database)
    cluster.drop(database)


@pytest.fixture(scope="package")
def listening(house: Floor) -> Iterator[str]:
    """Slack reaches it by HTTP, at this address."""
    with house.door() as url:
        yield url


@pytest.fixture
def quiet(house: Floor) -> Floor:
    """Slack reaches it once the test opens a door."""
    return house.begun()


@pytest.fixture
def floor(quiet: Floor, listening: str) -> Floor:
    quiet.slack.deliver_to(listening)
    return quiet


@pytest.fixture
def slack(house: Floor) -> StandIn:
    return house.slack


@pytest.fixture
def point(quiet: Floor) -> Checkpoint:
    """The question of a case of its own."""
    return quiet.asks(spend("60"))


@pytest.fixture
def message(quiet: Floor, point: Checkpoint) -> Message:
    """Its card in the channel."""
    return quiet.hang(point)
