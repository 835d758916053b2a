"""`countersign slack` at the stand-in: what was given is looked at before it is kept, and what is missing is said."""

import re
import stat
import tomllib
from collections.abc import Iterator
from datetime import timedelta

import pytest

from checkpoints.actions.people.by_slack import connecting, linking
from checkpoints.core.errors import Refused
from checkpoints.settings import Settings
from checkpoints.store import errands
from checkpoints.store.from_outside.slack import workspace
from checkpoints.store.from_outside.slack.accounts import User
from checkpoints.store.from_outside.slack.workspace import Workspace
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from tests.fakes.slack import StandIn, stand_in
from tests.integration.shell.commands import Said, Shell
from tests.stage.desks import Office
from to_tools import slack_set_up
from to_tools.cli.doctor import slack as doctors
from to_tools.cli.doctor.finding import Finding, Mark
from to_tools.cli.machine import slack_looks
from to_tools.up import parts


@pytest.fixture(scope="module")
def workspace_of_ours() -> Iterator[StandIn]:
    with stand_in() as slack:
        slack.channel("approvals")
        yield slack


@pytest.fixture
def slack(workspace_of_ours: StandIn) -> Iterator[StandIn]:
    """As good as new."""
    yield workspace_of_ours
    workspace_of_ours.heal()
    workspace_of_ours.archive("approvals", archived=False)


def told(slack: StandIn, **changed: str) -> dict[str, str]:
    """What the environment of who connects has."""
    known = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "SLACK_CHANNEL": slack.channel("approvals").id,
    }
    return known | changed


def typed(shell: Shell, given: dict[str, str]) -> Said:
    return shell.run("slack", "connect", said=b"", program=None, **given)


def connect(office: Office, slack: StandIn, **changed: str) -> Settings:
    settings, said = slack_set_up.by_itself(office.settings, told(slack, **changed))
    assert said.startswith("stand-in"), said
    anew, ours = Settings(home=settings.home), {"slack", "slack_channel", "slack_api_url"}
    assert settings.model_dump(include=ours) == anew.model_dump(include=ours)
    return settings


def test_connecting_looks_first_and_keeps_tokens_in_their_file_alone(
    shell: Shell, office: Office, slack: StandIn
) -> None:
    home = office.settings.home
    wrong = typed(shell, told(slack, SLACK_BOT_TOKEN="xoxb-wrong"))
    assert (wrong.code, "invalid_auth" in wrong.err, "xoxb-wrong" in wrong.err) == (3, True, False)
    assert not (home / "keys/slack").exists()
    assert not office.settings.file.exists()
    done = typed(shell, told(slack))
    assert (done.code, "by socket mode" in done.out) == (0, True), done.err
    assert stat.S_IMODE((home / "keys/slack").stat().st_mode) == 0o600
    assert slack_keys.read(home / "keys/slack") == SlackKeys(slack.bot_token, slack.app_token)
    kept = tomllib.loads(office.settings.file.read_text())
    assert kept == {
        "slack": "socket",
        "slack_channel": slack.channel("approvals").id,
        "slack_api_url": slack.api_url,
    }
    assert not any(secret in done.out + done.err for secret in (slack.bot_token, slack.app_token))
    with office.desk.transaction() as tx:
        assert workspace.workspace(tx) == Workspace(slack.team_id, "stand-in", slack.space.bot.id)
    gone = shell.run("slack", "disconnect")
    assert (gone.code, "no more" in gone.out) == (0, True), gone.err
    assert not (home / "keys/slack").exists()
    assert "slack" not in office.settings.file.read_text()
    assert shell.run("slack", "disconnect").code == 5


def test_tokens_are_asked_for_hidden(shell: Shell, slack: StandIn) -> None:
    given = told(slack)
    answers = (given.pop("SLACK_BOT_TOKEN"), given.pop("SLACK_APP_TOKEN"))
    done = shell.talk("slack", "connect", answers=answers, **given)
    assert (done.code, "Connected to stand-in" in done.out) == (0, True), done.out
    assert not any(answer in done.out for answer in answers)


def test_a_technical_operator_connects_with_the_factor_that_they_have(shell: Shell, office: Office) -> None:
    app = office.enrol(office.ada)
    assert "second factor" in shell.run("slack", "connect").err
    missing = shell.run("slack", "connect", "--otp", app.code(1))
    assert (missing.code, "SLACK_BOT_TOKEN" in missing.err) == (3, True)
    shell.sign_in(office.mira)
    said = shell.run("slack", "connect")
    assert (said.code, "technical operator" in said.err) == (4, True)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"SLACK_APP_TOKEN": ""}, "The app-level token"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "The app-level token"),
        ({"SLACK_API_URL": "http://slack.example.com/api/"}, "for this machine alone"),
        ({"SLACK_API_URL": "http://127.0.0.1:9/api/"}, "does not answer"),
        ({"SLACK_BOT_TOKEN": 'xoxb-"'}, "The bot token"),
    ],
)
def test_what_is_not_good_is_said_and_nothing_is_kept(
    office: Office, slack: StandIn, changed: dict[str, str], says: str
) -> None:
    settings, said = slack_set_up.by_itself(office.settings, told(slack, **changed))
    assert said.startswith("not connected")
    assert says in said
    assert settings is office.settings
    assert not office.settings.slack_keys.exists()
    assert connecting.connected(office.desk) is None


def test_a_channel_may_be_named_and_one_that_the_bot_does_not_see_keeps_nobody(office: Office, slack: StandIn) -> None:
    assert connect(office, slack, SLACK_CHANNEL="#Approvals").slack_channel == slack.channel("approvals").id
    for channel in ("C0NOBODYS", "nobodys"):
        settings, said = slack_set_up.by_itself(office.settings, told(slack, SLACK_CHANNEL=channel))
        assert (settings.slack, settings.slack_channel) == ("socket", "")
        assert f"There is no channel {channel}" in said
    aside = slack.channel("aside", joined=False)
    settings, said = slack_set_up.by_itself(office.settings, told(slack, SLACK_CHANNEL="aside"))
    assert (settings.slack_channel, "not in #aside yet" in said) == (aside.id, True)


def test_without_a_signing_secret_nothing_comes_over_http(office: Office, slack: StandIn) -> None:
    known = office.settings.model_copy(update={"slack": "http"})
    with pytest.raises(Refused, match="without the app's signing secret"):
        slack_set_up.by_itself(known, told(slack))
    slack_keys.write(known.slack_keys, SlackKeys(slack.bot_token))
    with pytest.raises(Refused, match="without the app's signing secret"):
        slack_set_up.check_start(known)
    settings = connect(office, slack, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET=slack.signing_secret)
    assert settings.slack == "http"
    slack_set_up.check_start(settings)


def test_a_slack_that_is_away_leaves_it_connected_as_it_was(office: Office, slack: StandIn) -> None:
    before = connect(office, slack)
    slack.fail("auth.test", "503", times=1)
    settings, said = slack_set_up.by_itself(before, told(slack))
    assert (settings, said.startswith("as it was. Slack answers with an error (503)")) == (before, True)
    assert slack_keys.read(before.slack_keys).bot_token == slack.bot_token


def test_whoever_is_linked_elsewhere_is_linked_no_more(office: Office, slack: StandIn) -> None:
    with office.desk.transaction() as tx:
        workspace.connect(tx, Workspace("T0BEFORE", "Before", "U0BOT"))
    code = linking.new_code(office.desk, office.ada)
    linking.link(office.desk, User("T0BEFORE", "U0ADA"), code)
    connect(office, slack)
    assert linking.linked(office.desk, office.ada) is None


def test_no_process_of_the_desk_inherits_a_token(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_ANYTHING")
    for name in names:
        monkeypatch.setenv(name, "secret")
    settings = office.settings.model_copy(update={"slack": "socket"})
    makers = (parts.slack, parts.starter, parts.sandbox, parts.porter, parts.page, parts.engine, parts.prefect_server)
    made = [part for part in (make(settings) for make in (*makers, parts.deployments)) if part is not None]
    assert made[0].name == "slack"
    assert "to_tools.slack_listener" in made[0].command
    assert not any(set(names) & set(part.environment) for part in made)
    for none in ("", "http"):
        assert parts.slack(settings.model_copy(update={"slack": none})) is None


def looked(office: Office, settings: Settings) -> dict[str, Finding]:
    known = connecting.connected(office.desk)
    assert known is not None
    return {one.subject: one for one in slack_looks.looks(settings, known)}


def test_check_says_what_is_missing_and_what_to_do(office: Office, slack: StandIn) -> None:
    settings = connect(office, slack)
    found = looked(office, settings)
    assert {subject: one.mark for subject, one in found.items()} == {
        "bot token": Mark.OK,
        "scopes": Mark.OK,
        "app-level token": Mark.OK,
        "channel": Mark.OK,
        "people": Mark.LOOK,
    }
    slack.space.scopes.discard("commands")
    slack.archive("approvals")
    found = looked(office, settings)
    assert (found["scopes"].mark, found["scopes"].found) == (Mark.WRONG, "missing: commands")
    assert "is archived" in found["channel"].found
    slack.space.scopes.add("commands")
    aside = slack.channel("aside", joined=False)
    found = looked(office, settings.model_copy(update={"slack_channel": aside.id}))
    assert (found["channel"].mark, found["channel"].do.startswith("/invite")) == (Mark.WRONG, True)
    slack.fail("conversations.info", "unknown_method", times=1)
    assert looked(office, settings)["channel"].mark is Mark.LOOK
    slack.revoke()
    found = looked(office, settings)
    assert (list(found), found["bot token"].mark) == (["bot token"], Mark.WRONG)
    assert "is not good" in found["bot token"].found


def test_check_sends_a_test_card_and_a_project_gets_its_channel(shell: Shell, office: Office, slack: StandIn) -> None:
    office.case("sample")
    connect(office, slack)
    before = len(slack.messages("approvals"))
    said = shell.run("slack", "check")
    assert (said.code, "sent to the channel" in said.out) == (0, True), said.out + said.err
    (card,) = slack.messages("approvals")[before:]
    assert ("sent by Ada" in card.reads, card.buttons) == (True, [])
    own = slack.channel("own")
    assert shell.run("slack", "channel", "sample").code == 3
    assert shell.run("slack", "channel", "sample", "C0NOBODYS").code == 3
    hung = shell.run("slack", "channel", "sample", "#own")
    assert (hung.code, "hang in #own from now on" in hung.out) == (0, True), hung.err
    known = connecting.connected(office.desk)
    assert known is not None
    assert known.channels == (own.id,)
    assert shell.run("slack", "channel", "sample", "--none").code == 0


def test_the_manifest_needs_no_desk_and_a_code_needs_slack(shell: Shell, office: Office, slack: StandIn) -> None:
    said = shell.run("slack", "manifest")
    assert (said.code, '"socket_mode_enabled": true' in said.out) == (0, True), said.out
    assert "/slack/" in shell.run("slack", "manifest", "--http").out
    refused = shell.run("slack", "code")
    assert (refused.code, "countersign slack connect" in refused.err) == (3, True)
    connect(office, slack)
    made = re.search(r"/countersign link (\S+)", shell.run("slack", "code").out)
    assert made is not None
    assert linking.link(office.desk, User(slack.team_id, "U0ADA"), made[1]) == "Ada"


def test_doctor_says_how_it_stands_with_slack(office: Office, slack: StandIn) -> None:
    def found(settings: Settings) -> list[tuple[Mark, str]]:
        with office.desk.transaction() as tx:
            seen = [*doctors.ways(settings), *doctors.cards(tx, settings)]
        return [(one.mark, one.found) for one in seen]

    assert found(office.settings) == []
    settings = connect(office, slack)
    first, second = found(settings)
    assert (first[0], "nobody else can read" in first[1]) == (Mark.OK, True)
    assert (second[0], "stand-in; 0 people are linked" in second[1]) == (Mark.LOOK, True)
    with office.desk.transaction() as tx:
        errands.add(tx, doctors.ERRAND, "1", {"checkpoint": "1"})
        for _ in range(doctors.WORRYING + 1):
            errand = errands.claim(tx, timedelta(), lane="slack")
            assert errand is not None
            errands.later(tx, errand, timedelta(), "is_archived")
    settings.slack_keys.chmod(0o644)
    marks = found(settings)
    assert marks[0][0] is Mark.WRONG
    assert [mark for mark, words in marks if "is_archived" in words] == [Mark.WRONG]
    settings.slack_keys.unlink()
    assert "not connected" in found(settings)[0][1]
