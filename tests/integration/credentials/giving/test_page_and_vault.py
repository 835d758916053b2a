"""The page where a vault has a door: it is told to the page's own script, and the form comes without what is secret."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import Door
from checkpoints.credentials import door
from tests.integration.credentials.asked import GIVEN, KEY, tables
from tests.integration.page.serving import Page, hidden, running_page
from tests.stage.desks import Office
from tests.stage.servers.openbao import OpenBao

PLAIN = {"field.redirect_uri": GIVEN["redirect_uri"]}


@pytest.fixture
def page(office: Office, openbao: OpenBao) -> Iterator[Page]:
    """A page whose desk has that vault."""
    with running_page(replace(office.desk, credentials=openbao.vault())) as running:
        yield running


def form(ada: httpx.Client, point: Checkpoint, **more: str) -> dict[str, str]:
    """As the page draws it, without the blanks."""
    html = ada.get(f"/checkpoints/{point.label}/credential").text
    (drawn,) = re.findall(r'<form class="answer".*?</form>', html, re.DOTALL)
    return hidden(drawn) | {"note": ""} | more


def at_door(ada: httpx.Client, point: Checkpoint, filled: dict[str, str]) -> httpx.Response:
    asked = {name: value for name, value in filled.items() if name != "lies_at"}
    return ada.post(f"/checkpoints/{point.label}/credential/door", data=asked)


def test_the_door_is_told_to_who_may_give_and_the_form_comes_without_the_value(
    ada: httpx.Client, office: Office, openbao: OpenBao, point: Checkpoint
) -> None:
    filled = form(ada, point)
    told = at_door(ada, point, filled)
    assert told.headers["cache-control"] == "no-store"
    opened = told.json()
    door.write(Door(opened["address"], opened["token"]), {"consumer_key": KEY})
    sent = ada.post(f"/checkpoints/{point.label}/credential", data=filled | PLAIN | {"lies_at": opened["lies_at"]})
    assert (sent.status_code, office.show(point).state) == (303, State.APPROVED)
    assert openbao.lies(opened["lies_at"]) == {"consumer_key": KEY}
    shown = ada.get(f"/checkpoints/{point.label}").text
    assert "straight to the vault; from anywhere" in shown
    for text in (shown, tables(office)):
        assert KEY not in text
        assert opened["token"] not in text
    late = at_door(ada, point, filled)
    assert late.status_code == 409
    assert "was approved by Ada" in late.json()["refused"]


def test_only_this_page_may_speak_to_the_vault(ada: httpx.Client, openbao: OpenBao, point: Checkpoint) -> None:
    policy = "content-security-policy"
    asked = ada.get(f"/checkpoints/{point.label}/credential")
    assert f"connect-src 'self' {openbao.url};" in asked.headers[policy]
    assert "script-src 'self';" in asked.headers[policy]
    assert openbao.url not in ada.get(f"/checkpoints/{point.label}").headers[policy]
    assert 'autocomplete="off"' in asked.text
    assert "passes through this page’s memory" in asked.text


def test_a_value_and_a_place_where_it_lies_are_not_given_together(
    ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    both = form(ada, point) | PLAIN | {"field.consumer_key": KEY}
    for more in ({"existing": "team/pocket"}, {"lies_at": f"cases/{point.label}/x"}):
        refused = ada.post(f"/checkpoints/{point.label}/credential", data=both | more)
        assert refused.status_code == 422
        assert "not both" in refused.text
        assert KEY not in refused.text
    assert office.show(point).state is State.OPEN


@pytest.mark.promise("E4.2")
def test_junk_at_the_door_opens_none_and_repeats_nothing(
    ada: httpx.Client, openbao: OpenBao, point: Checkpoint
) -> None:
    before = openbao.names("sys/policies/acl")
    good = form(ada, point)
    for junk in (
        good | {"field.consumer_key": KEY},
        good | {"more": KEY},
        good | {"revision": "x" * 20},
        good | {"held.minutes": "many"},
        good | {"held.addresses": "10.0.0.0/33"},
        good | {"form_token": KEY},
        good | {"note": "n" * 100_000},
        good | {"subject": "0" * 64},
    ):
        refused = at_door(ada, point, junk)
        assert 400 <= refused.status_code < 500
        assert KEY not in refused.text
    assert openbao.names("sys/policies/acl") == before


@pytest.mark.promise("C8.4")
def test_what_one_started_oneself_gets_no_door_without_a_second_factor(
    page: Page, office: Office, openbao: OpenBao, point: Checkpoint
) -> None:
    grace = office.person("Grace", Role.MANAGER)
    with page.browser(grace) as client:
        assert at_door(client, point, form(client, point)).status_code == 403
    mine = office.ask(office.case("mine", by=office.ada), point.request)
    app = office.enrol(office.ada)
    with page.browser(office.ada) as client:
        filled = form(client, mine)
        assert "second factor" in at_door(client, mine, filled).json()["refused"]
        wrong = at_door(client, mine, filled | {"code": "000000"})
        assert wrong.status_code in (403, 422)
        assert at_door(client, mine, filled | {"code": app.code(1)}).status_code == 200
        # What was proven holds, and the code is not asked again.
        opened = at_door(client, mine, filled).json()
        door.write(Door(opened["address"], opened["token"]), {"consumer_key": KEY})
        sent = client.post(
            f"/checkpoints/{mine.label}/credential", data=filled | PLAIN | {"lies_at": opened["lies_at"]}
        )
        assert sent.status_code == 303
    assert office.show(mine).state is State.APPROVED
