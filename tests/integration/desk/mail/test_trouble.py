"""Mail servers that are away, refuse, dawdle or hang up: one mail in the end, and the rest of the desk goes on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.actions import errands, reading
from checkpoints.actions.by_runs import requesting
from checkpoints.channels.smtp import Smtp
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role, Verdict
from checkpoints.seeing import failpoints
from tests.fakes.post_office import PostOffice, running_post_office, text
from tests.integration.desk.mail.conftest import ADA, SENDER, Told
from tests.integration.desk.mail.test_telling import press, rows, undone
from tests.integration.desk.moments import later
from tests.stage.desks import Office, spend
from tests.stage.runs import eventually
from to_tools.doers import TELLERS

SOURCE = Path(__file__).resolve().parents[4]


def refuse_sender(post: PostOffice) -> None:
    post.no_sender = "550 who are you"


def refuse_for_now(post: PostOffice) -> None:
    post.no[ADA] = "450 greylisted, come again"


def refuse_content_for_now(post: PostOffice) -> None:
    post.no_data = "451 the disk is full"


def hang_up(post: PostOffice) -> None:
    post.hangs_up = True


def dawdle(post: PostOffice) -> None:
    post.dawdles = 5


def behave(post: PostOffice) -> None:
    post.no.clear()
    post.no_data, post.no_sender, post.dawdles, post.hangs_up = "", "", 0, False


@pytest.mark.promise("G1.1")
@pytest.mark.parametrize("trouble", [refuse_sender, refuse_for_now, refuse_content_for_now, hang_up, dawdle])
def test_trouble_of_any_kind_makes_one_mail_in_the_end(told: Told, trouble: Callable[[PostOffice], None]) -> None:
    point = told.office.ask(told.office.case(), spend("60"))
    trouble(told.post)
    assert errands.carry_next(told.office.desk, TELLERS, lane="mail")
    assert undone(told) == 1
    behave(told.post)
    later(told.office, "1 minute")
    told.carry()
    (mail,) = told.post.to(ADA)
    assert point.label in str(mail["Subject"])
    assert len(set(told.post.taken)) == 1, "said twice, it was the same to the byte"
    assert rows(told) == [("Ada", 1, "open", "sent")]
    assert undone(told) == 0


@pytest.mark.promise("G1.1")
def test_with_the_mail_server_away_the_desk_goes_on_and_the_mail_comes_late(told: Told) -> None:
    with running_post_office() as gone:
        pass
    away = Smtp(gone.url, SENDER, told.office.settings.smtp_keys)
    desk = replace(told.office.desk, channels={"mail": away})
    point = told.office.ask(told.office.case(), spend("60"))
    for _ in range(3):
        while errands.carry_next(desk, TELLERS, lane="mail"):
            pass
    assert press(told, point).state is State.APPROVED
    other = told.office.ask(told.office.case("other"), spend("60"))
    later(told.office, "1 minute")
    told.carry()
    (mail,) = told.post.to(ADA)
    assert other.label in str(mail["Subject"]), "what was decided meanwhile is no news to whoever was never asked"


@pytest.mark.promise("G1.1")
def test_who_may_have_read_it_hears_that_it_is_over_and_who_surely_did_not_hears_nothing(told: Told) -> None:
    hang_up(told.post)
    perhaps = told.office.ask(told.office.case(), spend("60"))
    assert errands.carry_next(told.office.desk, TELLERS, lane="mail")
    behave(told.post)
    refuse_for_now(told.post)
    surely_not = told.office.ask(told.office.case("other"), spend("60"))
    later(told.office, "1 minute")
    told.carry()
    behave(told.post)
    for point in (perhaps, surely_not):
        press(told, point, Verdict.REJECT)
    later(told.office, "2 minutes")
    told.carry()
    asked, over = told.post.to(ADA)
    assert over["In-Reply-To"] == asked["Message-ID"]
    assert perhaps.label in text(over)


def test_a_server_that_never_says_whether_it_took_a_mail_gets_it_three_times_and_no_more(told: Told) -> None:
    hang_up(told.post)
    point = told.office.ask(told.office.case(), spend("60"))
    for minute in range(6):
        later(told.office, f"{minute} minutes")
        told.carry()
    assert (len(told.post.taken), len(told.post.to(ADA)), undone(told)) == (3, 1, 0)
    lines = reading.history(told.office.desk, point.label).lines
    assert [line.event for line in lines].count("may have been told") == 1
    behave(told.post)
    press(told, point)
    told.carry()
    assert "approved by Ada" in text(told.post.to(ADA)[1])


def test_a_mailbox_that_is_refused_for_good_is_not_tried_again_and_the_audit_says_so(told: Told) -> None:
    told.add("Bob", Role.TO)
    told.post.no[ADA] = f"550 5.1.1 <{ADA}> no such user \x1b[31m"
    point = told.office.ask(told.office.case(), spend("60"))
    told.carry()
    assert sorted(rows(told)) == [("Ada", 1, "open", "refused"), ("Bob", 1, "open", "sent")]
    assert undone(told) == 0
    lines = reading.history(told.office.desk, point.label).lines
    (line,) = [json.loads(line.body) for line in lines if line.event == "could not be told"]
    assert line["name"] == "Ada"
    assert "550 5.1.1 <their address> no such user" in line["why"]
    assert ADA not in repr(lines)
    press(told, point)
    told.carry()
    assert [str(mail["To"].addresses[0].addr_spec) for mail in told.post.mails] == ["bob@example.com"] * 2


def test_one_mailbox_in_trouble_holds_up_nobody(told: Told) -> None:
    told.add("Bob", Role.TO)
    refuse_for_now(told.post)
    told.office.ask(told.office.case(), spend("60"))
    assert errands.carry_next(told.office.desk, TELLERS, lane="mail")
    later(told.office, "1 minute")
    told.carry()
    assert sorted(rows(told)) == [("Ada", 1, "open", "failed"), ("Bob", 1, "open", "sent")]


@contextmanager
def running_porter(office: Office, post: PostOffice, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A porter in a process of its own, killed at the end however it is."""
    settings = office.settings
    told = {"HOME": str(settings.home), "DATABASE_URL": settings.database_url, "SMTP_URL": post.url}
    ours = {f"COUNTERSIGN_{name}": value for name, value in (told | {"MAIL_FROM": SENDER}).items()}
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


def test_a_porter_killed_before_it_recorded_what_was_accepted_says_the_same_again(told: Told) -> None:
    told.office.ask(told.office.case(), spend("60"))
    told.post.dawdles = 30
    with running_porter(told.office, told.post) as porter_process:
        assert told.post.arrived.wait(30)
        porter_process.send_signal(signal.SIGKILL)
        porter_process.wait()
    assert rows(told) == [("Ada", 1, "open", "sending")]
    told.post.dawdles = 0
    later(told.office, "61 seconds")
    with running_porter(told.office, told.post):
        eventually(lambda: rows(told) == [("Ada", 1, "open", "sent")] or None, "the record of the mail", 30)
    first, second = told.post.taken
    assert first == second
    assert len(told.post.to(ADA)) == 1


@pytest.mark.promise("A8.2")
@pytest.mark.parametrize(("sign", "code"), [("KILL", -signal.SIGKILL), ("TERM", 0)])
def test_a_porter_that_ends_between_the_mail_and_its_record_makes_one_mail_in_the_end(
    told: Told, tmp_path: Path, sign: str, code: int
) -> None:
    (tmp_path / "K2").write_text(sign)
    told.office.ask(told.office.case(), spend("60"))
    with running_porter(told.office, told.post, **{failpoints.FOLDER: str(tmp_path)}) as ending:
        assert ending.wait(30) == code
    later(told.office, "61 seconds")
    with running_porter(told.office, told.post):
        eventually(lambda: rows(told) == [("Ada", 1, "open", "sent")] or None, "the record of the mail", 30)
    assert len(set(told.post.taken)) == len(told.post.to(ADA)) == 1


def test_a_mail_server_that_hangs_holds_up_no_run(told: Told) -> None:
    told.post.dawdles = 30
    case = told.office.case()
    with running_porter(told.office, told.post):
        told.office.ask(case, spend("60"))
        assert told.post.arrived.wait(30)
        # It is in the midst of that conversation: what is asked now is received all the same.
        asked = requesting.ask(told.office.asker, case, "another", 1, spend("61"))
        eventually(lambda: told.office.show(asked).state is State.OPEN or None, "the other question", 5)
    assert len(told.post.taken) == 1
