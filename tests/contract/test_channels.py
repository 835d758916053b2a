"""What any channel keeps to: it says what it is given, the same under the same address, or says that it did not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from checkpoints.channels.maildir import Maildir
from checkpoints.channels.smtp import Smtp
from checkpoints.core.errors import Unavailable
from checkpoints.core.ports import Channel
from checkpoints.core.shown.message import Letter, Message
from tests.fakes.post_office import read, running_post_office, text

SENDER = "desk@agency.example"
LETTER = Letter("A question – δ", "plain δ\n\n> quoted\n.\n.. dots\n" + "long " * 1000 + "\n", "<p>html δ</p>")


@dataclass(frozen=True)
class Case:
    """A channel, and what has come out of it, each message once. `away` is the same channel with nobody behind it."""

    channel: Channel
    came: Callable[[], list[EmailMessage]]
    away: Channel


@pytest.fixture(params=["smtp", "maildir"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    """Each implementation in turn, over its real wire."""
    if request.param == "maildir":
        (tmp_path / "file").write_text("in the way")
        new = tmp_path / "mails/new"
        yield Case(
            Maildir(tmp_path / "mails", SENDER),
            lambda: [read(file.read_bytes()) for file in sorted(new.iterdir(), key=_age)],
            Maildir(tmp_path / "file", SENDER),
        )
        return
    with running_post_office() as office:
        with running_post_office() as closed:
            pass
        keys = tmp_path / "smtp"
        yield Case(Smtp(office.url, SENDER, keys), lambda: office.to(""), Smtp(closed.url, SENDER, keys))


def _age(file: Path) -> int:
    return file.stat().st_mtime_ns


def message(channel: Channel, key: str = "one", to: str = "ada@example.com") -> Message:
    return Message(channel.address(key), to, "Ada Löve", LETTER, datetime(2026, 3, 2, 12, 0, tzinfo=UTC))


def test_what_is_said_arrives_whole_with_both_parts(case: Case) -> None:
    case.channel.post(message(case.channel))
    (mail,) = case.came()
    assert (mail["To"].addresses[0].addr_spec, mail["To"].addresses[0].display_name) == ("ada@example.com", "Ada Löve")
    assert (mail["From"].addresses[0].addr_spec, mail["Subject"]) == (SENDER, LETTER.subject)
    assert mail["Date"].datetime == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert text(mail).replace("\r\n", "\n") == LETTER.plain
    assert text(mail, "html").strip() == LETTER.html


def test_one_key_has_one_address_and_another_key_another(case: Case) -> None:
    assert case.channel.address("one") == case.channel.address("one") != case.channel.address("two")
    assert "one" not in case.channel.address("one").removesuffix(f"@{SENDER.partition('@')[2]}>")


def test_the_same_message_again_is_the_same_message(case: Case) -> None:
    case.channel.post(message(case.channel))
    case.channel.post(message(case.channel))
    assert len(case.came()) == 1
    case.channel.post(message(case.channel, "two"))
    assert len(case.came()) == 2


def test_a_message_that_follows_stands_in_the_thread_of_those_before(case: Case) -> None:
    before = message(case.channel)
    case.channel.post(before)
    others = (case.channel.address("zero"), before.address)
    case.channel.post(replace(message(case.channel, "two"), follows=others))
    first, second = case.came()
    assert (first["In-Reply-To"], first["Message-ID"]) == (None, before.address)
    assert second["In-Reply-To"] == before.address
    assert second["References"].split() == list(others)


def test_with_nobody_behind_it_nothing_was_said_and_it_may_be_tried_again(case: Case) -> None:
    with pytest.raises(Unavailable):
        case.away.post(message(case.away))
