"""Whoever may rotate a credential hears of it by their channel: when another value is due, and when it is overdue."""

from dataclasses import replace

from checkpoints.actions import escalating
from checkpoints.actions.credentials.life import looking, reminding
from checkpoints.actions.people import reaching
from checkpoints.channels.smtp import Smtp
from checkpoints.core.view import Checkpoint
from tests.fakes.post_office import running_post_office, text
from tests.integration.desk.mail.conftest import ADA, SENDER, Told
from tests.integration.desk.moments import later
from tests.stage.desks import Office


def ask(office: Office) -> None:
    assert reminding.ask_next(office.desk, {})
    office.receive()


def test_it_is_told_by_mail_when_it_is_due_and_once_more_when_it_is_overdue(office: Office, given: Checkpoint) -> None:
    reaching.set_email(office.desk, office.ada, "Ada", ADA)
    with running_post_office() as post:
        smtp = Smtp(post.url, SENDER, office.settings.smtp_keys, patience=1)
        told = Told(replace(office, desk=replace(office.desk, channels={"mail": smtp})), post)
        later(office, "90 days 1 minute")
        ask(told.office)
        told.carry()
        assert [mail["Subject"] for mail in post.mails] == [
            "[CHECKPOINT 1] Action Required: Rotate the pocket credential of sample/1 (desk/1)"
        ]
        assert "/checkpoints/sample/1/credential/lives#rotate" in text(post.mails[0], "plain")
        later(office, "104 days 2 minutes")
        assert escalating.expire_next(office.desk)
        ask(told.office)
        told.carry()
        asked = [mail["Subject"] for mail in post.mails if not mail["Subject"].startswith("Re: ")]
        assert asked[1:] == [
            "[CHECKPOINT 2] Action Required: OVERDUE: rotate the pocket credential of sample/1 (desk/2)"
        ]


def test_that_another_value_is_due_is_said_only_of_what_lives_that_long(office: Office, given: Checkpoint) -> None:
    assert "Another value is due" in " ".join(looking.look(office.desk, given.label)[1].says)
    with office.desk.transaction() as tx:
        tx.exec_driver_sql("update desk.credential set expires_at = desk.desk_now() + interval '20 minutes'")
    told = looking.look(office.desk, given.label)[1]
    assert told.life.expires_at is not None
    assert not [words for words in told.says if "due" in words]
