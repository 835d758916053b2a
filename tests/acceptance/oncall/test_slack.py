"""Trouble with Slack that needs no whole desk: its keys are gone, and a card can't get there."""

from datetime import timedelta

import pytest

from checkpoints.actions.people.by_slack import linking
from checkpoints.store import errands
from checkpoints.store.from_outside.slack.accounts import User
from tests.acceptance.oncall.pages import Page
from tests.fakes.slack import stand_in
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office
from to_tools import slack_set_up
from to_tools.cli.doctor.slack import ERRAND, WORRYING

pytestmark = [pytest.mark.acceptance, pytest.mark.soak]


def test_slacks_keys_are_gone(office: Office, shell: Shell) -> None:
    with stand_in() as slack:
        told = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "SLACK_CHANNEL": slack.channel("approvals").id,
        }
        settings, _ = slack_set_up.by_itself(office.settings, told)
        code = linking.new_code(office.desk, office.ada)
        linking.link(office.desk, User(slack.team_id, slack.user("Ada").id), code)
        settings.slack_keys.unlink()
        with office.desk.transaction() as tx:
            errands.add(tx, ERRAND, "1", {"checkpoint": "1"})
            for _ in range(WORRYING + 1):
                errand = errands.claim(tx, timedelta(), lane="slack")
                assert errand is not None
                errands.later(tx, errand, timedelta(), "there are no keys for it")
        ours = {name: value for name, value in shell.environment.items() if name.startswith("COUNTERSIGN_")}
        page = Page("slack-does-not-answer", ours | told)
        assert "not connected" in page.notice()
        page.follow()
        with office.desk.transaction() as tx:
            assert errand is not None
            errands.close(tx, errand)
        page.see_it_is_over()
