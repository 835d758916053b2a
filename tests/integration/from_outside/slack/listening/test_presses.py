"""A press in Slack is an answer to exactly what its card shows, by whom Slack signs and nobody else."""

import json
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest

from checkpoints.actions import deciding
from checkpoints.actions.by_runs import submitting
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Field, FieldSort, Press, Risk, Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.fakes.slack.workspace import Message
from tests.integration.from_outside.slack.listening.floors import Floor
from tests.stage.desks import spend


def test_a_press_on_approve_is_recorded_and_said(floor: Floor, point: Checkpoint, message: Message) -> None:
    assert floor.slack.press(floor.ada, message, "approve").status == 200
    floor.heard(floor.ada, f"Recorded for {point.label}")
    now = floor.office.show(point)
    assert (now.state, now.answers[0].person, now.answers[0].way) == (State.APPROVED, "Ada", "slack")


def test_what_is_filled_in_beside_the_button_goes_with_it_and_an_emptied_blank_is_no_default(floor: Floor) -> None:
    seats = Field("seats", "How many", FieldSort.NUMBER, default="3", whole=True)
    why = Field("why", "What for", FieldSort.TEXT, default="as ever")
    point = floor.asks(spend("60", fields=(seats, why)))
    message = floor.hang(point)
    floor.slack.press(floor.ada, message, "approve", {"field.seats": "x"})
    floor.heard(floor.ada, "seats: “x” won't do")
    state = {"field.seats": {"value": {"type": "number_input", "value": None}}}
    floor.slack.deliver("interactive", floor.pressed(floor.ada, message) | {"state": {"values": state}})
    floor.heard(floor.ada, "seats: “How many” is not filled")
    assert floor.office.show(point).state is State.OPEN
    floor.slack.press(floor.ada, message, "approve", {"field.seats": "5"})
    floor.heard(floor.ada, f"Recorded for {point.label}")
    assert floor.office.show(point).answers[0].fields == {"seats": "5", "why": "as ever"}


def test_a_press_on_the_card_of_a_revision_before_records_nothing(floor: Floor) -> None:
    run = floor.office.case("revised")
    point = floor.office.ask(run, spend("60"))
    message = floor.hang(point)
    floor.slack.press(floor.ada, message, "changes")
    floor.slack.submit(floor.ada, values={"why": "for less"})
    floor.wait(lambda: floor.office.show(point).state is State.CHANGING)
    submitting.revise(floor.office.asker, run, floor.office.show(point), spend("55"))
    floor.office.receive()
    assert (floor.office.show(point).state, floor.office.show(point).revision) == (State.OPEN, 2)
    floor.slack.press(floor.ada, message, "approve")
    floor.heard(floor.ada, "it is at revision 2 now, you saw 1")
    assert floor.office.show(point).answers[-1].verdict is Verdict.CHANGES


def test_a_no_asks_why_at_once_and_says_when_it_is_recorded(floor: Floor, point: Checkpoint, message: Message) -> None:
    floor.slack.press(floor.ada, message, "reject")
    modal = floor.slack.modal(floor.ada)
    assert f"{point.label}: Why not?" in json.dumps(modal.body)
    floor.slack.submit(floor.ada, modal, {"why": "Too dear."})
    floor.wait(lambda: f"Recorded for {point.label}" in json.dumps(floor.slack.space.views[modal.id].body))
    now = floor.office.show(point)
    assert (now.state, now.because) == (State.REJECTED, "Too dear.")


def test_what_was_typed_into_a_modal_is_still_there_when_it_is_not_recorded(
    floor: Floor, point: Checkpoint, message: Message
) -> None:
    mira = floor.member(floor.office.mira)
    floor.slack.press(mira, message, "reject")
    modal = floor.slack.modal(mira)
    floor.slack.submit(mira, modal, {"why": "It is mine,\nand I say no."})
    floor.wait(lambda: "Not recorded" in json.dumps(floor.slack.space.views[modal.id].body))
    shown = json.dumps(floor.slack.space.views[modal.id].body)
    assert "waits for the technical operator" in shown
    assert "It is mine,\\nand I say no." in shown
    assert floor.office.show(point).state is State.OPEN


def test_without_a_modal_they_hear_where_else_to_say_it(floor: Floor, point: Checkpoint, message: Message) -> None:
    floor.slack.fail("views.open", "expired_trigger_id")
    floor.slack.press(floor.ada, message, "reject")
    floor.heard(floor.ada, "Slack did not open the window")


@pytest.mark.promise("C1.1")
def test_whoever_the_agent_works_for_is_refused_by_their_slack_account_too(floor: Floor) -> None:
    bob, his = floor.another("Bob")
    point = floor.asks(spend("60"), by=bob)
    floor.slack.press(his, floor.hang(point), "approve")
    floor.heard(his, f"You started {point.case}")
    assert floor.office.show(point).answers == ()
    floor.wait(lambda: floor.refusals() == [(bob.name, "approve", point.label)])


@pytest.mark.promise("C3.1")
def test_a_name_a_label_and_a_buttons_words_make_nobody_a_person_in_slack(
    floor: Floor, point: Checkpoint, message: Message
) -> None:
    stranger = floor.slack.user("Somebody")
    ada = floor.ada
    forged = floor.pressed(stranger, message)
    ada_s = {"username": "ada", "name": "Ada", "email": "ada@example.com", "real_id": ada.id}
    forged["user"] = {"id": stranger.id, "team_id": floor.slack.team_id, **ada_s}
    forged["actions"] = [{**floor.action(message), "user": ada.id, "text": {"type": "plain_text", "text": "as Ada"}}]
    forged["message"] = {**dict(floor.slack.now(message).blocks[0]), "ts": message.ts, "user": ada.id}
    floor.slack.deliver("interactive", forged)
    floor.heard(stranger, "not linked to anybody")
    floor.slack.say(stranger, "approvals", f"<@{ada.id}> approve", message)
    assert floor.office.show(point).answers == ()


@pytest.mark.promise("C4.1")
def test_a_cards_buttons_carry_an_opaque_id_and_nothing_else(floor: Floor, message: Message) -> None:
    values = {floor.action(message, action)["value"] for action in ("approve", "reject", "changes")}
    assert len(values) == 1
    assert UUID(str(values.pop())).version == 4


@pytest.mark.promise("C4.2")
def test_a_cards_id_counts_at_its_own_place_and_for_its_own_person_alone(
    floor: Floor, point: Checkpoint, message: Message
) -> None:
    other = floor.hang(floor.asks(spend("60")))
    hers = floor.hang(point, floor.ada, floor.office.ada)
    _, bob = floor.another("Bob")
    at = floor.pressed(floor.ada, message)
    foreign: list[Mapping[str, object]] = [
        at | {"actions": [floor.action(other)]},
        at | {"actions": [{**floor.action(message), "value": point.label}]},
        at | {"actions": [{**floor.action(message), "value": str(point.id)}]},
        at | {"container": {"channel_id": other.channel, "message_ts": other.ts}},
        at | {"container": None, "channel": None},
        floor.pressed(bob, hers),
    ]
    for payload in foreign:
        assert floor.slack.deliver("interactive", payload).status == 200
    floor.wait(lambda: len(floor.refusals()) == len(foreign))
    assert {label.partition(" ")[0] for _, _, label in floor.refusals()} == {"card"}
    assert floor.office.show(point).answers == ()
    floor.slack.press(floor.ada, hers, "approve")
    floor.heard(floor.ada, f"Recorded for {point.label}")


@pytest.mark.promise("B9.1")
def test_one_person_counts_once_by_the_page_and_by_slack(quiet: Floor) -> None:
    known = quiet.office.desk
    spending = replace(known.kinds["spend"], floor=(Role.TO, Role.TO), by_rule=False)
    quiet.office = replace(quiet.office, desk=replace(known, kinds={**known.kinds, "spend": spending}))
    _, bob = quiet.another("Bob")
    point = quiet.asks(spend("60"))
    message = quiet.hang(point)
    press = Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    deciding.answer(quiet.office.desk, quiet.office.ada, press)
    with quiet.door():
        quiet.slack.press(quiet.ada, message, "approve")
        quiet.heard(quiet.ada, f"You approved {point.label} already")
        assert len(quiet.office.show(point).answers) == 1
        quiet.slack.press(bob, message, "approve")
        quiet.heard(bob, f"Recorded for {point.label}")
    assert quiet.office.show(point).state is State.APPROVED


@pytest.mark.promise("C8.1")
def test_high_risk_begun_in_slack_waits_for_the_second_factor(floor: Floor) -> None:
    point = floor.asks(spend("60", risks=(Risk.DELETES,)))
    message = floor.hang(point)
    assert "approve" not in message.buttons
    card = floor.action(message, "reject")
    floor.slack.deliver("interactive", floor.pressed(floor.ada, message, {**card, "action_id": "approve"}))
    said = floor.heard(floor.ada, "needs your second factor")
    assert f"/checkpoints/{point.label}" in json.dumps(said.blocks)
    # Proven in the shell, it is proven there: a press in Slack is another way.
    floor.office.enrol(floor.office.ada)
    floor.slack.say(floor.ada, "approvals", "approve", message)
    floor.wait(lambda: len(floor.refusals()) == 2)
    now = floor.office.show(point)
    assert (now.state, now.answers) == (State.OPEN, ())
