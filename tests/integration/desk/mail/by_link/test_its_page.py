"""The page of a link: opening shows, one press acts once, and what was changed, ended or taken back shows nothing."""

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.actions.people import joining
from checkpoints.actions.people.by_link import linking
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Fact, Field, FieldSort, Role, Subject
from checkpoints.core.view import Checkpoint
from tests.integration.courses.planned import planned_case
from tests.integration.desk.mail.by_link.conftest import Client, answer, approve, everything, form_of
from tests.integration.desk.moments import later
from tests.integration.page.serving import Page
from tests.plugins.work import under_a_second
from tests.stage.desks import spend

FORM = {"content-type": "application/x-www-form-urlencoded"}
SEATS = Field("seats", "How many seats", FieldSort.NUMBER, "5")


def untouched(client: Client, point: Checkpoint) -> bool:
    now = client.told.office.show(point)
    return (now.state, now.answers) == (State.OPEN, ())


def events(client: Client) -> list[str]:
    return [line.event for line in reversed(reading.audit_page(client.told.office.desk).lines)]


def test_opening_shows_it_all_and_writes_nothing(client: Client, browser: httpx.Client) -> None:
    facts = (Fact("What for", "errors"), Fact("Deletes", "all old errors", dangerous=True))
    client.asked("60", facts=facts, fields=(SEATS,))
    path, before = client.path(), everything(client.told)
    shown = browser.get(path)
    wanted = ("Buy error tracking", "Your answer is wanted", "all old errors", "$60.00 a month",
              "I need it to see errors.", "How many seats", "Yes, do exactly this", "Your project: Sample")  # fmt: skip
    assert [words for words in wanted if words not in shown.text] == []
    places = [shown.text.index(words) for words in (wanted[2], "What it costs", wanted[5])]
    assert places == sorted(places)
    kept = (("cache-control", "no-store"), ("referrer-policy", "no-referrer"))
    assert [shown.headers[name] for name, _ in kept] == [value for _, value in kept]
    cookie = shown.headers["set-cookie"]
    assert all(words in cookie for words in ("HttpOnly", "SameSite=strict", f"Path={path}"))
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND"):
        for part in ("", "/answer", "/code"):
            assert browser.request(method, path + part).status_code == 405, method
    assert browser.get(f"{path}/answer").status_code == 405
    browser.get(path, headers={"purpose": "prefetch", "sec-purpose": "prefetch;prerender", "user-agent": "Slackbot"})
    assert everything(client.told) == before


def test_a_press_is_recorded_once_and_the_page_says_so(client: Client, browser: httpx.Client) -> None:
    point = client.asked("60", fields=(SEATS,))
    path = client.path()
    form = form_of(browser, path) | {"field.seats": "7", "note": "Go."}
    assert browser.post(f"{path}/answer", data=form).headers["location"] == path
    after = client.told.office.show(point)
    assert after.decision is not None
    assert (after.state, after.decision.by, after.decision.fields) == (State.APPROVED, "Cleo", {"seats": "7"})
    shown = browser.get(path).text
    assert "Thank you. You said yes at 20" in shown
    assert "<form" not in shown
    for again in (form, form | {"verdict": "reject"}):
        refused = browser.post(f"{path}/answer", data=again)
        assert (refused.status_code, "You have answered by this link" in refused.text) == (409, True)
    assert len(client.told.office.show(point).answers) == 1
    assert events(client)[-2:] == ["try refused", "try refused"]


def test_a_no_and_a_wish_say_why_and_what_was_typed_is_kept(client: Client, browser: httpx.Client) -> None:
    point = client.asked("60", fields=(SEATS,))
    path = client.path()
    wrong = answer(browser, path, note="Kept", **{"field.seats": "many"})
    assert (wrong.status_code, 'id="wrong-seats"' in wrong.text, "Kept</textarea>" in wrong.text) == (422, True, True)
    assert answer(browser, path, "changes").status_code == 422
    assert untouched(client, point)
    assert answer(browser, path, "changes", note="Cheaper.").status_code == 303
    assert client.told.office.show(point).state is State.CHANGING
    assert "You asked for changes" in browser.get(path).text


def test_a_press_without_the_browser_that_opened_it_does_nothing(
    client: Client, browser: httpx.Client, page: Page
) -> None:
    point = client.asked("60")
    path = client.path()
    form = form_of(browser, path) | {"note": ""}
    with page.stranger() as scanner:
        for more in (form, form | {"form_token": ""}, {"verdict": "approve", "note": "", "subject": point.digest}):
            assert scanner.post(f"{path}/answer", data=more).status_code in (404, 422)
        scanner.get(path)
        assert scanner.post(f"{path}/answer", data=form).status_code == 422
    foreign = browser.post(f"{path}/answer", data=form, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 422
    assert untouched(client, point)
    assert events(client)[-4:] == ["try refused"] * 4


@pytest.mark.promise("E4.2")
def test_junk_at_this_door_is_refused_in_under_a_second(client: Client, browser: httpx.Client) -> None:
    point = client.asked("60")
    path = client.path()
    form = str(httpx.QueryParams(form_of(browser, path) | {"note": ""})).encode()
    bodies = {b"x" * 1024 * 1024: 413, b"&card=1": 422, b"&note=%ff": 422, b"&field.a=%00": 422, b"&admin=1": 422,
              b"&field.count=" + b"%5B" * 10_000: 422, b"&f%d=1" * 100: 422}  # fmt: skip
    for junk, status in bodies.items():
        with under_a_second(repr(junk[:20])):
            refused = browser.post(f"{path}/answer", content=form + junk, headers=FORM)
        assert refused.status_code == status, junk[:20]
    assert browser.post(f"{path}/answer", json={}).status_code == 422
    assert untouched(client, point)


def test_a_new_revision_leaves_the_old_link_with_nothing_to_show(client: Client, browser: httpx.Client) -> None:
    point = client.asked("60")
    old = client.path()
    form = form_of(browser, old) | {"note": ""}
    revised = client.revise(point, spend("70", subject=Subject("more", {"what": "more"}), changed=("$60 → $70",)))
    shown = browser.get(old).text
    assert "This was changed" in shown
    assert not [words for words in ("error tracking", "$60", "$70", "Sample", "<form", "Cleo") if words in shown]
    for form_now in (form, form | {"subject": revised.digest}):
        late = browser.post(f"{old}/answer", data=form_now)
        assert (late.status_code, "This was changed" in late.text) == (409, True)
    assert untouched(client, revised)
    assert answer(browser, client.path()).status_code == 303
    assert client.told.office.show(point).state is State.APPROVED


def test_a_link_that_is_forged_taken_back_or_too_old_opens_nothing(client: Client, browser: httpx.Client) -> None:
    point, office = client.asked("60"), client.told.office
    other = client.asked("60", "other")
    late, path = client.path(), client.path()
    _, made = linking.make(office.desk, office.ada, point.label, "Cleo")
    taken = made.removeprefix(office.desk.page_url)
    forms = {one: form_of(browser, one, "reject") | {"note": "no"} for one in (taken, late)}
    linking.revoke(office.desk, office.ada, point.label, "Cleo")
    later(office, "31 days")
    forged = path[:-1] + ("A" if path[-1] != "A" else "B")
    for one in (forged, taken, late, "/link/x", "/link/%00", f"/link/{'a' * 5000}"):
        assert browser.get(one).status_code == 404, one
        refused = browser.post(f"{one}/answer", data=forms.get(one, forms[late]))
        assert refused.status_code == 404, one
        assert "error tracking" not in refused.text
    assert untouched(client, point)
    assert untouched(client, other)
    assert events(client)[-2:] == ["try refused", "try refused"]


def test_it_shows_their_project_alone_and_nobody_elses_words(client: Client, browser: httpx.Client) -> None:
    office = client.told.office
    project = planned_case(office)
    secret = office.ask(office.case("confidential"), spend("20", action="Buy a rival"))
    point = office.ask(project.run(), spend("60"))
    client.told.carry()
    assert secret.state is State.APPROVED
    # What is random in its address may spell anything.
    shown = browser.get(client.path()).text.replace(client.path(), "")
    assert "API credential: Pocket" in shown
    assert "to come" in shown
    nothing_of = ("rival", "confidential", "@example", "/audit", "/people", "/projects", "/checkpoints", "Ada", "Mira",
                  "SHA-256 of", "waive", "Prefect", str(client.cleo.id), str(point.id))  # fmt: skip
    assert [words for words in nothing_of if words in shown] == []


def test_whoever_is_no_client_any_more_says_nothing_by_it(client: Client, browser: httpx.Client) -> None:
    point, office = client.asked("60"), client.told.office
    path = client.path()
    form = form_of(browser, path) | {"note": ""}
    joining.remove_person(office.desk, office.ada, "Cleo", "left")
    assert browser.post(f"{path}/answer", data=form).status_code == 404
    assert browser.get(path).status_code == 404
    assert untouched(client, point)


@pytest.mark.promise("E1.1")
def test_what_an_agent_writes_is_inert_on_it(client: Client, browser: httpx.Client) -> None:
    client.asked(
        "60",
        agent="<script>alert(1)</script>",
        action='Pay \u202egnp.exe <img src=x onerror="alert(1)"> {{ 7 * 7 }} @everyone',
        details="zero\u200bwidth \x1b[31mred\x07 [yes](https://evil.example) еxаmple.com\n```\n" + "line\n" * 200,
        subject=Subject("\u2066x", {'"><script>': "v"}),
        facts=(Fact("What for", "<b>bold</b> https://evil.example"),),
        fields=(Field("seats", "<form action=//evil>", FieldSort.TEXT, '"><input name=verdict value=approve>'),),
        changed=("<button>yes</button>",),
    )
    shown = browser.get(client.path()).text
    marks = ("<script", "<img src=x", "<b>bold", "<form action=//", "<input name=verdict", "<button>yes", "\u202e",
             "\u200b", "\x1b", 'href="http')  # fmt: skip
    assert [mark for mark in marks if mark in shown] == []
    assert "⟦U+202E⟧" in shown
    assert "{{ 7 * 7 }}" in shown


def test_what_another_client_decided_is_shown_without_their_name(client: Client, browser: httpx.Client) -> None:
    point = client.asked("60")
    path = client.path()
    approve(client.told, client.told.office.person("Cora", Role.CLIENT), point)
    shown = browser.get(path).text.replace(path, "")
    assert "It was approved at 20" in shown
    assert "There is nothing to answer any more." in shown
    assert "Cora" not in shown
    assert "<form" not in shown
