"""A desk that listens to a stand-in for Slack, and one question of one case whose card hangs there."""

from collections.abc import Iterator

import pytest

from checkpoints.core.view import Checkpoint
from tests.fakes.slack import StandIn, stand_in
from tests.fakes.slack.workspace import Message
from tests.integration.from_outside.slack.floors import Floor, connected
from tests.stage.desks import Office, spend


@pytest.fixture
def slack() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


@pytest.fixture
def floor(office: Office, slack: StandIn) -> Iterator[Floor]:
    """Slack reaches it by HTTP."""
    made = connected(office, slack)
    with made.door():
        yield made


@pytest.fixture
def point(office: Office) -> Checkpoint:
    return office.ask(office.case(), spend("60"))


@pytest.fixture
def message(floor: Floor, point: Checkpoint) -> Message:
    """Its card in the channel."""
    return floor.hang(point)
