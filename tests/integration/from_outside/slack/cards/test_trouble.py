"""Slack that is away, asks for patience, fails after it accepted, or lets nobody in: one card in the end, none lost."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from checkpoints.actions import errands, reading
from checkpoints.channels.slack.board import SlackBoard
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.seeing import failpoints
from checkpoints.store.from_outside.slack import cards
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from tests.integration.desk.moments import later
from tests.integration.from_outside.slack.cards.conftest import Hung
from tests.stage.desks import spend
from to_tools.doers import TELLERS

SOURCE = Path(__file__).resolve().parents[5]
TROUBLE = ("429", "503", "before", "after", "hang", "internal_error")
"""What a call of Slack's may end in; `after` and `hang` did it, and nobody hears of it."""


def once(hung: Hung) -> None:
    """One errand of Slack's, tried once."""
    assert errands.carry_next(hung.office.desk, TELLERS, lane="slack")


def undone(hung: Hung) -> int:
    with hung.office.desk.transaction() as tx:
        open_ = sql("select count(*) from desk.errand where kind = 'tell:slack' and done_at is null")
        return int(tx.execute(open_).scalar_one())


def lines(hung: Hung, point: Checkpoint, event: str) -> list[dict[str, Json]]:
    found = reading.history(hung.office.desk, point.label).lines
    return [json.loads(line.body) for line in found if line.event == event]


def states(hung: Hung, point: Checkpoint) -> list[str]:
    with hung.office.desk.transaction() as tx:
        return [card.state for card in cards.of(tx, point.id)]


@pytest.mark.promise("G1.1")
def test_trouble_of_any_kind_makes_one_card_in_the_end_and_one_answer_in_its_thread(hung: Hung) -> None:
    hung = hung.with_board(patience=0.5)
    for number, how in enumerate(TROUBLE):
        point = hung.office.ask(hung.office.case(f"case-{number}"), spend("60"))
        hung.slack.fail("chat.postMessage", how)
        once(hung)
        assert undone(hung) == 1
        hung.slack.fail("*", how)
        for minutes in (1, 2):
            later(hung.office, f"{number * 10 + minutes} minutes")
            hung.carry()
        (card,) = [card for card in hung.cards() if point.label in card.text]
        assert "approve" in card.buttons
        assert (states(hung, point), undone(hung)) == (["hangs"], 0)
        hung.press(hung.office.ada, point)
        hung.slack.fail("chat.update", how)
        hung.slack.fail("chat.postMessage", how)
        for minutes in range(3, 8):
            later(hung.office, f"{number * 10 + minutes} minutes")
            hung.carry()
        assert hung.slack.now(card).buttons == ["open"]
        assert len(hung.slack.thread(card)) == 1
        assert len(lines(hung, point, "told")) == 2


@pytest.mark.promise("G1.1")
def test_with_slack_away_the_desk_goes_on_and_what_was_decided_meanwhile_never_hangs(hung: Hung) -> None:
    away = replace(hung.office.desk, board=SlackBoard("http://127.0.0.1:9/api/", hung.office.settings.slack_keys))
    point = hung.office.ask(hung.office.case(), spend("60"))
    while errands.carry_next(away, TELLERS, lane="slack"):
        pass
    assert states(hung, point) == ["failed"]
    assert hung.press(hung.office.ada, point).state is State.APPROVED
    other = hung.office.ask(hung.office.case("other"), spend("60"))
    later(hung.office, "1 minute")
    hung.carry()
    (card,) = hung.cards()
    assert other.label in card.text


@pytest.mark.promise("G1.2")
def test_with_the_token_revoked_the_cards_come_and_change_once_there_is_a_new_one(hung: Hung) -> None:
    before = hung.office.ask(hung.office.case("before"), spend("60"))
    hung.carry()
    hung.slack.revoke()
    point = hung.office.ask(hung.office.case(), spend("60"))
    hung.carry()
    assert hung.press(hung.office.ada, before, Verdict.REJECT).state is State.REJECTED
    with hung.office.desk.transaction() as tx:
        troubles = set(tx.execute(sql("select trouble from desk.errand where trouble <> ''")).scalars())
    assert any("token was revoked" in trouble and "countersign slack connect" in trouble for trouble in troubles)
    hung.slack.heal()
    hung.slack.space.bot_token = "xoxb-the-new-one"
    slack_keys.write(hung.office.settings.slack_keys, SlackKeys(hung.slack.bot_token))
    for minutes in (1, 2, 3):
        later(hung.office, f"{minutes} minutes")
        hung.carry()
    old, new = hung.cards()
    assert "rejected by Ada" in old.reads
    assert point.label in new.text
    assert undone(hung) == 0


@pytest.mark.promise("G1.2")
def test_with_the_channel_archived_people_get_their_own_cards_and_the_audit_says_what_to_do(hung: Hung) -> None:
    ada = hung.link(hung.office.ada)
    hung.slack.archive(hung.channel)
    point = hung.office.ask(hung.office.case(), spend("60"))
    hung.carry()
    (card,) = hung.cards(ada)
    (line,) = lines(hung, point, "could not be told")
    assert "the channel is archived: bring it back, or choose another channel" in str(line["why"])
    assert undone(hung) == 0
    hung.press(hung.office.ada, point)
    hung.carry()
    assert hung.slack.now(card).buttons == ["open"]


def test_a_card_that_somebody_deleted_is_let_go(hung: Hung) -> None:
    point = hung.office.ask(hung.office.case(), spend("60"))
    hung.carry()
    hung.channel.messages.clear()
    hung.press(hung.office.ada, point)
    hung.carry()
    assert (states(hung, point), undone(hung), hung.cards()) == (["refused"], 0, [])


def test_where_nobody_may_look_and_nobody_answers_it_is_said_three_times_and_no_more(hung: Hung) -> None:
    hung.slack.space.scopes -= {"channels:history"}
    point = hung.office.ask(hung.office.case(), spend("60"))
    hung.slack.fail("chat.postMessage", "after", times=9)
    for minutes in range(6):
        later(hung.office, f"{minutes} minutes")
        hung.carry()
    hung.slack.space.scopes |= {"channels:history"}
    assert (len(hung.cards()), undone(hung)) == (3, 0)
    assert len(lines(hung, point, "may have been told")) == 1


def test_of_copies_that_hang_one_is_left(hung: Hung) -> None:
    hung.slack.space.scopes -= {"channels:history"}
    hung.office.ask(hung.office.case(), spend("60"))
    hung.slack.fail("chat.postMessage", "after", times=2)
    for minutes in range(2):
        later(hung.office, f"{minutes} minutes")
        once(hung)
    first, _ = hung.cards()
    hung.slack.space.scopes |= {"channels:history"}
    later(hung.office, "3 minutes")
    hung.carry()
    assert [card.ts for card in hung.cards()] == [first.ts]


def test_a_channel_that_asks_for_patience_holds_up_no_other(hung: Hung) -> None:
    ada = hung.link(hung.office.ada)
    hung.slack.fail("chat.postMessage", "429", seconds=30)
    hung.office.ask(hung.office.case(), spend("60"))
    hung.carry()
    assert [len(hung.cards(where)) for where in (None, ada)] == [0, 1]
    seconds = errands.seconds_to_next(hung.office.desk, lane="slack")
    assert seconds is not None
    assert 20 < seconds <= 30
    later(hung.office, "31 seconds")
    hung.carry()
    assert [len(hung.cards(where)) for where in (None, ada)] == [1, 1]


@contextmanager
def running_porter(hung: Hung, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A porter in a process of its own, killed at the end however it is."""
    settings = hung.office.settings
    told = {"HOME": str(settings.home), "DATABASE_URL": settings.database_url, "SLACK": "socket"}
    told |= {"SLACK_API_URL": hung.slack.api_url, "SLACK_CHANNEL": hung.channel.id}
    ours = {f"COUNTERSIGN_{name}": value for name, value in told.items()}
    paths = os.pathsep.join((str(SOURCE), str(SOURCE / "to-tools")))
    with (settings.home / "porter.log").open("ab") as log:
        command = [sys.executable, "-m", "to_tools.porter"]
        process = subprocess.Popen(
            command, env=os.environ | ours | more | {"PYTHONPATH": paths}, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.promise("G1.1")
def test_a_porter_killed_between_the_card_and_its_record_makes_one_card_in_the_end(hung: Hung, tmp_path: Path) -> None:
    (tmp_path / "K2").write_text("KILL")
    point = hung.office.ask(hung.office.case(), spend("60"))
    with running_porter(hung, **{failpoints.FOLDER: str(tmp_path)}) as ending:
        assert ending.wait(30) == -signal.SIGKILL
    assert (len(hung.cards()), states(hung, point)) == (1, ["sending"])
    later(hung.office, "61 seconds")
    hung.carry()
    assert (len(hung.cards()), states(hung, point)) == (1, ["hangs"])


def test_a_wait_is_no_trouble_of_the_errand(hung: Hung) -> None:
    kept = hung.paced(20)
    for name in ("one", "two"):
        kept.office.ask(kept.office.case(name), spend("60"))
    kept.carry()
    with kept.office.desk.transaction() as tx:
        assert tx.execute(sql("select trouble from desk.errand where kind = 'tell:slack'")).scalars().all() == ["", ""]
    assert timedelta(seconds=errands.seconds_to_next(kept.office.desk, lane="slack") or 0) > timedelta(seconds=15)
