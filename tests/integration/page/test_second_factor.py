"""The second factor on the page: enrolled there, a code beside the yes that needs it, and what was typed is kept."""

import re

import httpx
import pytest

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Field, FieldSort, Risk, Verdict
from checkpoints.core.view import Checkpoint
from tests.integration.page.serving import Page, answer_form, hidden, press
from tests.stage.desks import Authenticator, Office, spend

SEATS = Field("seats", "Seats", FieldSort.NUMBER, default="5")


@pytest.fixture
def risky(office: Office) -> Checkpoint:
    """What deletes, and so needs a second factor."""
    return office.ask(office.case(), spend(risks=(Risk.DELETES,), fields=(SEATS,)))


@pytest.fixture
def app(office: Office) -> Authenticator:
    """Ada's, enrolled in the shell: her browser has proven nothing."""
    return office.enrol(office.ada)


def send(client: httpx.Client, verb: str, code: str = "") -> httpx.Response:
    """One of the forms of the page /second-factor."""
    token = hidden(client.get("/second-factor").text)["form_token"]
    return client.post(f"/second-factor/{verb}", data={"form_token": token, "code": code})


def seed(client: httpx.Client) -> str:
    """The key that the page shows to whoever enrols."""
    found = re.search(r'class="command">([A-Z2-7 ]{39})<', client.get("/second-factor").text)
    assert found is not None
    return found[1].replace(" ", "")


@pytest.mark.promise("C8.4")
def test_the_code_goes_with_the_yes_in_one_press(ada: httpx.Client, office: Office, risky: Checkpoint) -> None:
    app = office.enrol(office.ada)
    shown = ada.get(f"/checkpoints/{risky.label}").text
    assert "A yes needs your second factor: deletes." in shown
    assert 'autocomplete="one-time-code"' in shown
    assert press(ada, risky, Verdict.APPROVE, code=app.code(1), fields={"seats": "7"}).status_code == 303
    assert office.show(risky).state is State.APPROVED


@pytest.mark.promise("C8.4")
def test_without_a_code_or_with_a_wrong_one_nothing_is_recorded_and_what_was_typed_is_kept(
    ada: httpx.Client, office: Office, risky: Checkpoint, app: Authenticator
) -> None:
    for code, status in (("", 403), ("12", 422), (app.code(-5), 422)):
        told = press(ada, risky, Verdict.APPROVE, code=code, fields={"seats": "7"}, note="As agreed")
        assert told.status_code == status
        assert 'aria-invalid="true" aria-describedby="approve-wrong-code"' in told.text
        assert "As agreed</textarea>" in told.text
        assert 'value="7"' in told.text
        assert f'value="{code}"' not in told.text or not code
    assert (office.show(risky).state, office.show(risky).answers) == (State.OPEN, ())


def test_within_ten_minutes_no_other_code_is_asked_for_and_a_no_never_needs_one(
    ada: httpx.Client, office: Office, app: Authenticator
) -> None:
    run = office.case()
    first, second, third = (office.ask(run, spend(risks=(Risk.DELETES,)), f"question {n}") for n in range(3))
    assert press(ada, first, Verdict.REJECT, note="No.").status_code == 303
    assert press(ada, second, Verdict.APPROVE, code=app.code(1)).status_code == 303
    assert "one-time-code" not in ada.get(f"/checkpoints/{third.label}").text
    assert press(ada, third, Verdict.APPROVE).status_code == 303


def test_what_one_started_asks_for_it_and_what_another_started_does_not(
    ada: httpx.Client, office: Office, app: Authenticator
) -> None:
    own, other = office.ask(office.case("own", by=office.ada), spend()), office.ask(office.case(), spend())
    assert "you started it yourself" in ada.get(f"/checkpoints/{own.label}").text
    assert "one-time-code" not in ada.get(f"/checkpoints/{other.label}").text
    assert press(ada, own, Verdict.APPROVE).status_code == 403
    assert press(ada, own, Verdict.APPROVE, code=app.code(1)).status_code == 303
    assert "same person" in ada.get(f"/checkpoints/{own.label}").text


def test_whoever_has_none_is_led_to_enrol_one(ada: httpx.Client, office: Office, risky: Checkpoint) -> None:
    shown = ada.get(f"/checkpoints/{risky.label}").text
    assert "Approve exactly this" not in shown
    assert f'<a href="/second-factor?answering={risky.label}">enrol one</a>' in shown
    form = answer_form(ada, risky, Verdict.REJECT) | {"verdict": "approve"}
    assert ada.post(f"/checkpoints/{risky.label}/answer", data=form).status_code == 403

    assert ada.get("/second-factor/qr.svg").status_code == 404
    assert send(ada, "enrol").status_code == 303
    picture = ada.get("/second-factor/qr.svg")
    assert (picture.headers["content-type"], picture.headers["cache-control"]) == ("image/svg+xml", "no-store")
    assert "<script" not in picture.text
    app = Authenticator(office.desk, seed(ada))
    assert send(ada, "confirm", app.code(-5)).status_code == 422
    enrolled = send(ada, "confirm", app.code())
    assert (enrolled.status_code, "ten recovery codes" in enrolled.text) == (200, True)
    assert ada.get("/second-factor/qr.svg").status_code == 404
    assert app.seed not in ada.get("/second-factor").text.replace(" ", "")
    assert press(ada, risky, Verdict.APPROVE).status_code == 303


def test_another_one_instead_and_removing_it_need_a_code(ada: httpx.Client, app: Authenticator) -> None:
    assert send(ada, "enrol").status_code == 403
    assert send(ada, "remove", app.code(-5)).status_code == 422
    assert send(ada, "remove", app.code(1)).status_code == 303
    assert "You have none enrolled yet" in ada.get("/second-factor").text


def test_a_foreign_form_or_nobody_changes_no_factor(page: Page, ada: httpx.Client, app: Authenticator) -> None:
    with page.stranger() as stranger:
        assert stranger.get("/second-factor/qr.svg").status_code == 401
        assert stranger.post("/second-factor/enrol", data={"code": ""}).status_code == 401
    assert ada.post("/second-factor/remove", data={"form_token": "x", "code": app.code(1)}).status_code == 422
    assert "You have one." in ada.get("/second-factor").text
