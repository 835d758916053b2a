"""What any board keeps to: one key, one card, which shows what it was last given; or it says that it does not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from checkpoints.channels.slack.board import SlackBoard
from checkpoints.core.errors import Busy, Doubtful, OutcomeUnknown, Refused, Unavailable
from checkpoints.core.ports import Board
from checkpoints.core.shown.message import Face, Pin
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from tests.fakes.slack import StandIn, stand_in

SHORT = Face("a card δ", ({"type": "section", "block_id": "card.x", "text": {"type": "mrkdwn", "text": "what"}},))
LONG = replace(SHORT, plain="changed", blocks=(*SHORT.blocks, {"type": "divider", "block_id": "card.y"}))


@dataclass(frozen=True)
class Case:
    """A board with a channel and a user on it, and what hangs there: what each shows, and how many are in its thread.

    `trouble` makes its next message end so; `away` is the same board with nobody behind it.
    """

    board: Board
    channel: str
    user: str
    hangs: Callable[[str], list[tuple[str, int]]]
    trouble: Callable[[str], object]
    away: Board


@pytest.fixture(scope="module")
def slack() -> Iterator[StandIn]:
    with stand_in() as running:
        running.space.dedupes = False
        yield running


@pytest.fixture
def case(slack: StandIn, tmp_path: Path) -> Iterator[Case]:
    slack_keys.write(tmp_path / "slack", SlackKeys(slack.bot_token))
    user, channel = slack.user(f"user {uuid4()}"), slack.channel(f"channel {uuid4()}")
    board = SlackBoard(slack.api_url, tmp_path / "slack", patience=1)

    def hangs(place: str) -> list[tuple[str, int]]:
        found = slack.messages(user if place == user.id else channel)
        return [(message.text, len(slack.thread(message))) for message in found]

    away = replace(board, api_url="http://127.0.0.1:9/api/", _clients={})
    yield Case(board, channel.id, user.id, hangs, lambda how: slack.fail("chat.postMessage", how), away)
    slack.heal()


def test_a_card_hangs_in_a_channel_or_with_a_user_and_shows_what_it_was_last_given(case: Case) -> None:
    for place in (case.channel, case.user):
        pin = case.board.hang(place, uuid4(), SHORT)
        case.board.change(pin, LONG)
        assert case.hangs(place) == [(LONG.plain, 0)]


def test_one_key_is_one_card_and_one_word_in_its_thread_however_often_it_may_have_been_said(case: Case) -> None:
    key, word = uuid4(), uuid4()
    first = case.board.hang(case.channel, key, SHORT)
    assert case.board.hang(case.channel, key, LONG, maybe=True) == first
    said = case.board.say(first, word, SHORT)
    assert case.board.say(first, word, SHORT, maybe=True) == said
    assert case.hangs(case.channel) == [(LONG.plain, 1)]
    case.board.hang(case.channel, uuid4(), SHORT, maybe=True)
    case.board.say(first, uuid4(), SHORT, maybe=True)
    assert case.hangs(case.channel) == [(LONG.plain, 2), (SHORT.plain, 0)]


def test_what_nobody_answered_to_is_found_again(case: Case) -> None:
    for how in ("after", "hang"):
        key = uuid4()
        case.trouble(how)
        with pytest.raises(OutcomeUnknown):
            case.board.hang(case.channel, key, SHORT)
        before = len(case.hangs(case.channel))
        case.board.hang(case.channel, key, SHORT, maybe=True)
        assert len(case.hangs(case.channel)) == before


@pytest.mark.parametrize(
    ("how", "wrong"),
    [("429", Busy), ("503", Doubtful), ("fatal_error", Doubtful), ("token_revoked", Unavailable),
     ("missing_scope", Unavailable), ("is_archived", Refused), ("msg_too_long", Refused)],
)  # fmt: skip
def test_a_no_is_told_as_what_it_is_and_nothing_hangs(case: Case, how: str, wrong: type[Exception]) -> None:
    case.trouble(how)
    with pytest.raises(wrong) as told:
        case.board.hang(case.channel, uuid4(), SHORT)
    assert type(told.value) is wrong
    assert case.hangs(case.channel) == []
    assert not isinstance(told.value, Busy) or told.value.wait.total_seconds() == 1


def test_where_there_is_no_such_place_it_never_hangs(case: Case) -> None:
    for place in ("C0NOWHERE", "U0NOBODY"):
        with pytest.raises(Refused):
            case.board.hang(place, uuid4(), SHORT)
    with pytest.raises(Refused, match="somebody has deleted that message"):
        case.board.change(Pin(case.channel, "1.000000"), SHORT)


def test_with_nobody_behind_it_nothing_hangs_and_it_may_be_tried_again(case: Case, tmp_path: Path) -> None:
    for does in (
        lambda: case.away.hang(case.channel, uuid4(), SHORT),
        lambda: case.away.hang(case.channel, uuid4(), SHORT, maybe=True),
        lambda: case.away.change(Pin(case.channel, "1.0"), SHORT),
    ):
        with pytest.raises(Unavailable):
            does()
    (tmp_path / "slack").unlink()
    with pytest.raises(Unavailable, match="countersign slack connect"):
        case.board.hang(case.channel, uuid4(), SHORT)
