"""Who is told what by mail, when, and how often: whoever's turn it is, once, and once more when it is over."""

import json

import pytest
from sqlalchemy import text as sql

from checkpoints.actions import deciding, escalating, reading, withdrawing
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.people import joining, reaching
from checkpoints.core.model import Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.fakes.post_office import text
from tests.integration.desk.mail.conftest import ADA, Told
from tests.integration.desk.moments import later
from tests.stage.desks import spend


def press(told: Told, point: Checkpoint, verdict: Verdict = Verdict.APPROVE, note: str = "so") -> Checkpoint:
    said = deciding.Press(point.id, point.revision, point.digest, verdict, {}, note)
    return deciding.answer(told.office.desk, told.office.ada, said)


def rows(told: Told) -> list[tuple[str, int, str, str]]:
    """Who was told what of which revision, and how it stands."""
    with told.office.desk.transaction() as tx:
        found = tx.execute(
            sql("""select p.name, m.revision, m.says, m.state from desk.message m
                join desk.person p on p.id = m.person_id order by m.made_at""")
        )
        return [tuple(row) for row in found]


def undone(told: Told) -> int:
    """Errands that tell and are not done."""
    with told.office.desk.transaction() as tx:
        open_ = sql("select count(*) from desk.errand where kind like 'tell:%' and done_at is null")
        return int(tx.execute(open_).scalar_one())


def test_what_opens_is_told_to_whoever_may_answer_with_a_link_to_its_page(told: Told) -> None:
    point = told.office.ask(told.office.case(), spend("60"))
    told.carry()
    (mail,) = told.post.mails
    assert mail["To"].addresses[0].addr_spec == ADA
    assert mail["Subject"] == "[CHECKPOINT 1] Action Required: Buy error tracking (sample/1)"
    for part in ("plain", "html"):
        assert f"{told.office.desk.page_url}/checkpoints/{point.label}" in text(mail, part)
        assert "I need it to see errors." in text(mail, part)
        assert "$60.00 a month" in text(mail, part)
    assert rows(told) == [("Ada", 1, "open", "sent")]
    assert undone(told) == 0


def test_what_was_told_is_a_line_in_the_audit(told: Told) -> None:
    point = told.office.ask(told.office.case(), spend("60"))
    told.carry()
    lines = reading.history(told.office.desk, point.label).lines
    (line,) = [json.loads(line.body) for line in lines if line.event == "told"]
    assert (line["name"], line["channel"], line["says"], line["revision"]) == ("Ada", "mail", "open", 1)
    assert ADA not in repr(lines)


def test_an_errand_that_is_carried_again_sends_nothing_again(told: Told) -> None:
    point = told.office.ask(told.office.case(), spend("60"))
    for _ in range(3):
        told.carry()
        with told.office.desk.transaction() as tx:
            tx.execute(sql("update desk.errand set done_at = null where kind = 'tell:mail'"))
    told.carry()
    assert len(told.post.taken) == 1
    press(told, point)
    told.carry()
    told.carry()
    assert len(told.post.taken) == 2


@pytest.mark.parametrize(
    ("verdict", "says"), [(Verdict.APPROVE, "approved by Ada"), (Verdict.REJECT, "rejected by Ada")]
)
def test_a_decision_follows_in_the_same_thread(told: Told, verdict: Verdict, says: str) -> None:
    point = told.office.ask(told.office.case(), spend("60"))
    told.carry()
    press(told, point, verdict)
    told.carry()
    asked, over = told.post.mails
    assert over["In-Reply-To"] == over["References"] == asked["Message-ID"] != over["Message-ID"]
    assert over["Subject"] == f"Re: {asked['Subject']}"
    assert says in text(over)
    assert "Nothing is left for you to do." in text(over)


def test_what_expires_or_is_withdrawn_is_told_too(told: Told) -> None:
    expires = told.office.ask(told.office.case(), spend("60"))
    withdrawn = told.office.ask(told.office.case("other"), spend("60"))
    told.carry()
    withdrawing.withdraw(told.office.desk, told.office.ada, withdrawn.id, "see https://evil.example")
    told.carry()
    later(told.office, "400 days")
    while escalating.expire_next(told.office.desk):
        pass
    told.carry()
    one, two = told.post.mails[2:]
    assert f"{withdrawn.label} was withdrawn" in text(one)
    assert "> see https[:]//evil[.]example" in text(one)
    assert f"{expires.label} expired" in text(two)


def test_a_revision_is_asked_anew_in_the_same_thread(told: Told) -> None:
    run = told.office.case()
    point = told.office.ask(run, spend("60"))
    told.carry()
    press(told, point, Verdict.CHANGES, "cheaper")
    told.carry()
    submitting.revise(told.office.asker, run, point, spend("55", changed=("cheaper by 5 dollars",)))
    told.office.receive()
    told.carry()
    first, changing, second = told.post.mails
    assert "It comes back as the next revision." in text(changing)
    assert second["In-Reply-To"] == changing["Message-ID"]
    assert second["References"].split() == [first["Message-ID"], changing["Message-ID"]]
    assert "Revision: 2" in text(second)
    assert "> cheaper by 5 dollars" in text(second)
    assert [row[1:] for row in rows(told)] == [(1, "open", "sent"), (1, "changing", "sent"), (2, "open", "sent")]


def test_where_two_decide_in_turn_each_is_told_at_their_turn_and_both_at_the_end(told: Told) -> None:
    mia = told.add("Mia", Role.MANAGER)
    point = told.office.ask(told.office.case(), spend("300"))
    told.carry()
    assert [row[0] for row in rows(told)] == ["Ada"]
    press(told, point)
    told.carry()
    assert [row[0] for row in rows(told)] == ["Ada", "Mia"]
    said = deciding.Press(point.id, 1, point.digest, Verdict.APPROVE)
    deciding.answer(told.office.desk, mia, said)
    told.carry()
    assert sorted(row[0] for row in rows(told) if row[2] == "approved") == ["Ada", "Mia"]
    assert len(told.post.taken) == 4


def test_whose_turn_it_is_once_a_yes_fell_is_told_too(told: Told) -> None:
    told.add("Bob", Role.TO)
    point = told.office.ask(told.office.case(), spend("300"))
    press(told, point)
    told.carry()
    cy = told.add("Cy", Role.TO)
    told.carry()
    joining.remove_person(told.office.desk, cy, "Ada", "left")
    told.carry()
    assert [row[0] for row in rows(told)] == ["Bob", "Cy"]
    (line,) = [
        line for line in reading.history(told.office.desk, point.label).lines if line.event == "approval counts no more"
    ]
    assert json.loads(line.body)["by"] == "Ada"


def test_whoever_may_not_answer_is_not_told(told: Told) -> None:
    told.add("Bob", Role.TO)
    told.add("Cleo", Role.CLIENT)
    told.add("Eve", Role.TO)
    joining.remove_person(told.office.desk, told.office.ada, "Eve", "left")
    # Ada started this one herself, and she isn't the only operator any more.
    told.office.ask(told.office.case(by=told.office.ada), spend("60"))
    told.carry()
    assert [str(mail["To"].addresses[0].addr_spec) for mail in told.post.mails] == ["bob@example.com"]


def test_what_a_rule_passed_or_nobody_was_asked_is_told_to_nobody(told: Told) -> None:
    told.office.ask(told.office.case(), spend("10"))
    told.carry()
    assert (told.post.taken, undone(told)) == ([], 0)


def test_what_was_decided_before_the_mail_went_out_is_not_asked_any_more(told: Told) -> None:
    press(told, told.office.ask(told.office.case(), spend("60")))
    told.carry()
    assert (told.post.taken, undone(told)) == ([], 0)


def test_without_an_address_nothing_is_promised(told: Told) -> None:
    reaching.set_email(told.office.desk, told.office.ada, "Ada", "")
    told.office.ask(told.office.case(), spend("60"))
    assert undone(told) == 0
