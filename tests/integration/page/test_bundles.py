"""The page of a bundle: a verdict each, one result each, nothing at high risk in one go, nothing that wasn't seen."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.actions.courses import bundling
from checkpoints.actions.people import attending
from checkpoints.core.errors import NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Field, FieldSort, Request, Risk, Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.integration.page.serving import Page, hidden, running_page
from tests.stage.desks import Office, spend

NAME = "kind:spend"
SEATS = Field("seats", "Seats", FieldSort.NUMBER, default="5")


def ask(office: Office, *requests: Request) -> list[Checkpoint]:
    """One question in each of as many cases."""
    return [office.ask(office.case(f"case-{n}"), request) for n, request in enumerate(requests, 1)]


def form(client: httpx.Client, action: str = "answer", name: str = NAME) -> dict[str, str]:
    """The hidden fields of one of the page's two forms."""
    html = client.get(f"/bundles/{name}").text
    found = re.search(rf'<form[^>]*action="/bundles/{name}/{action}".*?</form>', html, re.DOTALL)
    return hidden(found[0]) if found else {}


def said(client: httpx.Client, verdicts: Mapping[str, str], **notes: str) -> httpx.Response:
    """The page's form with these verdicts, by the cases' numbers."""
    filled = {f"verdict.case-{number}/1": word for number, word in verdicts.items()}
    filled |= {f"note.case-{number.removeprefix('n')}/1": why for number, why in notes.items()}
    return client.post(f"/bundles/{NAME}/answer", data=form(client) | filled)


def refusals(office: Office) -> list[str]:
    found = reading.audit_page(office.desk).lines
    return [str(json.loads(line.body)["why"]) for line in found if line.event == "try refused"]


def test_each_line_gets_the_verdict_that_was_chosen_for_it_and_a_result(office: Office, ada: httpx.Client) -> None:
    points = ask(office, *[spend("60") for _ in range(4)])
    shown = ada.get("/")
    assert 'href="/bundles/kind:spend"' in shown.text
    answered = said(ada, {"1": "approve", "2": "reject", "3": "later", "4": "reject"}, n2="no money")
    assert answered.status_code == 200
    states = [office.show(point).state for point in points]
    assert states == [State.APPROVED, State.REJECTED, State.OPEN, State.OPEN]
    results = re.search(r'<section class="results".*?</section>', answered.text, re.DOTALL)
    assert results is not None
    for words in ("case-1/1 is approved", "case-2/1 is rejected", "Say why you reject it"):
        assert words in results[0]
    assert "case-3/1" not in results[0]
    assert refusals(office) == ["Say why you reject it: the agent and the story show it. Nothing was recorded."]


def test_what_changed_since_it_was_looked_at_is_refused_as_a_whole_and_shown_anew(
    office: Office, ada: httpx.Client
) -> None:
    points = ask(office, spend("60"), spend("70"))
    seen = form(ada)
    another = office.ask(office.case("case-9"), spend("80"))
    late = ada.post(f"/bundles/{NAME}/answer", data=seen | {f"verdict.{points[0].label}": "approve"})
    assert late.status_code == 409
    assert "has changed since you looked at it. Nothing was recorded." in late.text
    assert another.label in late.text
    assert '<option value="approve" selected>' in late.text
    assert [office.show(point).state for point in points] == [State.OPEN] * 2
    moved = ada.get(f"/bundles/{NAME}/stands", params={"seen_before": seen["bundle"]})
    assert "This moved while you looked at it" in moved.text
    assert ada.get(f"/bundles/{NAME}/stands", params={"seen_before": form(ada)["bundle"]}).status_code == 204


def test_all_of_one_kind_without_a_risk_are_approved_in_one_go(office: Office, ada: httpx.Client) -> None:
    points = ask(office, spend("60"), spend("70"))
    whole = form(ada, "approve")
    unsure = ada.post(f"/bundles/{NAME}/approve", data=whole)
    assert (unsure.status_code, office.show(points[0]).state) == (422, State.OPEN)
    assert ada.post(f"/bundles/{NAME}/approve", data=whole | {"sure": "yes"}).status_code == 200
    assert [office.show(point).state for point in points] == [State.APPROVED] * 2


@pytest.mark.promise("E8.2")
def test_with_one_at_high_risk_there_is_no_button_and_the_door_refuses_it_too(
    office: Office, ada: httpx.Client
) -> None:
    office.enrol(office.ada)
    risky = (spend("70", risks=(Risk.DELETES,)), spend("70", reversible=False), spend("600"))
    points = ask(office, spend("60"), *risky)
    assert form(ada, "approve") == {}
    sent = ada.post(f"/bundles/{NAME}/approve", data=form(ada) | {"sure": "yes"})
    assert sent.status_code == 422
    assert "case-2/1, case-3/1, case-4/1 are at high risk" in sent.text
    assert [office.show(point).state for point in points] == [State.OPEN] * 4
    # Nor by its own line, whatever a form says, while the others are answered.
    assert said(ada, dict.fromkeys("1234", "approve")).status_code == 200
    assert [office.show(point).state for point in points] == [State.APPROVED] + [State.OPEN] * 3
    assert ["At high risk (" in why for why in refusals(office)] == [True] * 3 + [False]


@pytest.mark.promise("E8.2")
def test_nothing_at_high_risk_of_a_flood_is_approved_in_one_go(office: Office) -> None:
    few = replace(office.desk, limits=replace(office.desk.limits, singly=1))
    flooding = replace(office, desk=few)
    run = flooding.case()
    for number in range(5):
        flooding.ask(run, spend("60", risks=(Risk.PRODUCTION,) if number == 4 else ()), f"question {number}")
    name = "flood:sample"
    found = bundling.show(few, name)
    assert len(found.lines) == 4
    with pytest.raises(Refused, match="sample/5 is at high risk"):
        bundling.approve_all(few, office.ada, name, found.digest)
    said_yes = {point.label: bundling.Said(Verdict.APPROVE) for point in found.lines}
    results = bundling.answer(few, office.ada, name, found.digest, said_yes)
    assert [result.point.label for result in results if result.no] == ["sample/5"]
    assert office.show(found.lines[-1]).state is State.OPEN


def test_what_has_something_to_fill_in_and_what_waits_for_others_is_linked_to(office: Office, page: Page) -> None:
    ask(office, spend("60"), spend("60", fields=(SEATS,)))
    mia = office.person("Mia", Role.MANAGER)
    with page.browser(office.ada) as theirs, page.browser(mia) as others:
        drawn = theirs.get(f"/bundles/{NAME}").text
        assert "It has something to fill in: a yes is given on its own card." in drawn
        assert drawn.count('<option value="approve"') == 1
        assert form(theirs, "approve") == {}
        assert "Waits for: the technical operator" in others.get(f"/bundles/{NAME}").text
        assert said(others, {"1": "approve"}).text.count("waits for the technical operator") == 1
    assert reading.inbox(office.desk).total == 2


def test_a_bundle_that_is_none_is_not_found_and_one_of_which_nothing_waits_says_so(ada: httpx.Client) -> None:
    for name in ("kind:nothing", "phase:nowhere:development", "flood:nowhere", "kind:%3Cb%3E"):
        assert ada.get(f"/bundles/{name}").status_code == 404
    assert "Nothing of this waits" in ada.get(f"/bundles/{NAME}").text


def test_how_long_somebody_looked_is_told_to_them_and_in_totals_to_a_manager(office: Office) -> None:
    points = ask(office, spend("60"), spend("70"))
    with running_page(office.desk) as page, page.browser(office.ada) as client:
        said(client, {"1": "approve", "2": "reject"}, n2="no")
    mirror = attending.mirror(office.desk, office.ada)
    assert (mirror.attention.answers, mirror.attention.measured, mirror.today) == (2, 2, 2)
    assert mirror.attention.quick == mirror.attention.skimmed == 2
    assert attending.mirror(office.desk, office.mira).attention.answers == 0
    assert attending.totals(office.desk, office.mira).answers == len(points)
    with pytest.raises(NotYourCall, match="A manager sees"):
        attending.totals(office.desk, office.ada)
