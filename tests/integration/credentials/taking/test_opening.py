"""Who opens a credential: the run of its case, after the yes, as often as was approved; and who redeems a ticket."""

import json
from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import acting, opening
from checkpoints.actions.credentials import forgetting, redeeming
from checkpoints.core.errors import Countersign, IllegalMove, NotYourCall, Refused
from checkpoints.core.model import Subject
from checkpoints.core.view import Checkpoint
from checkpoints.store import cases
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import GIVEN, KEY, SENDGRID, SENDGRID_KEY, give, press, request
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office, spend

Begun = Callable[[Checkpoint], UUID]


@pytest.fixture
def given(desk: Desk, office: Office, point: Checkpoint) -> Checkpoint:
    return give(desk, office.ada, point)


@pytest.fixture
def begin(office: Office, run: Run) -> Begun:
    """The step that may open it."""

    def begun(point: Checkpoint) -> UUID:
        now = office.show(point)
        assert now.decision is not None
        return acting.begin(office.asker, run, now, "hand over", now.digest, now.decision.fields).id

    return begun


def lines(office: Office, point: Checkpoint, event: str) -> int:
    return [line.event for line in reading.history(office.desk, point.label).lines].count(event)


@pytest.mark.promise("F2.1")
def test_it_opens_once_a_try_for_the_run_that_acts_on_the_yes(
    desk: Desk, office: Office, run: Run, given: Checkpoint, begin: Begun
) -> None:
    with pytest.raises(Refused, match="not approved, or not handed over"):
        opening.open_check(office.asker, run, given, "too early")
    step = begin(given)
    ticket = opening.open_check(office.asker, run, given, "to check it")
    with pytest.raises(Refused, match="may be opened once, and was"):
        opening.open_check(office.asker, run, given, "again")
    opened = redeeming.redeem(desk, ticket, run.case, "check")
    assert opened.service == "pocket"
    assert opened.values(desk.credentials) == GIVEN
    assert lines(office, given, "credential opened") == 1
    assert lines(office, given, "second opening refused") == 1
    acting.finish(office.asker, run, step, "failed", None)
    begin(given)
    assert opening.open_check(office.asker, run, given, "the service was away") != ticket


@pytest.mark.promise("F2.1")
def test_what_was_done_is_not_checked_again(office: Office, run: Run, given: Checkpoint, begin: Begun) -> None:
    step = begin(given)
    opening.open_check(office.asker, run, given, "to check it")
    acting.finish(office.asker, run, step, "done", None)
    with pytest.raises(Refused, match="at no step that may open it"):
        opening.open_check(office.asker, run, given, "again")


@pytest.mark.promise("F2.1")
def test_a_run_that_is_at_no_approved_step_or_at_another_opens_nothing(
    office: Office, run: Run, given: Checkpoint, begin: Begun
) -> None:
    acting.finish(office.asker, run, begin(given), "done", None)
    with pytest.raises(Refused, match="at no step that may open it"):
        opening.open_for_release(office.asker, run, ["pocket"], "because I like to")
    other = office.ask(run, spend(), "other")
    approved = deciding.answer(office.desk, office.ada, press(other))
    acting.begin(office.asker, run, approved, "deploy", approved.digest, {})
    assert opening.open_for_release(office.asker, run, ["pocket"], "to deploy")
    with pytest.raises(Refused, match="at no step that may open it"):
        opening.open_check(office.asker, run, given, "another's permit")


@pytest.mark.promise("F2.1")
def test_many_at_once_open_it_once(office: Office, run: Run, given: Checkpoint, begin: Begun) -> None:
    begin(given)
    told = at_once([partial(opening.open_check, office.asker, run, given, str(n)) for n in range(8)])
    assert sum(isinstance(one, UUID) for one in told) == 1


@pytest.mark.promise("F2.1")
def test_another_cases_run_and_an_ended_run_open_nothing(
    office: Office, run: Run, given: Checkpoint, begin: Begun
) -> None:
    begin(given)
    with office.desk.transaction() as tx:
        handle = tx.exec_driver_sql("select id from desk.handle where purpose = 'check'").scalar_one()
    stranger = office.case("stranger")
    for opener in (stranger.id, uuid4()):
        with pytest.raises(Refused, match="No such handle of this run's case"), office.asker.transaction() as tx:
            tx.execute(text("select desk.open_handle(:run, :handle, 'mine')"), {"run": opener, "handle": handle})
    with office.desk.transaction() as tx:
        tx.execute(text("update desk.run set ended_at = desk.desk_now() where id = :id"), {"id": run.id})
    with pytest.raises(Refused, match="No such handle"):
        opening.open_check(office.asker, run, given, "too late")


@pytest.mark.promise("F2.1")
def test_a_rejected_or_void_credential_and_one_of_an_ended_case_open_nothing(
    desk: Desk, office: Office, run: Run, given: Checkpoint, begin: Begun
) -> None:
    begin(given)
    with office.desk.transaction() as tx:
        cases.end(tx, run.case_id, "undelivered", "the client left")
    with pytest.raises(IllegalMove, match=r"has ended\. Nothing was opened"):
        opening.open_for_release(office.asker, run, ["pocket"], "staging")
    with office.desk.transaction() as tx:
        cases.reopen(tx, run.case_id)
        forgetting.end_credentials(tx, run.case_id)
    with pytest.raises(Refused, match="No credential was given for pocket"):
        opening.open_for_release(office.asker, run, ["pocket"], "staging")
    assert redeeming.reopen(desk, run.case, "a restart") == ()


@pytest.mark.promise("F2.3")
def test_a_use_while_the_case_lives_gets_a_fresh_ticket_and_a_line_each_time(
    desk: Desk, office: Office, run: Run, given: Checkpoint, begin: Begun, services: str
) -> None:
    second = office.ask(run, request(SENDGRID, services), "sendgrid")
    give(desk, office.ada, second, {"api_key": SENDGRID_KEY})
    begin(given)
    with pytest.raises(Refused, match="not handed over"):
        opening.open_for_release(office.asker, run, ["pocket", "sendgrid"], "staging")
    begin_second = office.show(second)
    assert begin_second.decision is not None
    acting.begin(office.asker, run, begin_second, "hand over 2", begin_second.digest, begin_second.decision.fields)
    for number in (1, 2):
        tickets = opening.open_for_release(office.asker, run, ["pocket", "sendgrid"], f"deployment {number}")
        found = [redeeming.redeem(desk, ticket, run.case) for ticket in tickets]
        assert [one.values(desk.credentials) for one in found] == [GIVEN, {"api_key": SENDGRID_KEY}]
    assert lines(office, second, "credential opened") == 2
    reopened = redeeming.reopen(desk, run.case, "the sandbox started again")
    assert [one.service for one in reopened] == ["pocket", "sendgrid"]
    assert lines(office, second, "credential opened") == 3
    with pytest.raises(Refused, match="No credential was given for stripe"):
        opening.open_for_release(office.asker, run, ["pocket", "stripe"], "staging")


@pytest.mark.promise("F2.1")
def test_a_ticket_is_redeemed_once_within_minutes_in_its_case_and_for_its_purpose(
    desk: Desk, office: Office, run: Run, given: Checkpoint, begin: Begun
) -> None:
    begin(given)
    office.case("other")

    def ticket() -> UUID:
        return opening.open_for_release(office.asker, run, ["pocket"], "staging")[0]

    used = ticket()
    redeeming.redeem(desk, used, run.case)
    late = ticket()
    wrong: list[tuple[UUID, str, str]] = [
        (used, run.case, "deployment"),
        (ticket(), "other", "deployment"),
        (ticket(), run.case, "check"),
        (uuid4(), run.case, "deployment"),
    ]
    for stolen, case, purpose in wrong:
        with pytest.raises(Refused, match="opens nothing"):
            redeeming.redeem(desk, stolen, case, purpose)
    later(office, "6 minutes")
    with pytest.raises(Refused, match="opens nothing"):
        redeeming.redeem(desk, late, run.case)
    assert lines(office, given, "ticket refused") == 4


def test_two_who_redeem_one_ticket_at_once_open_it_once(
    desk: Desk, office: Office, run: Run, given: Checkpoint, begin: Begun
) -> None:
    begin(given)
    (ticket,) = opening.open_for_release(office.asker, run, ["pocket"], "staging")
    told = at_once([partial(redeeming.redeem, desk, ticket, run.case)] * 6)
    assert sum(isinstance(one, redeeming.Opened) for one in told) == 1
    assert all(isinstance(one, redeeming.Opened | Countersign) for one in told)


def test_the_askers_login_writes_nothing_about_credentials_and_reads_no_ticket(
    office: Office, given: Checkpoint
) -> None:
    for sql in (
        "insert into desk.handle (credential_id, purpose, lasts) select id, 'check', 'once' from desk.credential",
        "update desk.credential set ended_at = null",
        "select * from desk.opening",
        "select * from desk.consent",
        "insert into desk.opening (handle_id, why, at) select id, 'x', now() from desk.handle",
    ):
        with pytest.raises(NotYourCall), office.asker.transaction() as tx:
            tx.execute(text(sql))


def test_the_audit_says_who_opened_what_and_why_and_never_the_value(
    office: Office, run: Run, given: Checkpoint, begin: Begun
) -> None:
    begin(given)
    opening.open_for_release(office.asker, run, ["pocket"], "staging-deployment of sample/2")
    told = reading.history(office.desk, given.label).lines
    (line,) = [json.loads(line.body) for line in told if line.event == "credential opened"]
    assert (line["service"], line["why"], line["run"]) == ("pocket", "staging-deployment of sample/2", str(run.id))
    assert KEY not in repr(told)


@pytest.mark.promise("F2.1")
@pytest.mark.parametrize(
    ("environment", "digest"), [("staging", "b" * 64), ("production", "a" * 64), ("production", "b" * 64)]
)
def test_another_release_than_the_one_that_was_approved_there_is_handed_nothing(
    desk: Desk, office: Office, run: Run, given: Checkpoint, begin: Begun, environment: str, digest: str
) -> None:
    begin(given)
    asked = spend(subject=Subject("the image", {"release": "a" * 64, "environment": "staging"}))
    approved = deciding.answer(office.desk, office.ada, press(office.ask(run, asked, "deploy")))
    acting.begin(office.asker, run, approved, "deploy", approved.digest, {})
    right, wrong = (opening.open_for_release(office.asker, run, ["pocket"], "staging")[0] for _ in range(2))
    with pytest.raises(Refused, match="is not what was approved"):
        redeeming.values_for_release(desk, wrong, run.case, environment, digest)
    assert redeeming.values_for_release(desk, right, run.case, "staging", "a" * 64) == ("pocket", GIVEN)
