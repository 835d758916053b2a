"""The desk receives whatever a run hands in: what it can't take is refused, and keeps nothing else back."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from checkpoints.actions import finding, reading, receiving
from checkpoints.actions.by_runs import requesting, submitting
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Fact, Field, FieldSort, Json, Request, Subject
from checkpoints.core.view import Checkpoint
from checkpoints.store import cases
from checkpoints.store.documents import dump
from checkpoints.store.runs import Run
from tests.integration.desk.moments import later
from tests.stage.desks import Office, spend

GOOD: dict[str, Json] = json.loads(dump(Request, spend("10")))
NAMED = digest(spend("10").subject.parameters)


def with_cost(amount: str) -> str:
    return json.dumps(GOOD | {"cost": {"low": amount, "high": amount}})


UNREADABLE = {
    "a list": "[]",
    "null": "null",
    "a string": '"spend"',
    "an empty object": "{}",
    "kind null": json.dumps(GOOD | {"kind": None}),
    "kind an object": json.dumps(GOOD | {"kind": {"a": 1}}),
    "an unknown kind": json.dumps(GOOD | {"kind": "world-peace"}),
    "a long kind": json.dumps(GOOD | {"kind": "x" * 100_000}),
    "facts of another type": json.dumps(GOOD | {"facts": 3}),
    "a fact is lacking": json.dumps(GOOD | {"facts": []}),
    "3,000 deep": '{"kind": "spend", "x": ' + "[" * 3000 + "]" * 3000 + "}",
    "5,000 digits": '{"kind": "spend", "x": 1e5000}',
    "5,000 digits in the subject": json.dumps(GOOD).replace('"monthly": "10"', '"monthly": 1e5000'),
    "a cost of NaN": with_cost("NaN"),
    "a cost of infinity": with_cost("-Infinity"),
    "a cost of 1E+9999999999999999999": with_cost("1E+9999999999999999999"),
    "a bad duration": json.dumps(GOOD | {"answer_within": "soon"}),
    "another subject": json.dumps(GOOD | {"subject": {"name": "x", "parameters": {"what": "all"}}}),
    "not that agent's": json.dumps(GOOD | {"kind": "terraform-plan"}),
}
FOR_A_PERSON = {
    "negative": with_cost("-1"),
    "too small to be money": with_cost("1e-999999"),
    "far too small": with_cost("1e-999999999"),
    "absurd": with_cost("1e999999"),
    "unpriced": json.dumps(GOOD | {"cost": None}),
    "another currency": json.dumps(GOOD | {"cost": {"low": "1", "high": "1", "currency": "EUR"}}),
    "partly unpriced": json.dumps(GOOD | {"cost": {"low": "1", "high": "1", "unpriced": ["x"]}}),
    "a risk": json.dumps(GOOD | {"risks": ["secret"]}),
    "a blank that only a person can fill": json.dumps(GOOD | {"fields": [{"name": "n", "label": "n", "sort": "text"}]}),
}
SUBMIT = text("insert into desk.submission (run_id, verb, checkpoint_id, body, made_at) values (:r, :v, :c, :b, now())")
JUNK = ["[]", "null", '"x"', "{}", '{"revision": "x"}', '{"revision": 1e5000}', '{"revision": 1, "request": []}',
        '{"revision": 1, "because": {}}', '{"state": 1, "outcome": []}', "[" * 3000 + "]" * 3000]  # fmt: skip


def hand_over(office: Office, run: Run, body: str, question: str = "odd") -> None:
    """Asks with the login of the runs, past everything that would have checked it."""
    ask = text("select desk.ask(:run, :question, 1, cast(:body as jsonb), :digest)")
    with office.asker.transaction() as tx:
        tx.execute(ask, {"run": run.id, "question": question, "body": body, "digest": NAMED})


def received(office: Office, run: Run, body: str) -> Checkpoint:
    """What became of it, and that the question behind it was received too."""
    hand_over(office, run, body)
    behind = office.ask(run, spend("60"), "behind it")
    assert office.show(behind).state is State.OPEN
    return reading.show(office.desk, f"{run.case}/1").point


@pytest.mark.promise("C9.2")
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=list(UNREADABLE))
def test_a_request_that_can_t_be_read_is_refused_with_a_reason(office: Office, body: str) -> None:
    point = received(office, office.case(), body)
    assert point.state is State.WITHDRAWN
    assert point.because.startswith("refused by the desk: ")
    assert reading.history(office.desk, point.label).lines[-1].event == "refused by the desk"


@pytest.mark.promise("C9.1")
@pytest.mark.parametrize("body", FOR_A_PERSON.values(), ids=list(FOR_A_PERSON))
def test_a_cost_or_a_blank_that_no_rule_can_judge_waits_for_a_person(office: Office, body: str) -> None:
    point = received(office, office.case(), body)
    assert (point.state, point.permit) == (State.OPEN, None)
    assert len(reading.show(office.desk, point.label).card.cost) < 80


@pytest.mark.parametrize("digits", ["", "x", "A" * 64, "0" * 65, "0" * 100_000])
def test_a_digest_that_is_none_is_not_taken(office: Office, digits: str) -> None:
    ask = text("select desk.ask(:run, 'q', 1, '{}', :digest)")
    with pytest.raises(Refused, match="64 hex digits"), office.asker.transaction() as tx:
        tx.execute(ask, {"run": office.case().id, "digest": digits})


def test_a_request_over_its_limit_is_not_taken(office: Office) -> None:
    with pytest.raises(Refused, match=r"over 256 KiB\. Nothing was asked"):
        requesting.ask(office.asker, office.case(), "q", 1, spend("10", details="x" * 300_000))


@pytest.mark.parametrize("verb", ["revise", "withdraw", "void", "ended", "start", "signal"])
def test_submissions_that_are_junk_are_refused_and_said(office: Office, verb: str) -> None:
    run = office.case()
    point = office.ask(run, spend("60"))
    with office.asker.transaction() as tx:
        for body in JUNK:
            tx.execute(SUBMIT, {"r": run.id, "v": verb, "c": point.id, "b": body})
    office.receive()
    with office.desk.transaction() as tx:
        refused = tx.scalars(text("select refused from desk.submission where received_at is not null")).all()
    assert len(refused) == len(JUNK)
    assert all(refused)
    assert office.show(point).state is State.OPEN
    assert reading.story(office.desk, run.case).case.state == "running"
    lines = reading.audit_page(office.desk, len(JUNK)).lines
    assert {line.event for line in lines} == {"submission refused"}


@pytest.mark.promise("G4.2")
def test_what_the_database_can_t_take_now_is_received_later_and_not_refused(office: Office) -> None:
    run = office.case()
    open_one = office.ask(run, spend("60"))
    url = office.settings.url_for("desk")
    impatient = replace(office.desk, engine=create_engine(url, connect_args={"options": "-c lock_timeout=50"}))
    asked = requesting.ask(office.asker, run, "another", 1, spend("70"))
    with office.desk.transaction() as tx:
        cases.lock(tx, run.case_id)
        with pytest.raises(Unavailable):
            receiving.receive_next(impatient)
    submitting.withdraw(office.asker, run, open_one, "not needed")
    with office.desk.transaction() as tx:
        finding.locked(tx, open_one.id)
        with pytest.raises(Unavailable):
            receiving.receive_next(impatient)
    impatient.engine.dispose()
    office.receive()
    assert (office.show(asked).state, office.show(open_one).state) == (State.OPEN, State.WITHDRAWN)


def test_a_submission_over_its_limit_is_not_taken(office: Office) -> None:
    run = office.case()
    with pytest.raises(Refused):
        submitting.withdraw(office.asker, run, office.ask(run, spend("60")), "x" * 400_000)


def test_a_run_can_t_revise_withdraw_or_void_what_is_another_case_s(office: Office) -> None:
    point = office.ask(office.case("mine"), spend("60"))
    stranger = office.case("theirs")
    submitting.withdraw(office.asker, stranger, point, "mine now")
    submitting.void(office.asker, stranger, point, "mine now")
    submitting.revise(office.asker, stranger, point, spend("1"))
    office.receive()
    assert (office.show(point).state, office.show(point).revision) == (State.OPEN, 1)


def test_what_is_said_about_an_older_revision_is_refused(office: Office) -> None:
    run = office.case()
    old = office.ask(run, spend("60"))
    submitting.revise(office.asker, run, old, spend("70", subject=Subject("x", {"what": "more"})))
    office.receive()
    submitting.withdraw(office.asker, run, old, "changed my mind")
    submitting.revise(office.asker, run, old, spend("80"))
    office.receive()
    assert (office.show(old).state, office.show(old).revision) == (State.OPEN, 2)


def test_a_revision_has_its_whole_time_for_an_answer(office: Office) -> None:
    run = office.case()
    old = office.ask(run, spend("60"))
    later(office, "20 hours")
    submitting.revise(office.asker, run, old, spend("55"))
    office.receive()
    new = office.show(old)
    for before, after in ((old.deadline_at, new.deadline_at), (old.expires_at, new.expires_at)):
        assert before is not None
        assert after is not None
        assert after - before >= timedelta(hours=20)


def test_a_revision_can_t_become_another_kind(office: Office) -> None:
    run = office.case()
    point = office.ask(run, spend("60"))
    submitting.revise(office.asker, run, point, spend("60", kind="manual-task", facts=(Fact("Steps", "none"),)))
    office.receive()
    assert (office.show(point).kind, office.show(point).revision) == ("spend", 1)


def test_a_rule_takes_the_defaults_and_the_decision_says_so(office: Office) -> None:
    field = Field("seats", "Seats", FieldSort.NUMBER, default="5")
    point = office.ask(office.case(), spend("10", fields=(field,)))
    assert point.decision is not None
    assert (point.decision.by_rule, point.decision.fields) == (True, {"seats": "5"})


def test_a_second_asking_with_one_key_can_t_change_the_question(office: Office) -> None:
    run = office.case()
    point = office.ask(run, spend("60"))
    hand_over(office, run, json.dumps(GOOD | {"cost": None}), "question")
    assert office.show(point).request == spend("60")


def test_an_attempt_can_t_be_asked_before_the_one_before_it_is_over(office: Office) -> None:
    run = office.case()
    office.ask(run, spend("60"))
    for attempt in (0, 2, 7):
        with pytest.raises(Refused, match="is not over"):
            requesting.ask(office.asker, run, "question", attempt, spend("60"))


def test_an_ended_run_and_an_ended_case_ask_nothing_more(office: Office) -> None:
    run = office.case()
    submitting.ended(office.asker, run, "delivered", "all done")
    with pytest.raises(Countersign, match="not at work"):
        requesting.ask(office.asker, run, "q", 1, spend("60"))
    office.receive()
    assert reading.story(office.desk, run.case).case.state == "delivered"


@pytest.mark.promise("D10.1")
def test_twenty_times_forty_dollars_are_not_passed_by_the_rule(office: Office) -> None:
    run = office.case()
    points = [office.ask(run, spend("40"), f"slice {number}") for number in range(20)]
    assert [point.state for point in points] == [State.APPROVED] + [State.OPEN] * 19
    assert points[1].requirement is not None
    assert "with $40.00 a month that the rule passed by itself" in " ".join(points[1].requirement.because)
    assert office.ask(office.case("another"), spend("40")).state is State.APPROVED
    later(office, "30 days")
    assert office.ask(run, spend("40"), "a month later").state is State.APPROVED
