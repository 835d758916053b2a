"""Two hundred questions in a minute: some told singly, the others in one mail, and over the limit refused."""

import json
import time
from dataclasses import replace

import pytest
from sqlalchemy import text as sql

from checkpoints.actions import deciding, escalating, reading, withdrawing
from checkpoints.actions.courses import opening
from checkpoints.actions.people import scheduling
from checkpoints.core.clock.flood import Limits
from checkpoints.core.digest import digest
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Person, Request, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.documents import dump
from checkpoints.store.runs import Run
from tests.fakes.post_office import text
from tests.integration.desk.mail.conftest import ADA, Told
from tests.integration.desk.moments import later
from tests.stage.desks import Office, spend

FLOOD = sql("""
    select desk.ask(:run, 'question ' || n, 1, cast(:request as jsonb), :digest)
    from generate_series(cast(:first as integer), cast(:last as integer)) n""")
SECONDS = 3.0
"""Of our own work for all two hundred, whatever else the machine does."""


def flood(office: Office, run: Run, first: int, last: int, request: Request | None = None) -> None:
    """So many questions from one run, as fast as it can, and received."""
    asked = request or spend("60")
    values = {"run": run.id, "request": dump(Request, asked), "digest": digest(asked.subject.parameters)}
    with office.asker.transaction() as tx:
        tx.execute(FLOOD, values | {"first": first, "last": last})
    office.receive()


def waits(office: Office) -> list[Checkpoint]:
    return reading.waiting_in(office.desk, "sample")


def limited(told: Told, singly: int, open: int = 200) -> Told:
    """The same office, whose desk takes less."""
    desk = replace(told.office.desk, limits=Limits(singly=singly, open=open))
    return replace(told, office=replace(told.office, desk=desk))


def lines(office: Office, event: str) -> list[dict[str, Json]]:
    return [json.loads(line.body) for line in reading.audit_page(office.desk).lines if line.event == event]


def reject(office: Office, who: Person, point: Checkpoint) -> None:
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.REJECT, {}, "too many")
    deciding.answer(office.desk, who, press)


@pytest.mark.promise("E8.1")
@pytest.mark.alone
def test_two_hundred_in_a_minute_are_ten_mails_and_one_digest(told: Told) -> None:
    office, run = told.office, told.office.case()
    begun = time.process_time()
    flood(office, run, 1, 200)
    told.carry()
    assert len(told.post.taken) == 10
    later(office, "2 minutes")
    told.carry()
    took = time.process_time() - begun
    (mail,) = told.post.mails[10:]
    assert mail["To"].addresses[0].addr_spec == ADA
    assert mail["Subject"] == "190 questions wait together: Sample (sample)"
    for part in ("plain", "html"):
        assert f"{office.desk.page_url}/bundles/flood:sample" in text(mail, part)
        assert "sample/11: Buy error tracking, $60.00 a month" in text(mail, part)
        assert "[cut: 150 more." in text(mail, part)
    (line,) = [line for line in lines(office, "told") if line["says"] == "digest"]
    assert (line["questions"], line["name"], line["channel"]) == (190, "Ada", "mail")
    told.carry()
    assert len(told.post.taken) == 11
    assert took < SECONDS


@pytest.mark.promise("E8.1")
def test_a_flood_that_grows_is_told_again_after_an_hour_and_says_only_what_is_new(told: Told) -> None:
    office, run = told.office, told.office.case()
    flood(office, run, 1, 13)
    later(office, "2 minutes")
    told.carry()
    assert len(told.post.taken) == 11
    flood(office, run, 14, 15)
    for minutes in (10, 30, 60):
        later(office, f"{minutes} minutes")
        told.carry()
        assert len(told.post.taken) == 11
    later(office, "64 minutes")
    told.carry()
    # Half of the time to answer is over by now: the same mail reminds of the first ones, and the first ten singly.
    again = told.post.to(ADA)[-1]
    assert "sample/14" in text(again)
    assert "sample/15" in text(again)
    assert sum("together" in str(mail["Subject"]) for mail in told.post.mails) == 2


@pytest.mark.promise("E8.1")
def test_the_inbox_shows_a_flood_as_one_entry_beside_what_others_ask(told: Told) -> None:
    office = told.office
    flood(office, office.case(), 1, 30)
    other = office.ask(office.case("other"), spend("60"))
    found = reading.inbox(office.desk)
    assert found.total == 31
    assert len(found.points) == 11
    assert other.id in {point.id for point in found.points}
    (shown,) = found.floods
    assert (shown.case, shown.questions, shown.agents) == ("sample", 20, ("Hermes",))


@pytest.mark.promise("E8.3")
def test_over_the_limit_an_asker_is_refused_in_words_and_never_approved_and_another_gets_through(told: Told) -> None:
    few = limited(told, singly=2, open=4)
    office, run = few.office, few.office.case()
    flood(office, run, 1, 4)
    # Also what the rule would pass.
    for number, cost in ((5, "60"), (6, "10")):
        refused = office.ask(run, spend(cost), f"question {number}")
        assert (refused.state, refused.decision, refused.permit) == (State.WITHDRAWN, None, None)
        assert refused.because.startswith("refused by the desk: over the limits: 4 questions of this case wait already")
    assert [line["why"] for line in lines(office, "refused by the desk")] == [
        refused.because.partition("desk: ")[2]
    ] * 2
    other = office.ask(office.case("other"), spend("60"))
    assert other.state is State.OPEN
    assert office.ask(office.case("third"), spend("10")).state is State.APPROVED
    told.carry()
    assert sorted(str(mail["Subject"]).rpartition(" ")[2] for mail in told.post.mails) == [
        "(other/1)", "(sample/1)", "(sample/2)",
    ]  # fmt: skip
    withdrawing.withdraw(office.desk, office.ada, waits(office)[0].id, "not needed")
    assert office.ask(run, spend("60"), "question 7").state is State.OPEN


@pytest.mark.promise("E8.3")
def test_another_name_of_an_agent_makes_no_other_asker(told: Told) -> None:
    few = limited(told, singly=2, open=4)
    run = few.office.case()
    asked = [few.office.ask(run, spend("60", agent=f"Hermes {n}"), f"question {n}") for n in range(6)]
    assert [point.state for point in asked] == [State.OPEN] * 4 + [State.WITHDRAWN] * 2
    (shown,) = reading.inbox(few.office.desk).floods
    assert shown.agents == ("Hermes 2", "Hermes 3")


def test_whoever_is_answered_is_no_flood(told: Told) -> None:
    few = limited(told, singly=2, open=4)
    run = few.office.case()
    for number in range(8):
        point = few.office.ask(run, spend("60"), f"question {number}")
        reject(few.office, few.office.ada, point)
    few.carry()
    assert reading.inbox(few.office.desk).total == 0
    assert len(told.post.taken) == 0
    few.office.ask(run, spend("60"), "one more")
    few.carry()
    assert len(told.post.taken) == 1


def test_what_a_person_reopens_is_asked_over_any_limit(told: Told) -> None:
    few = limited(told, singly=1, open=1)
    office, run = few.office, few.office.case()
    office.ask(run, spend("60"), "first")
    refused = office.ask(run, spend("60"), "second")
    again = opening.reopen(office.desk, office.ada, refused.id, "it is needed")
    office.receive()
    assert office.show(again).state is State.OPEN


def test_a_digest_goes_to_each_whose_answer_counts_and_what_was_decided_meanwhile_is_not_in_it(told: Told) -> None:
    few = limited(told, singly=1)
    few.add("Bob", Role.TO)
    office, run = few.office, few.office.case()
    flood(office, run, 1, 4)
    for point in waits(office)[2:3]:
        reject(office, office.ada, point)
    later(office, "2 minutes")
    few.carry()
    digests = [mail for mail in told.post.mails if "together" in str(mail["Subject"])]
    assert sorted(str(mail["To"].addresses[0].addr_spec) for mail in digests) == [ADA, "bob@example.com"]
    for mail in digests:
        assert "sample/2:" in text(mail)
        assert "sample/3:" not in text(mail)
    # Its end is on the page: two hundred mails that nothing is left to do would be a flood too.
    for point in waits(office)[1:]:
        reject(office, office.ada, point)
    before = len(told.post.taken)
    few.carry()
    assert len(told.post.taken) == before


def test_a_digest_that_may_have_arrived_is_said_again_the_very_same(told: Told) -> None:
    few = limited(told, singly=1)
    flood(few.office, few.office.case(), 1, 4)
    few.carry()
    later(few.office, "2 minutes")
    told.post.hangs_up = True
    few.carry()
    told.post.hangs_up = False
    for minutes in (3, 4, 5):
        later(few.office, f"{minutes} minutes")
        few.carry()
    digests = [mail for mail in told.post.taken if b"together" in mail]
    assert len(set(digests)) == 1
    assert len(told.post.to(ADA)) == 2


def test_who_answered_enough_today_is_told_after_the_others(told: Told) -> None:
    office = told.office
    scheduling.set_most(office.desk, office.ada, "Ada", 1)
    run = office.case()
    reject(office, office.ada, office.ask(run, spend("60"), "first"))
    office.ask(run, spend("60"), "nobody else is there")
    told.carry()
    assert [mail["To"].addresses[0].addr_spec for mail in told.post.mails] == [ADA]
    told.add("Bob", Role.TO)
    office.ask(run, spend("60"), "Bob is there")
    told.carry()
    assert [mail["To"].addresses[0].addr_spec for mail in told.post.mails[1:]] == ["bob@example.com"]
    later(office, "3 hours")
    while escalating.climb_next(office.desk):
        pass
    told.carry()
    assert any("Overdue" in str(mail["Subject"]) and "sample/3" in str(mail["Subject"]) for mail in told.post.to(ADA))
