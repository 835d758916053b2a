"""The page as a person uses it, in a real browser: sign in by a link, look, fill in, answer, see it recorded."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from checkpoints.actions import deciding
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.people.accounts import resetting
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Field, FieldSort, Person, Request, Risk, Role, Verdict
from tests.integration.desk.moments import later
from tests.integration.desk.people.hashing import hashed_quickly
from tests.integration.page import serving
from tests.stage.desks import Authenticator, Office, spend

FIELDS = (
    Field("region", "Region", FieldSort.CHOICE, None, (("eu-west-1", "Ireland"), ("us-east-1", "Virginia"))),
    Field("count", "How many", FieldSort.NUMBER, "2", lowest=Decimal(1), highest=Decimal(10)),
)
PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.fixture
def page(office: Office) -> Iterator[serving.Page]:
    """The page at that desk, listening."""
    with serving.running_page(office.desk) as running:
        yield running


@pytest.fixture
def ada(browser: Browser, page: serving.Page, office: Office) -> Iterator[Page]:
    """Ada on her phone, signed in by a link. Whatever the browser complains of fails the test."""
    context = browser.new_context(base_url=page.url, viewport=PHONE)
    tab, complaints = context.new_page(), []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.goto(page.link(office.ada))
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", level=1)).to_be_visible()
    yield tab
    context.close()
    refusals = ("status of 409", "status of 422")
    assert [said for said in complaints if not any(words in said for words in refusals)] == []


def asked(cost: str = "60", *changed: str) -> Request:
    return spend(cost, fields=FIELDS, changed=changed)


def test_a_question_appears_by_itself_is_changed_and_then_approved(ada: Page, office: Office) -> None:
    expect(ada.get_by_text("Nothing waits")).to_be_visible()
    run = office.case()
    point = office.ask(run, asked())
    ada.get_by_role("link", name="Buy error tracking").click()
    ada.get_by_text("Ask for changes", exact=True).click()
    ada.get_by_label("What should change?").fill("A cheaper one, please.")
    ada.get_by_role("button", name="Ask for these changes").click()
    expect(ada.locator("#stands")).to_contain_text("Ada asked for changes")
    submitting.revise(office.asker, run, point, asked("55", "Cost: $60 → $55"))
    office.receive()
    ada.get_by_role("link", name="Look again").click()
    expect(ada.locator(".changed")).to_contain_text("Cost: $60 → $55")
    ada.get_by_label("Region").select_option("eu-west-1")
    ada.get_by_label("How many").fill("3")
    ada.get_by_role("button", name="Approve exactly this").click()
    expect(ada.locator("#stands")).to_contain_text("was approved by Ada")
    expect(ada.locator("#stands")).to_contain_text("Your answer is recorded")
    decision = office.show(point).decision
    assert decision is not None
    assert decision.fields == {"region": "eu-west-1", "count": "3"}


def test_a_press_that_comes_second_says_who_decided_and_when(ada: Page, office: Office) -> None:
    point = office.ask(office.case(), spend())
    ada.goto(f"/checkpoints/{point.label}")
    # Without live news, as on a bad line: the press itself must tell.
    ada.route("**/stands*", lambda route: route.fulfill(status=204))
    grace = office.person("Grace", Role.TO)
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.REJECT, note="Too dear.")
    deciding.answer(office.desk, grace, press)
    ada.get_by_role("button", name="Approve exactly this").click()
    expect(ada.get_by_role("alert")).to_contain_text(f"{point.label} was rejected by Grace at 20")
    expect(ada.get_by_role("alert")).to_contain_text("Your answer was not recorded")
    assert office.show(point).state is State.REJECTED


@pytest.mark.promise("B6.2")
def test_a_revision_under_ones_eyes_is_said_nothing_typed_is_lost_and_the_old_card_is_dead(
    ada: Page, office: Office
) -> None:
    run = office.case()
    point = office.ask(run, asked())
    ada.goto(f"/checkpoints/{point.label}")
    ada.get_by_label("Region").select_option("us-east-1")
    ada.get_by_label("Note").fill("As we said")
    submitting.revise(office.asker, run, point, asked("70", "Cost: $60 → $70"))
    office.receive()
    expect(ada.get_by_text("This moved while you looked at it.")).to_be_visible()
    expect(ada.get_by_label("Note")).to_have_value("As we said")
    ada.get_by_role("button", name="Approve exactly this").click()
    expect(ada.get_by_role("alert")).to_contain_text("is at revision 2 now, you saw 1")
    expect(ada.locator(".changed")).to_contain_text("Cost: $60 → $70")
    expect(ada.get_by_label("Note")).to_have_value("As we said")
    assert office.show(point).state is State.OPEN


def test_a_wrong_number_is_told_at_its_field(ada: Page, office: Office) -> None:
    point = office.ask(office.case(), asked())
    ada.goto(f"/checkpoints/{point.label}")
    ada.get_by_label("Region").select_option("eu-west-1")
    ada.get_by_label("How many").fill("11")
    ada.get_by_role("button", name="Approve exactly this").click()
    expect(ada.locator("#wrong-count")).to_contain_text("a number from 1 to 10")
    expect(ada.get_by_label("How many")).to_have_value("11")
    expect(ada.get_by_label("Region")).to_have_value("eu-west-1")


def test_a_second_factor_is_enrolled_by_a_picture_and_its_code_goes_with_the_yes(ada: Page, office: Office) -> None:
    point = office.ask(office.case(), spend(risks=(Risk.DELETES,)))
    ada.goto(f"/checkpoints/{point.label}")
    ada.get_by_role("link", name="enrol one").click()
    ada.get_by_role("button", name="Enrol an authenticator").click()
    picture = ada.get_by_alt_text("A QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
    assert ada.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    app = Authenticator(office.desk, ada.locator(".command").inner_text().replace(" ", ""))
    ada.get_by_label("The code that the app shows now").fill(app.code())
    ada.get_by_role("button", name="It works: enrol it").click()
    expect(ada.get_by_text("You have one.")).to_be_visible()
    later(office, "11 minutes")
    ada.goto(f"/checkpoints/{point.label}")
    ada.get_by_label("Note").fill("Kept")
    ada.get_by_label("Code from your authenticator").fill(app.code(-5))
    ada.get_by_role("button", name="Approve exactly this").click()
    expect(ada.get_by_role("alert")).to_contain_text("not the code of now")
    expect(ada.get_by_label("Note")).to_have_value("Kept")
    ada.get_by_label("Code from your authenticator").fill(app.code())
    ada.get_by_role("button", name="Approve exactly this").click()
    expect(ada.locator("#stands")).to_contain_text("was approved by Ada")


def test_no_page_is_wider_than_a_phone_and_every_button_can_be_touched(ada: Page, office: Office) -> None:
    long = asked("60", "Cost: $1 → $60 " + "x" * 200)
    point = office.ask(office.case(), long)
    for path in (
        "/",
        f"/checkpoints/{point.label}",
        "/projects",
        "/projects/sample",
        "/audit",
        "/people",
        "/second-factor",
        "/account",
    ):
        ada.goto(path)
        assert ada.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        for button in ada.get_by_role("button").all():
            box = button.bounding_box()
            assert box is None or box["height"] >= 44, (path, button.inner_text())


def test_the_page_works_without_scripts(browser: Browser, page: serving.Page, office: Office) -> None:
    point = office.ask(office.case(), spend())
    context = browser.new_context(base_url=page.url, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(page.link(office.ada))
    tab.get_by_role("button", name="Sign in").click()
    tab.goto(f"/checkpoints/{point.label}")
    tab.get_by_text("Reject", exact=True).click()
    tab.get_by_label("Why?").fill("Not needed.")
    tab.get_by_role("button", name="Reject it").click()
    expect(tab.locator("#stands")).to_contain_text("was rejected by Ada")
    context.close()


def test_an_account_from_enrolling_to_a_lost_phone_and_back(
    browser: Browser, page: serving.Page, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, eve = operator(office, "Bob"), operator(office, "Eve")
    context = browser.new_context(base_url=page.url, viewport=PHONE)
    tab = context.new_page()
    with hashed_quickly(monkeypatch):
        tab.goto(page.link(office.ada))
        tab.get_by_role("button", name="Sign in").click()
        tab.get_by_role("button", name="Enrol it now").click()
        app = enrol(tab, office)
        code = tab.locator(".codes code").first.inner_text()
        tab.get_by_role("link", name="I have kept them").click()
        expect(tab.get_by_text("Enrol it now")).to_be_hidden()
        tab.get_by_role("link", name="Ada").click()
        tab.get_by_label("New password").fill("words in a row will do")
        tab.get_by_label("The same again").fill("words in a row will do")
        tab.get_by_role("button", name="Choose it").click()
        expect(tab.get_by_text("You have one. Choose another")).to_be_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        tab.get_by_role("button", name="Sign out").click()
        sign_in(tab, app.code(-9))
        expect(tab.get_by_role("alert")).to_contain_text("Nobody was signed in")
        expect(tab.get_by_label("Your name")).to_have_value("Ada")
        sign_in(tab, app.code(1))
        tab.get_by_role("button", name="Sign out").click()
        tab.get_by_text("The phone is not here").click()
        tab.get_by_label("Recovery code").fill(code)
        sign_in(tab, "")
        expect(tab.get_by_text("Nothing waits")).to_be_visible()
        resetting.ask(office.desk, bob, "Ada", "Lost the phone and the codes; I saw her.")
        done = resetting.confirm(office.desk, eve, "Ada")
        tab.goto("/")
        expect(tab.get_by_text("Sign in first")).to_be_visible()
        tab.goto(f"/sign-in?token={done.sign_in}")
        tab.get_by_role("button", name="Sign in").click()
        tab.get_by_role("button", name="Enrol it now").click()
        enrol(tab, office)
        expect(tab.locator(".codes code")).to_have_count(10)
    context.close()


def operator(office: Office, name: str) -> Person:
    """Another technical operator, with a second factor proven."""
    person = office.person(name, Role.TO)
    office.enrol(person)
    return person


def enrol(tab: Page, office: Office) -> Authenticator:
    """By the key that the page shows; it ends at the recovery codes."""
    app = Authenticator(office.desk, tab.locator(".command").inner_text().replace(" ", ""))
    tab.get_by_label("The code that the app shows now").fill(app.code())
    tab.get_by_role("button", name="It works: enrol it").click()
    expect(tab.get_by_text("You have one.")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    return app


def sign_in(tab: Page, code: str) -> None:
    """By name, password and code, on the page where that is asked."""
    tab.get_by_label("Your name").fill("Ada")
    tab.get_by_label("Password").fill("words in a row will do")
    tab.get_by_label("Code from your authenticator").fill(code)
    tab.get_by_role("button", name="Sign in").click()
