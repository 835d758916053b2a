"""Who may speak to the desk in Slack is looked up when they press; whoever may not hears what to do instead."""

import pytest

from checkpoints.actions.from_outside.slack import refusing
from checkpoints.actions.people import joining
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role
from checkpoints.core.view import Checkpoint
from checkpoints.store import people
from tests.fakes.slack.docs import Doc
from tests.fakes.slack.workspace import Message
from tests.fakes.slack.workspace import User as Member
from tests.integration.from_outside.slack.listening.floors import Floor


def refused(floor: Floor, who: Member, message: Message, words: str, by: str, payload: Doc | None = None) -> None:
    """One press, one line of the audit, and they heard why."""
    before = floor.refusals()
    floor.slack.deliver("interactive", payload or floor.pressed(who, message))
    floor.wait(lambda: len(floor.refusals()) > len(before))
    assert floor.refusals()[len(before) :][0][:2] == (by, "approve")
    if words:
        floor.heard(who, words)


@pytest.mark.promise("C2.1", "H5.10")
def test_an_unknown_person_a_guest_and_a_bot_are_refused(floor: Floor, point: Checkpoint, message: Message) -> None:
    stranger = floor.slack.user("Somebody")
    refused(floor, stranger, message, "not linked to anybody", f"Slack user {stranger.id}")
    ada = floor.ada
    for flag in ("restricted", "ultra_restricted"):
        setattr(ada, flag, True)
        refused(floor, ada, message, "Guests of the workspace", f"Slack user {ada.id}")
        setattr(ada, flag, False)
    # Nothing can be said to a bot.
    ada.bot = True
    refused(floor, ada, message, "", f"Slack user {ada.id}")
    ada.bot = False
    assert "people decide" in floor.told("try refused")[-1]["why"]
    assert floor.office.show(point).answers == ()


@pytest.mark.promise("C2.2", "H5.10")
def test_another_workspace_is_refused(floor: Floor, point: Checkpoint, message: Message) -> None:
    ada = floor.ada
    of_another = f"Slack user {ada.id}"
    for team, home in (("T0OTHER", "T0OTHER"), (floor.slack.team_id, "T0OTHER"), ("T0OTHER", floor.slack.team_id)):
        payload = floor.pressed(ada, message) | {"team": {"id": team}, "user": {"id": ada.id, "team_id": home}}
        refused(floor, ada, message, "another Slack workspace", of_another, payload)
    ada.stranger = True
    refused(floor, ada, message, "another Slack workspace", of_another)
    ada.stranger, ada.team_id = False, "T0OTHER"
    ours: Doc = {"user": {"id": ada.id, "team_id": floor.slack.team_id}}
    refused(floor, ada, message, "another Slack workspace", of_another, floor.pressed(ada, message) | ours)
    ada.team_id = floor.slack.team_id
    assert floor.office.show(point).answers == ()


@pytest.mark.promise("C2.3", "H5.10")
def test_whoever_was_deactivated_or_lost_their_role_since_the_card_was_hung_is_refused(
    floor: Floor, point: Checkpoint, message: Message
) -> None:
    person, bob = floor.another("Bob")
    bob.deleted = True
    refused(floor, bob, message, "deactivated", f"Slack user {bob.id}")
    bob.deleted = False
    with floor.office.desk.transaction() as tx:
        people.take_role(tx, person.id, Role.TO)
        people.give_role(tx, person.id, Role.CLIENT, "Ada")
    refused(floor, bob, message, "your roles: client", person.name)
    joining.remove_person(floor.office.desk, floor.office.ada, person.name, "left")
    refused(floor, bob, message, "not linked to anybody", f"Slack user {bob.id}")
    assert (floor.office.show(point).state, floor.office.show(point).answers) == (State.OPEN, ())


def test_while_slack_does_not_say_who_that_is_nothing_is_recorded(floor: Floor, point: Checkpoint) -> None:
    message = floor.hang(point)
    for how, words in (("500", "did not say who you are"), ("unknown_method", "look up who you are (unknown_method)")):
        floor.slack.fail("users.info", how, times=2)
        floor.slack.press(floor.ada, message, "approve")
        floor.heard(floor.ada, words)
        floor.slack.heal()
    assert floor.refusals() == []
    floor.slack.press(floor.ada, message, "approve")
    floor.heard(floor.ada, "Recorded")


@pytest.mark.promise("H5.10")
def test_strangers_do_not_fill_the_audit(floor: Floor, message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusing, "MOST_LINES", floor.counts.get("slack unknown", 0) + 2)
    stranger = floor.slack.user("Somebody")
    for number in range(4):
        floor.slack.press(stranger, message, "approve")
        floor.wait(lambda number=number: len(floor.hears(stranger)) > number)  # type: ignore[misc]
    floor.wait(lambda: floor.counted().get("slack unknown") == 4)
    assert len(floor.refusals()) == 2
