"""What is said in a card's thread: an answer, a question back, or a secret that goes no further."""

import json
import logging

import pytest
from sqlalchemy import create_engine, text

from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from tests.fakes.slack.workspace import Message
from tests.integration.from_outside.slack.listening.floors import Floor

TABLES = "select table_name from information_schema.tables where table_schema = 'desk' and table_type = 'BASE TABLE'"
SECRET = "AKIA" + "ABCDEFGHIJKLMNOP"


def test_an_answer_in_the_thread_is_one_and_anything_else_gets_a_question_back(
    floor: Floor, point: Checkpoint, message: Message
) -> None:
    ada, slack = floor.ada, floor.slack
    slack.say(slack.user("Somebody"), "approvals", "shall we?", message)
    slack.say(ada, "approvals", "approve")
    asked = slack.say(ada, "approvals", "hm, what is it for?", message)
    floor.wait(lambda: len(slack.thread(message)) == 3)
    assert "nothing was recorded" in slack.thread(message)[-1].reads.casefold()
    slack.edit(asked, "approve")
    assert floor.office.show(point).answers == ()
    slack.say(ada, "approvals", "reject because it is too dear", message)
    floor.heard(ada, f"Recorded for {point.label}")
    now = floor.office.show(point)
    assert (now.state, now.because, now.answers[0].way) == (State.REJECTED, "it is too dear", "slack")
    # Two from people, one back, and nothing said to whoever is nobody here.
    assert len(slack.thread(message)) == 4
    assert floor.refusals() == []


def test_in_the_thread_of_a_card_that_hangs_with_somebody_only_they_answer(floor: Floor, point: Checkpoint) -> None:
    hers = floor.hang(point, floor.ada, floor.office.ada)
    floor.slack.say(floor.ada, floor.ada, "approve")
    floor.heard(floor.ada, "in the thread of a card")
    floor.slack.say(floor.ada, floor.ada, "approve", hers)
    floor.heard(floor.ada, f"Recorded for {point.label}")
    assert floor.office.show(point).state is State.APPROVED


def test_a_secret_that_is_said_is_kept_nowhere_and_its_writer_told_to_rotate_it(
    floor: Floor, point: Checkpoint, message: Message, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = floor.slack.user("Somebody")
    with caplog.at_level(logging.DEBUG, logger="slack"):
        for who, where, thread in (
            (floor.ada, "approvals", message),
            (stranger, "approvals", message),
            (floor.ada, floor.ada, ""),
        ):
            floor.slack.say(who, where, f"Credentials: {SECRET}", thread)
            floor.heard(who, "rotate it")
        floor.slack.command(floor.ada, f"reject {point.label} because of {SECRET}", "approvals")
        floor.slack.press(floor.ada, message, "reject")
        floor.slack.submit(floor.ada, values={"why": f"it is {SECRET}"})
        floor.wait(lambda: len(floor.told("secret said in Slack")) == 5)
    said = {(line["by"], line["checkpoint"]) for line in floor.told("secret said in Slack")}
    assert said >= {("Ada", point.label), (f"Slack user {stranger.id}", point.label), ("Ada", "")}
    assert floor.office.show(point).answers == ()
    assert SECRET not in caplog.text
    assert SECRET not in json.dumps([view.body for view in floor.slack.space.views.values()])
    assert SECRET not in everything(floor)


def everything(floor: Floor) -> str:
    """All rows of all tables, as text."""
    owner = create_engine(floor.office.settings.url_for("owner"))
    with owner.connect() as tx:
        names = tx.execute(text(TABLES)).scalars().all()
        rows = [tx.execute(text(f'select cast(t as text) from desk."{name}" t')).scalars().all() for name in names]
    owner.dispose()
    return str(rows)
