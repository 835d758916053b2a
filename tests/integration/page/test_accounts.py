"""A person's own account on the page: signing in by password, enrolling first, recovery codes, sessions."""

import re
from collections.abc import Iterator

import httpx
import pytest

from checkpoints.actions.people import joining, proving
from checkpoints.actions.people.accounts import admitting, choosing, recovering
from checkpoints.actions.people.by_slack import linking
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Risk, Verdict
from checkpoints.store.from_outside.slack import workspace
from checkpoints.store.from_outside.slack.accounts import User
from checkpoints.store.from_outside.slack.workspace import Workspace
from tests.integration.desk.people.hashing import hashed_quickly
from tests.integration.page.serving import Page, hidden, press
from tests.stage.desks import Authenticator, Office, spend
from to_tools import identity

PASSWORD = "words in a row will do"
ENROL_FIRST = ("/", "/projects", "/audit", "/people", "/account", "/checkpoints/sample/1")


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with hashed_quickly(monkeypatch):
        yield


@pytest.fixture
def stranger(page: Page) -> Iterator[httpx.Client]:
    with page.stranger() as client:
        yield client


def sign_in(client: httpx.Client, name: str, password: str, code: str = "", recovery: str = "") -> httpx.Response:
    form = {"name": name, "password": password, "code": code, "recovery": recovery}
    return client.post("/sign-in/password", data=form)


def send(client: httpx.Client, action: str, **fields: str) -> httpx.Response:
    token = hidden(client.get("/second-factor").text)["form_token"]
    return client.post(action, data={"form_token": token, **fields})


def shown_codes(page: str) -> list[str]:
    return re.findall(r"<code>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</code>", page)


def test_an_operator_signs_in_by_password_enrols_and_only_then_decides(stranger: httpx.Client, office: Office) -> None:
    point = office.ask(office.case(), spend(risks=(Risk.DELETES,)))
    choosing.choose(office.desk, office.ada, PASSWORD)
    assert sign_in(stranger, "ada", PASSWORD).status_code == 303
    for address in ENROL_FIRST:
        led = stranger.get(address)
        assert (led.status_code, led.headers.get("location")) == (303, "/second-factor"), address
    assert send(stranger, f"/checkpoints/{point.label}/answer", verdict="reject", note="no").status_code == 403
    assert send(stranger, "/second-factor/enrol", code="").status_code == 303
    key = re.search(r'class="command">([A-Z2-7 ]{39})<', stranger.get("/second-factor").text)
    assert key is not None
    app = Authenticator(office.desk, key[1].replace(" ", ""))
    enrolled = send(stranger, "/second-factor/confirm", code=app.code())
    codes = shown_codes(enrolled.text)
    assert (enrolled.status_code, len(set(codes))) == (200, recovering.HOW_MANY)
    assert not shown_codes(stranger.get("/second-factor").text)
    assert press(stranger, point, Verdict.APPROVE).status_code == 303
    assert office.show(point).state is State.APPROVED
    assert send(stranger, "/sign-out").status_code == 303
    assert sign_in(stranger, "ada", PASSWORD).status_code == 401
    assert sign_in(stranger, "ada", PASSWORD, recovery=codes[0].lower()).status_code == 303
    assert stranger.get("/").status_code == 200


def test_a_refused_sign_in_tells_nothing_and_keeps_the_name(stranger: httpx.Client, office: Office) -> None:
    choosing.choose(office.desk, office.mira, PASSWORD)
    told = {name: sign_in(stranger, name, "no such words at all") for name in ("Mira", "Nobody")}
    pages = {name: said.text.replace(f'value="{name}"', 'value=""') for name, said in told.items()}
    assert pages["Mira"] == pages["Nobody"]
    assert all(said.status_code == 401 and f'value="{name}"' in said.text for name, said in told.items())
    assert admitting.NOT_SIGNED_IN in told["Mira"].text
    assert not stranger.cookies
    foreign = stranger.post("/sign-in/password", data={"name": "Mira"}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 422


def test_an_operator_without_a_factor_is_led_to_it_by_one_button(ada: httpx.Client, office: Office) -> None:
    assert "Enrol it now, in a minute" in ada.get("/").text
    office.enrol(office.ada)
    assert "Enrol it now" not in ada.get("/").text


def test_recovery_codes_are_made_anew_and_one_proves_the_factor(ada: httpx.Client, office: Office) -> None:
    app = office.enrol(office.ada)
    assert send(ada, "/second-factor/codes", code="").status_code == 403
    made = send(ada, "/second-factor/codes", code=app.code(1))
    code = shown_codes(made.text)[0]
    with_another = joining.exchange(
        office.desk, identity.verify(office.desk, joining.new_token(office.desk, office.ada, "sign-in link"))
    )
    another = identity.verify(office.desk, with_another)
    assert not proving.standing(office.desk, another).proved
    proving.prove(office.desk, another, code)
    assert send(ada, "/second-factor/prove", code=code).status_code == 422
    assert "9 recovery codes left" in ada.get("/second-factor").text
    later_one = shown_codes(made.text)[1]
    moved = send(ada, "/second-factor/prove?answering=sample/1", code=later_one)
    assert (moved.status_code, moved.headers["location"]) == (303, "/second-factor?answering=sample/1")


def test_a_password_is_chosen_twice_alike_and_sessions_are_ended_here(
    ada: httpx.Client, page: Page, office: Office
) -> None:
    with page.browser(office.ada) as other:
        assert other.get("/").status_code == 200
        for again, status in (("other words in a row", 422), (PASSWORD, 303)):
            said = send(ada, "/account/password", username="Ada", password=PASSWORD, again=again, code="")
            assert said.status_code == status
            assert PASSWORD not in said.text
        assert other.get("/").status_code == 401
    with page.browser(office.ada) as other:
        shown = ada.get("/account").text
        assert shown.count("A browser") == 1
        ended = re.findall(r'name="end" value="([0-9a-f-]{36})"', shown)
        assert send(ada, "/account/sessions", end="nobodys").status_code == 422
        for id in ended:
            assert send(ada, "/account/sessions", end=id).status_code == 303
        assert other.get("/").status_code == 401
    assert "This browser" in ada.get("/account").text
    assert send(ada, "/account/sessions", end="all").status_code == 303


def test_a_code_for_slack_is_shown_once_links_and_is_ended_here(ada: httpx.Client, office: Office) -> None:
    assert "Slack" not in ada.get("/account").text
    assert send(ada, "/account/slack/code", code="").status_code == 422
    with office.desk.transaction() as tx:
        workspace.connect(tx, Workspace("T0CLIENT", "Client & Co", "U0DESK"))
    assert "Make a code" in ada.get("/account").text
    app = office.enrol(office.ada)
    assert send(ada, "/account/slack/code", code="").status_code == 403
    made = send(ada, "/account/slack/code", code=app.code(1))
    code = re.search(r"/countersign link ([0-9A-Z]{4}-[0-9A-Z]{4})<", made.text)
    assert code is not None
    assert code[1] not in ada.get("/account").text
    linking.link(office.desk, User("T0CLIENT", "U0ADA"), code[1])
    shown = ada.get("/account").text
    assert "U0ADA in Client &amp; Co is linked to you, until" in shown
    assert "<strong>Slack</strong>" in shown
    assert send(ada, "/account/slack/unlink").status_code == 303
    assert "U0ADA" not in ada.get("/account").text
    assert send(ada, "/account/slack/unlink").status_code == 409
