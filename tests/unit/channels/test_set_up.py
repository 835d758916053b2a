"""Which channels a desk has: those that its settings name, and none for whoever asks for none."""

from pathlib import Path

from checkpoints import wiring
from checkpoints.channels.maildir import Maildir
from checkpoints.channels.slack.board import SlackBoard
from checkpoints.channels.smtp import Smtp
from checkpoints.settings import Settings

SENDER = "desk@example.com"


def test_a_desk_tells_by_what_its_settings_name(tmp_path: Path) -> None:
    server = Settings(home=tmp_path, smtp_url="smtps://mail.example.com:465", mail_from=SENDER)
    folder = Settings(home=tmp_path, mail_folder=tmp_path / "mails", mail_from=SENDER)
    assert wiring.desk("desk", server, need=("channels",)).channels == {
        "mail": Smtp("smtps://mail.example.com:465", SENDER, tmp_path / "keys" / "smtp")
    }
    assert wiring.desk("desk", folder, need=("channels",)).channels == {"mail": Maildir(tmp_path / "mails", SENDER)}
    assert wiring.desk("desk", Settings(home=tmp_path), need=("channels",)).channels == {}
    assert wiring.desk("desk", server).channels == {}


def test_a_desk_that_is_in_slack_has_a_board_and_asks_for_its_keys_when_it_speaks(tmp_path: Path) -> None:
    slack = Settings(home=tmp_path, slack="socket", slack_channel="C1", slack_api_url="http://localhost:9/api/")
    told = wiring.desk("desk", slack, need=("channels",))
    assert (told.board, told.slack_channel) == (
        SlackBoard("http://localhost:9/api/", tmp_path / "keys" / "slack"),
        "C1",
    )
    assert wiring.desk("desk", slack).board is None
    assert wiring.desk("desk", Settings(home=tmp_path), need=("channels",)).board is None
