"""A client on a phone, from the mail to the yes, in a real browser; and what a link that is no good does there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from checkpoints.actions.people import reaching
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Fact, Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.fakes.post_office import text
from tests.integration.desk.mail.by_link.conftest import CLEO, CODE, LINK, SECOND, approve, everything
from tests.integration.desk.mail.conftest import Told
from tests.integration.desk.mail.conftest import told as told  # a fixture
from tests.integration.desk.moments import later
from tests.integration.page import serving
from tests.stage.desks import spend

PHONE: ViewportSize = {"width": 360, "height": 740}
FACTS = (
    Fact("What for", "seeing errors in production before your readers do"),
    Fact("Deletes", "the free plan's errors of the last 30 days", dangerous=True),
)


@pytest.fixture
def page(told: Told) -> Iterator[serving.Page]:
    with serving.running_page(told.office.desk) as running:
        yield running


@contextmanager
def phone(browser: Browser, page: serving.Page) -> Iterator[Page]:
    """A phone of its own; whatever the browser complains of fails the test."""
    context = browser.new_context(base_url=page.url, viewport=PHONE)
    tab, complaints = context.new_page(), []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield tab
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()
    assert [said for said in complaints if "status of 4" not in said] == []


def waiting_for_cleo(told: Told, *questions: str) -> list[Checkpoint]:
    """Questions at $600 that operator and manager approved, and of which Cleo was told."""
    office, max_ = told.office, told.office.person("Max", Role.MANAGER)
    told.add("Cleo", Role.CLIENT)
    reaching.set_second_email(office.desk, office.ada, "Cleo", SECOND)
    run = office.case()
    points = [office.ask(run, spend("600", facts=FACTS), question) for question in questions]
    for who in (office.ada, max_):
        office.enrol(who)
        for point in points:
            approve(told, who, point)
    told.carry()
    return points


def code(told: Told) -> str:
    told.carry()
    found = CODE.search(text(told.post.to(SECOND)[-1]))
    assert found is not None
    return f"{found[1]} {found[2]}"


def link(told: Told, address: str = CLEO) -> str:
    found = LINK.search(text(told.post.to(address)[-1]))
    assert found is not None
    return found[0]


@pytest.mark.promise("C8.3")
def test_six_hundred_dollars_by_operator_manager_and_the_client_on_a_phone(
    browser: Browser, page: serving.Page, told: Told
) -> None:
    office, (point,) = told.office, waiting_for_cleo(told, "one")
    path = link(told)
    with phone(browser, page) as cleo:
        before = everything(told)
        cleo.goto(path[:-1] + "_")
        expect(cleo.get_by_role("alert")).to_contain_text("This link is not good")
        cleo.goto(path)
        expect(cleo.get_by_role("heading", level=1)).to_have_text("Buy error tracking")
        expect(cleo.locator("main")).to_contain_text("$600.00 a month")
        for button in cleo.get_by_role("button").all():
            box = button.bounding_box()
            assert box is None or box["height"] >= 44, button.inner_text()
        assert everything(told) == before
        cleo.get_by_role("button", name="Send me the code").click()
        expect(cleo.locator("#answer")).to_contain_text("We sent a code to your other mailbox, c…@p…")
        cleo.get_by_label("The code from that mail").fill("000 000" if code(told) != "000 000" else "111 111")
        cleo.get_by_role("button", name="Yes, do exactly this").click()
        expect(cleo.get_by_role("alert")).to_contain_text("not the code of our newest mail")
        assert office.show(point).state is State.OPEN
        cleo.get_by_label("The code from that mail").fill(code(told))
        cleo.get_by_label("Note").fill("Go ahead.")
        cleo.get_by_role("button", name="Yes, do exactly this").click()
        expect(cleo.locator("#stands")).to_contain_text("Thank you. You said yes")
        cleo.goto(path)
        expect(cleo.get_by_role("button")).to_have_count(0)
    after = office.show(point)
    assert [(given.person, given.way) for given in after.answers] == [
        ("Ada", "shell"),
        ("Max", "shell"),
        ("Cleo", "link"),
    ]
    assert after.state is State.APPROVED


def test_a_link_that_is_too_old_does_nothing_and_a_used_one_not_again(
    browser: Browser, page: serving.Page, told: Told
) -> None:
    office, points = told.office, waiting_for_cleo(told, "one", "two")
    found = (LINK.search(text(mail)) for mail in told.post.to(CLEO))
    used, old = (match[0] for match in found if match)
    with phone(browser, page) as cleo:
        cleo.goto(used)
        cleo.get_by_text("No", exact=True).click()
        cleo.get_by_label("Why not?").fill("Too dear.")
        form = cleo.locator("form", has_text="Why not?").evaluate("form => Object.fromEntries(new FormData(form))")
        cleo.get_by_role("button", name="Say no").click()
        expect(cleo.locator("#stands")).to_contain_text("You said no")
        again = cleo.request.post(f"{used}/answer", form=form)
        assert (again.status, "counts once" in again.text()) == (409, True)
        cleo.goto(old)
        later(office, "31 days")
        cleo.get_by_text("No", exact=True).click()
        cleo.get_by_label("Why not?").fill("Too late?")
        cleo.get_by_role("button", name="Say no").click()
        expect(cleo.get_by_role("alert")).to_contain_text(re.compile("This link is not good"))
    states = [office.show(point) for point in points]
    assert [(point.state, len(point.answers)) for point in states] == [(State.REJECTED, 3), (State.OPEN, 2)]
    assert states[0].answers[-1].verdict is Verdict.REJECT


def test_two_hundred_and_thirty_dollars_by_operator_and_manager(
    browser: Browser, page: serving.Page, told: Told
) -> None:
    office = told.office
    point = office.ask(office.case(), spend("230"))
    for who in (office.ada, office.person("Max", Role.MANAGER)):
        assert office.show(point).state is State.OPEN
        with phone(browser, page) as tab:
            tab.goto(page.link(who))
            tab.get_by_role("button", name="Sign in").click()
            tab.get_by_role("link", name="Buy error tracking").click()
            tab.get_by_role("button", name="Approve exactly this").click()
            expect(tab.locator("#stands")).to_contain_text("Your answer is recorded")
    after = office.show(point)
    assert (after.state, [given.person for given in after.counting]) == (State.APPROVED, ["Ada", "Max"])
