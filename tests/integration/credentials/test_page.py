"""The page where a credential is given: once, with its steps; what is refused never shows a value again."""

import re

import httpx
import pytest

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.credentials.embedded import Embedded
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import GIVEN, KEY, tables
from tests.integration.page.serving import answer_form, hidden
from tests.stage.desks import Office, spend


def form(ada: httpx.Client, point: Checkpoint, **values: str) -> dict[str, str]:
    """The form as the page draws it, its blanks filled in."""
    html = ada.get(f"/checkpoints/{point.label}/credential").text
    (drawn,) = re.findall(r'<form class="answer".*?</form>', html, re.DOTALL)
    return hidden(drawn) | {"note": ""} | {f"field.{name}": value for name, value in (GIVEN | values).items()}


def test_the_checkpoint_leads_to_a_page_with_the_steps_and_hidden_blanks(ada: httpx.Client, point: Checkpoint) -> None:
    shown = ada.get(f"/checkpoints/{point.label}").text
    assert "What a yes puts in force" in shown
    assert "Read from anywhere, for as long as it is approved." in shown
    assert f'href="/checkpoints/{point.label}/credential"' in shown
    assert "Approve exactly this" not in shown
    asked = ada.get(f"/checkpoints/{point.label}/credential")
    assert asked.headers["cache-control"] == "no-store"
    for step in (
        "Create app at: https://getpocket.com/developer/",
        "App name: &#39;Client Project - Read Later Digest&#39;",
        "Permissions needed: Retrieve",
        "Callback URL: https://[pending-domain]/auth/pocket/callback",
    ):
        assert step in asked.text
    secret = re.search(r'<input id="field-consumer_key"[^>]*>', asked.text)
    assert secret is not None
    assert 'type="password"' in secret[0]
    assert 'autocomplete="off"' in secret[0]
    assert "value=" not in secret[0]
    assert 'value="https://[pending-domain]/auth/pocket/callback"' in asked.text


def test_what_is_given_there_is_approved_once_and_the_page_says_so(
    ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    filled = form(ada, point)
    given = ada.post(f"/checkpoints/{point.label}/credential", data=filled)
    assert (given.status_code, given.headers["location"]) == (303, f"/checkpoints/{point.label}")
    assert office.show(point).state is State.APPROVED
    shown = ada.get(f"/checkpoints/{point.label}").text
    assert "in the vault; each opening is a line in the audit" in shown
    for page in (shown, ada.get(f"/projects/{point.case}").text):
        assert "version 1 given, by Ada" in page
        assert "The vault is a file on this machine and keeps no record of its own" in page
    again = ada.get(f"/checkpoints/{point.label}/credential").text
    assert "Nothing can be given here any more" in again
    assert "password" not in again
    late = ada.post(f"/checkpoints/{point.label}/credential", data=filled)
    assert late.status_code == 409
    for text in (shown, again, late.text, ada.get("/audit").text, tables(office)):
        assert KEY not in text


def test_a_slip_is_questioned_and_only_what_is_plain_is_shown_again(
    ada: httpx.Client, office: Office, point: Checkpoint, vault: Embedded
) -> None:
    odd = KEY + "-odd"
    filled = form(ada, point, consumer_key=odd, redirect_uri="https://kept.example/") | {"note": "Kept"}
    refused = ada.post(f"/checkpoints/{point.label}/credential", data=filled)
    assert refused.status_code == 422
    assert "look right" in refused.text
    assert 'value="https://kept.example/"' in refused.text
    assert "Kept</textarea>" in refused.text
    assert odd not in refused.text
    assert odd not in tables(office)
    secret, _, rest = refused.text.partition('name="sure"')
    assert 'id="wrong-consumer_key"' in secret
    assert 'id="field-redirect_uri"' in rest
    sure = ada.post(f"/checkpoints/{point.label}/credential", data=filled | {"sure": "yes"})
    assert sure.status_code == 303
    assert office.show(point).state is State.APPROVED


def test_an_ordinary_approval_in_the_form_of_another_verdict_is_refused(
    ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    yes = answer_form(ada, point, Verdict.REJECT) | {"verdict": "approve"}
    for fields in ({}, {"field.consumer_key": KEY, "field.redirect_uri": "https://a.example"}):
        refused = ada.post(f"/checkpoints/{point.label}/answer", data=yes | fields)
        assert refused.status_code == 422
        assert "no part of an ordinary answer" in refused.text
        assert KEY not in refused.text
    assert office.show(point).state is State.OPEN


def test_what_was_changed_while_it_was_looked_at_is_not_given(ada: httpx.Client, point: Checkpoint) -> None:
    for changed in ({"revision": "2"}, {"subject": "0" * 64}):
        stale = ada.post(f"/checkpoints/{point.label}/credential", data=form(ada, point) | changed)
        assert stale.status_code == 409
        assert KEY not in stale.text


@pytest.mark.promise("E4.2")
def test_junk_in_its_form_repeats_no_value(ada: httpx.Client, office: Office, point: Checkpoint) -> None:
    good = str(httpx.QueryParams(form(ada, point))).encode()
    for junk in (
        good + b"&field.consumer_key=" + KEY.encode(),
        good + b"&field.another=" + KEY.encode(),
        good + b"&field.consumer_key%00=" + KEY.encode(),
        good + b"&x=" + KEY.encode() + b"%ff",
        good + b"&x=" + b"k" * 1_000_000,
        good.replace(b"consumer_key=", b"consumer_key=" + b"%5B" * 10_000),
    ):
        content_type = {"content-type": "application/x-www-form-urlencoded"}
        refused = ada.post(f"/checkpoints/{point.label}/credential", content=junk, headers=content_type)
        assert refused.status_code in (413, 422)
        assert KEY not in refused.text
    assert office.show(point).state is State.OPEN
    assert KEY not in tables(office)


def test_where_no_credential_is_asked_for_there_is_no_such_page(ada: httpx.Client, office: Office, run: Run) -> None:
    point = office.ask(run, spend())
    assert ada.get(f"/checkpoints/{point.label}/credential").status_code == 404
    assert ada.get("/checkpoints/none/1/credential").status_code == 404
