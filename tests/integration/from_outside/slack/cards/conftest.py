"""A desk whose cards hang in a stand-in for Slack, and people who are reached there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from checkpoints.actions import deciding, errands
from checkpoints.channels.slack.board import SlackBoard
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store import people
from checkpoints.store.from_outside.slack import accounts, workspace
from checkpoints.store.from_outside.slack.workspace import Workspace
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from checkpoints.store.work.notices import nudge_everybody
from tests.fakes.slack import StandIn, stand_in
from tests.fakes.slack.workspace import Channel, Message, User
from tests.stage.desks import Office
from to_tools.doers import TELLERS

AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Hung:
    """An office whose desk speaks in Slack, and the channel that its cards hang in."""

    office: Office
    slack: StandIn
    channel: Channel

    def carry(self) -> None:
        """All that is due to be said in Slack, each tried once."""
        while errands.carry_next(self.office.desk, TELLERS, lane="slack"):
            pass

    def link(self, person: Person) -> User:
        """A Slack account for them, as if they had said their code."""
        user = self.slack.user(person.name)
        with self.office.desk.transaction() as tx:
            proof = people.add_token(tx, person.id, f"slack-{user.id}", "slack", timedelta(days=90))
            accounts.link(tx, accounts.User(self.slack.team_id, user.id), person.id, proof)
            nudge_everybody(tx)
        return user

    def add(self, name: str, role: Role) -> tuple[Person, User]:
        """Another person who is reached there."""
        person = self.office.person(name, role)
        return person, self.link(person)

    def cards(self, where: Channel | User | None = None) -> list[Message]:
        """What hangs in the channel, or with that person."""
        return self.slack.messages(where or self.channel)

    def press(self, person: Person, point: Checkpoint, verdict: Verdict = Verdict.APPROVE) -> Checkpoint:
        said = deciding.Press(point.id, point.revision, point.digest, verdict, {}, "so")
        return deciding.answer(self.office.desk, person, said)

    def with_board(self, **changed: object) -> "Hung":
        """The same with another board."""
        board = self.office.desk.board
        assert isinstance(board, SlackBoard)
        desk = replace(self.office.desk, board=replace(board, **changed))  # type: ignore[arg-type]
        return replace(self, office=replace(self.office, desk=desk))

    def paced(self, seconds: float) -> "Hung":
        """The same, whose Slack keeps a pace, and whose board one that is a little slower, as its calls take time."""
        self.slack.keep_pace(seconds)
        return self.with_board(pace=timedelta(seconds=1.5 * seconds))


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    """One for all tests of a file: each has a channel of its own. What Slack itself would notice is the board's job."""
    with stand_in() as slack:
        slack.space.dedupes = False
        yield slack


@pytest.fixture
def hung(office: Office, running: StandIn, request: pytest.FixtureRequest) -> Iterator[Hung]:
    """Connected to Slack, where nobody is reached yet but the channel."""
    keys = office.settings.slack_keys
    slack_keys.write(keys, SlackKeys(running.bot_token))
    with office.desk.transaction() as tx:
        workspace.connect(tx, Workspace(running.team_id, "Stand-in", running.space.bot.id))
    channel = running.channel(f"c{abs(hash(request.node.nodeid))}")
    board = SlackBoard(running.api_url, keys, pace=AT_ONCE, patience=3)
    desk = replace(office.desk, board=board, slack_channel=channel.id)
    yield Hung(replace(office, desk=desk), running, channel)
    running.heal()
    running.space.users = {id: user for id, user in running.space.users.items() if user.bot}
    running.space.channels.clear()
