"""Answers given on the page, over a real wire: recorded once, refused with who and when, and what was typed is kept."""

import httpx
import pytest

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.people import joining
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Field, FieldSort, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store import runs
from tests.integration.page.serving import Page, answer_form, press
from tests.stage.desks import Office, spend

REGION = Field("region", "Region", FieldSort.CHOICE, None, (("eu-west-1", "Ireland"), ("us-east-1", "Virginia")))
COUNT = Field("count", "How many", FieldSort.NUMBER, "2")


@pytest.fixture
def run(office: Office) -> runs.Run:
    return office.case()


def events(office: Office, point: Checkpoint) -> list[str]:
    return [line.event for line in reading.history(office.desk, point.label).lines]


def test_a_yes_is_recorded_with_its_fields_and_the_page_says_so(
    ada: httpx.Client, office: Office, run: runs.Run
) -> None:
    point = office.ask(run, spend(fields=(REGION, COUNT)))
    answered = press(ada, point, Verdict.APPROVE, fields={"region": "eu-west-1"}, note="Go.")
    assert (answered.status_code, answered.headers["location"]) == (303, f"/checkpoints/{point.label}")
    shown = ada.get(answered.headers["location"]).text
    assert "Your answer is recorded" in shown
    assert f"{point.label} was approved by Ada" in shown
    decision = office.show(point).decision
    assert decision is not None
    assert (decision.fields, decision.note) == ({"region": "eu-west-1", "count": "2"}, "Go.")


def test_changes_are_asked_for_and_a_rejection_says_why(ada: httpx.Client, office: Office, run: runs.Run) -> None:
    first, second = office.ask(run, spend()), office.ask(run, spend(), "another")
    assert press(ada, first, Verdict.CHANGES, note="Cheaper.").status_code == 303
    assert press(ada, second, Verdict.REJECT, note="Not needed.").status_code == 303
    assert [office.show(point).state for point in (first, second)] == [State.CHANGING, State.REJECTED]
    assert "Not needed." in ada.get(f"/checkpoints/{second.label}").text


@pytest.mark.promise("B2.3")
def test_a_second_press_is_told_who_decided_and_is_in_the_audit(
    ada: httpx.Client, page: Page, office: Office, run: runs.Run
) -> None:
    point = office.ask(run, spend())
    grace = office.person("Grace", Role.TO)
    form = answer_form(ada, point, Verdict.REJECT)
    seen = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    deciding.answer(office.desk, grace, seen)
    late = ada.post(f"/checkpoints/{point.label}/answer", data=form | {"note": "No!"})
    assert late.status_code == 409
    assert f"{point.label} was approved by Grace at 20" in late.text
    assert "<blockquote>No!</blockquote>" in late.text
    assert office.show(point).state is State.APPROVED
    assert events(office, point)[-1] == "try refused"


@pytest.mark.promise("B6.2")
def test_a_press_on_an_older_revision_is_refused_and_shown_the_new_one(
    ada: httpx.Client, office: Office, run: runs.Run
) -> None:
    point = office.ask(run, spend("60"))
    form = answer_form(ada, point, Verdict.APPROVE)
    submitting.revise(office.asker, run, point, spend("70", changed=("Cost: $60 → $70",)))
    office.receive()
    late = ada.post(f"/checkpoints/{point.label}/answer", data=form | {"note": "As agreed"})
    assert late.status_code == 409
    assert "is at revision 2 now, you saw 1" in late.text
    assert "Cost: $60 → $70" in late.text
    assert "As agreed</textarea>" in late.text
    assert office.show(point).state is State.OPEN


@pytest.mark.promise("B6.3")
def test_the_card_of_a_question_that_was_asked_anew_is_dead_and_says_so(
    ada: httpx.Client, office: Office, run: runs.Run
) -> None:
    point = office.ask(run, spend())
    form = answer_form(ada, point, Verdict.APPROVE)
    press(ada, point, Verdict.REJECT, note="No.")
    token = {"form_token": form["form_token"]}
    reopened = ada.post(f"/checkpoints/{point.label}/reopen", data=token | {"because": "Yes, after all."})
    office.receive()
    again = reading.show(office.desk, reopened.headers["location"].removeprefix("/checkpoints/")).point
    assert (again.number, again.reopens) == (point.number + 1, point.label)
    late = ada.post(f"/checkpoints/{point.label}/answer", data=form)
    assert late.status_code == 409
    assert "was rejected by Ada" in late.text
    assert office.show(again).state is State.OPEN


@pytest.mark.promise("B3.1")
def test_a_late_press_on_one_question_leaves_the_next_undecided(
    ada: httpx.Client, office: Office, run: runs.Run
) -> None:
    first = office.ask(run, spend(), "first")
    form = answer_form(ada, first, Verdict.APPROVE)
    press(ada, first, Verdict.REJECT, note="No.")
    second = office.ask(run, spend(), "second")
    late = ada.post(f"/checkpoints/{first.label}/answer", data=form)
    assert late.status_code == 409
    assert f"{first.label} was rejected by Ada" in late.text
    assert office.show(second).state is State.OPEN
    assert not office.show(second).answers


def test_a_wrong_field_is_told_by_the_field_and_what_was_typed_is_kept(
    ada: httpx.Client, office: Office, run: runs.Run
) -> None:
    point = office.ask(run, spend(fields=(REGION, COUNT)))
    wrong = press(ada, point, Verdict.APPROVE, fields={"region": "eu-west-1", "count": "two"}, note="Kept")
    assert wrong.status_code == 422
    assert 'id="wrong-count"' in wrong.text
    assert 'value="two"' in wrong.text
    assert "Kept</textarea>" in wrong.text
    assert '<option value="eu-west-1" selected>' in wrong.text
    assert office.show(point).state is State.OPEN


def test_a_rejection_without_a_reason_is_asked_for_one(ada: httpx.Client, office: Office, run: runs.Run) -> None:
    point = office.ask(run, spend())
    refused = press(ada, point, Verdict.REJECT, note="  ")
    assert refused.status_code == 422
    assert "Say why you reject it" in refused.text
    assert office.show(point).state is State.OPEN


def test_whoever_may_not_decide_is_told_who_may(page: Page, office: Office, run: runs.Run) -> None:
    point = office.ask(run, spend())
    with page.browser(office.person("Mia", Role.CLIENT)) as mia:
        refused = press(mia, point, Verdict.APPROVE)
    assert refused.status_code == 403
    assert "waits for the technical operator" in refused.text
    assert office.show(point).state is State.OPEN
    assert events(office, point)[-1] == "try refused"


def test_a_question_is_withdrawn_with_a_reason(ada: httpx.Client, office: Office, run: runs.Run) -> None:
    point = office.ask(run, spend())
    token = {"form_token": answer_form(ada, point, Verdict.APPROVE)["form_token"]}
    assert ada.post(f"/checkpoints/{point.label}/withdraw", data=token | {"because": ""}).status_code == 422
    assert ada.post(f"/checkpoints/{point.label}/withdraw", data=token | {"because": "Done."}).status_code == 303
    assert office.show(point).state is State.WITHDRAWN


def test_a_yes_that_counts_no_more_is_marked_and_the_inbox_says_who_is_wanted_now(
    ada: httpx.Client, office: Office, run: runs.Run
) -> None:
    point = office.ask(run, spend("300"))
    said = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    deciding.answer(office.desk, office.person("Bob", Role.TO), said)
    assert "Waits for: the manager" in " ".join(ada.get("/").text.split())
    joining.remove_person(office.desk, office.ada, "Bob", "left")
    shown = ada.get(f"/checkpoints/{point.label}").text
    assert "<em>(counts no more)</em>" in shown
    assert "waits for the technical operator, then the manager; the yes of Bob counts no more." in shown
    assert "Waits for: the technical operator, then the manager" in " ".join(ada.get("/").text.split())


def test_every_page_can_be_looked_at(ada: httpx.Client, office: Office, run: runs.Run) -> None:
    point = office.ask(run, spend())
    for path, words in {
        "/": "1 checkpoint waits",
        f"/checkpoints/{point.label}": "[CHECKPOINT 1]",
        "/projects": "Client Inc.",
        "/projects/sample": "waits for the technical operator",
        "/audit": "Verify the chain",
        "/audit?verify=true": "The chain holds",
        "/people": "technical operator",
        "/kinds/spend": "Before a yes",
    }.items():
        shown = ada.get(path)
        assert shown.status_code == 200, path
        assert words in shown.text, path
    for path in ("/projects/none", "/checkpoints/none/1", "/checkpoints/x/y", "/kinds/..%2Fx", "/nothing"):
        assert ada.get(path).status_code == 404, path
