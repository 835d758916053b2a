"""What came from Slack once does nothing a second time: byte by byte, signed anew, or said anew by Slack itself.

A refused press is replayed once it would be taken: only so does a replay without effect differ from one with one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from checkpoints import wiring
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Role
from checkpoints.core.view import Checkpoint
from checkpoints.store import people
from tests.fakes.slack.wires import Sent
from tests.fakes.slack.workspace import User as Member
from tests.integration.desk.moments import later
from tests.integration.from_outside.slack.listening.floors import Floor


@dataclass(frozen=True)
class Captured:
    """What was sent, and whose press it was, at the desk and in Slack."""

    bob: Person
    his: Member
    sent: Sent


@pytest.fixture
def captured(quiet: Floor, point: Checkpoint) -> Iterator[Captured]:
    """A press of Bob's, who was nobody to decide then, and may by now."""
    bob, his = quiet.another("Bob", Role.CLIENT)
    with quiet.door():
        sent = quiet.slack.press(his, quiet.hang(point), "approve")
        quiet.heard(his, "your roles: client")
    with quiet.office.desk.transaction() as tx:
        people.give_role(tx, bob.id, Role.TO, "Ada")
    yield Captured(bob, his, sent)
    later(quiet.office, "0 seconds")
    quiet.clock.ahead = 0


def nothing_more(floor: Floor, point: Checkpoint, captured: Captured) -> None:
    """One refusal, which he heard; no answer."""
    assert floor.refusals() == [(captured.bob.name, "approve", point.label)]
    assert len(floor.hears(captured.his)) == 1
    assert (floor.office.show(point).state, floor.office.show(point).answers) == (State.OPEN, ())


@pytest.mark.parametrize(
    ("ahead", "by_bytes"),
    [
        pytest.param(10, 200, marks=pytest.mark.promise("B4.1"), id="ten seconds later"),
        pytest.param(240, 200, marks=pytest.mark.promise("B4.2"), id="four minutes later"),
        pytest.param(360, 401, marks=pytest.mark.promise("B4.3"), id="six minutes later"),
    ],
)
def test_a_press_replayed(quiet: Floor, point: Checkpoint, captured: Captured, ahead: int, by_bytes: int) -> None:
    later(quiet.office, f"{ahead} seconds")
    quiet.clock.ahead = ahead
    with quiet.door():
        assert quiet.slack.redeliver(captured.sent).status == by_bytes
        signed_anew = quiet.slack.redeliver(captured.sent, signed_at=quiet.clock())
        assert signed_anew.status == 200
        assert quiet.slack.redeliver(captured.sent, retry=1, signed_at=quiet.clock()).status == 200
    nothing_more(quiet, point, captured)


@pytest.mark.promise("B4.4", "B4.5")
def test_a_press_replayed_after_a_restart_and_on_another_replica(
    quiet: Floor, point: Checkpoint, captured: Captured
) -> None:
    with quiet.door():
        assert quiet.slack.redeliver(captured.sent).status == 200
    another = wiring.desk("desk", quiet.office.settings)
    with quiet.door(), quiet.door(another):
        assert quiet.slack.redeliver(captured.sent).status == 200
    another.engine.dispose()
    nothing_more(quiet, point, captured)
    # He may by now: what he presses himself is another press.
    with quiet.door():
        quiet.slack.press(captured.his, quiet.slack.messages("approvals")[-1], "approve")
    assert quiet.office.show(point).state is State.APPROVED


@pytest.mark.promise("B4.1")
def test_an_event_that_slack_says_anew_in_other_words_is_the_same_by_its_id(floor: Floor, point: Checkpoint) -> None:
    message = floor.hang(point)
    floor.slack.say(floor.ada, "approvals", "what do you think?", message)
    floor.wait(lambda: len(floor.slack.thread(message)) == 2)
    first = floor.slack.sent[-1]
    again = first.payload | {"event_context": "another"}
    for _ in range(3):
        assert floor.slack.deliver("events_api", again).status == 200
    floor.slack.command(floor.ada, "help", "approvals")
    floor.heard(floor.ada, "What you can say")
    assert len(floor.slack.thread(message)) == 2
