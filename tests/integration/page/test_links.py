"""Where the page leads: to what is served, on from what was answered, back from the second factor; nowhere else."""

import httpx
import pytest

from checkpoints.core.model import Fact, Risk, Verdict
from checkpoints.store.desk import Desk
from tests.integration.page.serving import hidden, press
from tests.stage.desks import Authenticator, Office, spend
from to_tools.page.drawn.linking import linked, served_at

HERE = "http://localhost:8720/sample/staging/"


def test_an_address_that_we_serve_at_is_a_link_and_no_other_is(ada: httpx.Client, office: Office, desk: Desk) -> None:
    ours = served_at(desk, "sample")[0]
    told = f"verified now: {ours} answers; not http://evil.example/"
    facts = (Fact("What for", "errors"), Fact("Staging", told))
    point = office.ask(office.case(), spend(facts=facts, details=f"Look at {ours} now"))
    shown = ada.get(f"/checkpoints/{point.label}").text
    assert shown.count(f'<a href="{ours}" rel="noopener noreferrer">{ours}</a>') == 1
    assert 'href="http://evil.example' not in shown


@pytest.mark.parametrize(
    "text",
    [
        f"{HERE}@evil.example/",
        f"{HERE}../../audit",
        f"{HERE}?next=//evil.example",
        f"{HERE}\u202e",
        f"https://evil.example/{HERE}",
        HERE.replace("staging", "elsewhere"),
        HERE.upper(),
    ],
)
def test_what_only_begins_or_ends_like_it_stays_text(text: str) -> None:
    assert "<a" not in linked(text, (HERE,))


def test_what_stands_around_a_link_is_escaped() -> None:
    assert linked(f"<b>({HERE}), {HERE}: ok", (HERE,)).startswith('&lt;b&gt;(<a href="http://localhost:8720/sample/')
    assert linked("<b>", ()) == "&lt;b&gt;"


def test_after_an_answer_the_next_open_question_of_the_project_is_one_press_away(
    ada: httpx.Client, office: Office
) -> None:
    run = office.case()
    first, second = office.ask(run, spend()), office.ask(run, spend(), "another")
    assert "Next: " not in ada.get(f"/checkpoints/{first.label}").text
    press(ada, first, Verdict.APPROVE)
    assert f'href="/checkpoints/{second.label}">Next: 2, Buy error tracking</a>' in answered(ada, first.label)
    press(ada, second, Verdict.APPROVE)
    shown = answered(ada, second.label)
    assert "Next: " not in shown
    assert '<a class="button neutral" href="/projects/sample">To the project’s story</a>' in shown


def answered(ada: httpx.Client, label: str) -> str:
    """The page of what was answered, which asks nobody for anything any more."""
    shown = ada.get(f"/checkpoints/{label}").text
    for words in ("Action Required", "<dt>Options</dt>", "Before a yes", 'href="#answer"'):
        assert words not in shown
    return shown


def test_whoever_enrols_is_led_back_to_what_they_were_answering(ada: httpx.Client, office: Office) -> None:
    point = office.ask(office.case(), spend(risks=(Risk.DELETES,)))
    here = f"/second-factor?answering={point.label}"
    token = hidden(ada.get(here).text)["form_token"]
    sent = ada.post(f"/second-factor/enrol?answering={point.label}", data={"form_token": token, "code": ""})
    assert sent.headers["location"] == here
    seed = ada.get(here).text.partition('class="command">')[2].partition("<")[0].replace(" ", "")
    code = Authenticator(office.desk, seed).code()
    ada.post(f"/second-factor/confirm?answering={point.label}", data={"form_token": token, "code": code})
    assert f'href="/checkpoints/{point.label}">Back to {point.label}</a>' in ada.get(here).text
    assert "counts until" in ada.get(f"/checkpoints/{point.label}").text


@pytest.mark.parametrize("elsewhere", ["//evil.example/1", "https://evil.example/1", "a/../1", "sample/x", '"><b>/1'])
def test_nothing_else_is_led_back_to(ada: httpx.Client, office: Office, elsewhere: str) -> None:
    office.enrol(office.ada)
    shown = ada.get("/second-factor", params={"answering": elsewhere})
    assert shown.status_code == 200
    assert "Back to" not in shown.text
    assert "evil" not in shown.text
    assert 'href="/">To the inbox</a>' in shown.text
