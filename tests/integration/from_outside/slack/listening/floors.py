"""A desk that a stand-in for Slack reaches: its people are linked, its cards hang, and who listens really listens."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

import uvicorn
from sqlalchemy import text
from starlette.responses import Response

from checkpoints.actions.people.by_slack import linking
from checkpoints.channels.slack import cards as faces
from checkpoints.channels.slack.board import SlackBoard
from checkpoints.core.model import Person, Request, Role
from checkpoints.core.shown.card import card
from checkpoints.core.view import Checkpoint
from checkpoints.settings import Settings
from checkpoints.store import audit
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.slack import cards, workspace
from checkpoints.store.from_outside.slack.accounts import User
from checkpoints.store.from_outside.slack.workspace import Workspace
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from tests.fakes.slack import StandIn, payloads
from tests.fakes.slack.docs import Doc
from tests.fakes.slack.workspace import Message
from tests.fakes.slack.workspace import User as Member
from tests.stage.desks import Office
from to_tools.slack_listener.door import PATH, Door

HOST = "127.0.0.1"
DEADLINE_S = 30.0
NUMBERS = count(1)


@dataclass
class Clock:
    """The machine's, as far as a signature's age goes; tests put it ahead."""

    ahead: float = 0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Floor:
    """An office in Slack. Ada answers what Mira's cases ask; both are linked. `since`: lines, counts and messages."""

    office: Office
    slack: StandIn
    settings: Settings
    clock: Clock = field(default_factory=Clock)
    lines: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    ts: str = ""

    def begun(self) -> "Floor":
        """The same, from now on."""
        with self.office.desk.transaction() as tx:
            head = audit.head(tx)
        return replace(self, lines=head.number if head else 0, counts=self._counts(), ts=self.slack.space.new_ts())

    def asks(self, request: Request, by: Person | None = None) -> Checkpoint:
        """A question of a case of its own."""
        return self.office.ask(self.office.case(f"case-{next(NUMBERS)}", by), request)

    def member(self, person: Person) -> Member:
        """Who they are in Slack, linked when they were not."""
        known = self.slack.user(person.name)
        if linking.linked(self.office.desk, person) is None:
            linking.link(
                self.office.desk, User(self.slack.team_id, known.id), linking.new_code(self.office.desk, person)
            )
        return known

    @property
    def ada(self) -> Member:
        return self.member(self.office.ada)

    def another(self, name: str, role: Role = Role.TO) -> tuple[Person, Member]:
        """Another linked person."""
        person = self.office.person(f"{name} {next(NUMBERS)}", role)
        return person, self.member(person)

    def hang(self, point: Checkpoint, with_: Member | None = None, person: Person | None = None) -> Message:
        """Its card, in the channel or with somebody."""
        place = with_.id if with_ else self.slack.channel("approvals").id
        desk = self.office.desk
        with desk.transaction() as tx:
            row = cards.begin(tx, point.id, point.revision, place, person.id if person else None)
        assert row is not None
        shown = card(point, desk.kinds.get(point.kind))
        face = faces.asked(shown, row.id, f"{desk.page_url}/checkpoints/{point.label}")
        pin = SlackBoard(self.settings.slack_api_url, self.settings.slack_keys).hang(place, row.id, face)
        with desk.transaction() as tx:
            cards.hangs(tx, row.id, pin, "open")
        return self.slack.space.channels[pin.channel].messages[pin.ts]

    def hears(self, member: Member) -> list[Message]:
        """What only they see: whispered to them somewhere, or said by the app to them alone."""
        said = [one for one in self.slack.messages(member) if one.user != member.id]
        return [
            one for one in (*self.slack.whispered(member), *said) if one.ts > self.ts and "approve" not in one.buttons
        ]

    def heard(self, member: Member, words: str) -> Message:
        """The same, once these words are in it."""

        def told() -> list[Message]:
            return [one for one in self.hears(member) if words in one.reads]

        return self.slack.wait(told, DEADLINE_S, f"{member.name} did not hear “{words}”")[-1]

    def wait(self, look: Callable[[], object]) -> None:
        """Until it is so."""
        self.slack.wait(look, DEADLINE_S, "it did not come so")

    def refusals(self) -> list[tuple[str, str, str]]:
        """Who tried what, about what: the lines that the refused tries left, oldest first."""
        return [(line["by"], line["tried"], line["checkpoint"]) for line in self.told("try refused")]

    def told(self, event: str) -> list[dict[str, str]]:
        """The audit's lines of one sort."""
        with self.office.desk.transaction() as tx:
            return [json.loads(line.body) for line in audit.lines(tx, self.lines) if line.event == event]

    def counted(self) -> dict[str, int]:
        """The tries that left a count alone."""
        counts = {sort: tries - self.counts.get(sort, 0) for sort, tries in self._counts().items()}
        return {sort: tries for sort, tries in counts.items() if tries}

    def _counts(self) -> dict[str, int]:
        with self.office.desk.transaction() as tx:
            # Tests turn the desk's clock: what came may lie on two days.
            told = tx.execute(text("select sort, sum(tries) as tries from desk.refused_sign_in group by sort"))
            return {row.sort: int(row.tries) for row in told}

    def action(self, message: Message, action_id: str = "approve") -> Doc:
        """A button of a card, as a payload names it."""
        found = payloads.action(self.slack.now(message).blocks, action_id, {})
        return {**found, "action_ts": f"{next(NUMBERS)}.0"}

    def pressed(self, by: Member, message: Message, action: Doc | None = None) -> Doc:
        """The payload of a press, to be changed and delivered."""
        sent = payloads.frame(self.slack.space, by, "block_actions")
        place: Doc = {"channel_id": message.channel, "message_ts": message.ts, "type": "message"}
        return sent | {
            "container": place,
            "channel": {"id": message.channel},
            "message": {"ts": message.ts},
            "actions": [action or self.action(message)],
            "trigger_id": f"{next(NUMBERS)}.trigger",
        }

    @contextmanager
    def door(self, desk: Desk | None = None) -> Iterator[str]:
        """Slack's door, which Slack delivers to from now on. At its end everything that came had its turn."""
        door = Door(desk or self.office.desk, self.settings, self.clock)
        with socket.create_server((HOST, 0)) as listening:
            app = door.before(Response("nothing else is here", 404))
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
            thread = threading.Thread(target=server.run, args=([listening],), name="door")
            thread.start()
            url = f"http://{HOST}:{listening.getsockname()[1]}{PATH}"
            self.slack.deliver_to(url)
            try:
                yield url
            finally:
                server.should_exit = True
                thread.join(DEADLINE_S)
                door.close()


def connected(office: Office, slack: StandIn) -> Floor:
    """The desk knows its workspace and its keys."""
    known = office.settings
    settings = Settings(home=known.home, database_url=known.database_url, slack="http", slack_api_url=slack.api_url)
    slack_keys.write(settings.slack_keys, SlackKeys(slack.bot_token, slack.app_token, slack.signing_secret))
    with office.desk.transaction() as tx:
        workspace.connect(tx, Workspace(slack.team_id, "Client", slack.space.bot.id))
    for name in ("Ada", "Mira"):
        slack.user(name)
    slack.channel("approvals")
    return Floor(office, slack, settings)
