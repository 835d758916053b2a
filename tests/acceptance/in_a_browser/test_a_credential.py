"""A credential in a real browser: its values go to OpenBao's port and not to ours, and nothing of them stays here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import Wanted, ask
from checkpoints.core.work.services.handing import Restrictions
from checkpoints.core.work.services.shapes import SHAPES
from checkpoints.store.secret import lives
from tests.integration.credentials.asked import tables
from tests.integration.page import serving
from tests.stage.desks import Office
from tests.stage.servers.openbao import OpenBao

PHONE: ViewportSize = {"width": 360, "height": 740}
KEY = "canary-canary-canary-0123456789"
NEXT = "canary-canary-canary-9876543210"
LINES = f"{'QUJD' * 20}\n{'QUJD' * 4}="
SAMPLES = {
    "iam user": "mailer-production",
    "aws key id": "AKIAIOSFODNN7EXAMPLE",
    "aws secret key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "address": "https://digest.example/auth",
    "key": KEY,
    "client id": "1234.apps.example",
    "host": "[2001:db8::1]",
    "password": "two words & more",
    "service account": '{\n  "type": "service_account"\n}',
    "ssh private key": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{LINES}\n-----END OPENSSH PRIVATE KEY-----",
    "private key": f"-----BEGIN EC PRIVATE KEY-----\n{LINES}\n-----END EC PRIVATE KEY-----",
    "certificate": f"-----BEGIN CERTIFICATE-----\n{LINES}\n-----END CERTIFICATE-----\n" * 2,
    "openai key": "sk-proj-0123456789abcdefghij",
    "pocket consumer key": "4711-0123456789abcdef01234567",
    "sendgrid key": "SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz",
    "stripe key": "rk_test_0123456789",
}
FITS = "pairs => pairs.filter(([pattern, value]) => !new RegExp(`^(?:${pattern})$`).test(value))"
STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state, location.href])"


@pytest.fixture
def page(office: Office, openbao: OpenBao) -> Iterator[serving.Page]:
    """A page whose desk has that vault, and whose browsers may write to it."""
    with serving.running_page(replace(office.desk, credentials=openbao.vault())) as running:
        yield running


@pytest.fixture
def point(office: Office) -> Checkpoint:
    held = Restrictions(("10.0.0.0/8",), 60)
    return office.ask(office.case(), ask(Wanted("sample", "Sample", "Some Service", restrictions=held)))


@contextmanager
def allowed(openbao: OpenBao, *origins: str) -> Iterator[None]:
    """These pages' browsers may write to it meanwhile, and no other."""
    before = openbao.admin("GET", "sys/config/cors").json()["data"]
    openbao.admin("POST", "sys/config/cors", {"enabled": True, "allowed_origins": list(origins)})
    try:
        yield
    finally:
        openbao.admin("POST", "sys/config/cors", {"enabled": True, "allowed_origins": before["allowed_origins"]})


@contextmanager
def signed_in(browser: Browser, page: serving.Page, office: Office, point: Checkpoint) -> Iterator[Page]:
    """Ada's phone, on the page where it is given."""
    context = browser.new_context(base_url=page.url, viewport=PHONE)
    tab = context.new_page()
    tab.goto(page.link(office.ada))
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", level=1)).to_be_visible()
    tab.goto(f"/checkpoints/{point.label}/credential")
    yield tab
    context.close()


@pytest.mark.promise("F1.6")
def test_the_value_goes_to_the_vaults_port_and_not_to_ours_and_stays_nowhere(
    browser: Browser, page: serving.Page, office: Office, openbao: OpenBao, point: Checkpoint
) -> None:
    held: list[Request] = []
    with allowed(openbao, page.url), signed_in(browser, page, office, point) as tab:
        tab.on("request", lambda each: held.append(each))
        expect(tab.locator("#goes")).to_contain_text(f"straight from this browser to the vault at {openbao.url}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        tab.get_by_label("API key").fill(f" {KEY}")
        tab.get_by_role("button", name="Give it").click()
        expect(tab.locator("#slip-field-api_key")).to_contain_text("white space at its ends")
        tab.get_by_label("API key").fill(KEY)
        tab.get_by_label("Minutes, at most").fill("90")
        tab.get_by_role("button", name="Give it").click()
        expect(tab.locator("#not-given")).to_contain_text("90 minutes are more than the 60")
        expect(tab.get_by_label("API key")).to_have_value(KEY)
        tab.get_by_label("Minutes, at most").fill("30")
        tab.get_by_role("button", name="Give it").click()
        expect(tab.locator("#stands")).to_contain_text("was approved by Ada")
        expect(tab.locator("#answer")).to_contain_text("straight to the vault; from 10.0.0.0/8, for 30 minutes")
        assert KEY not in tab.evaluate(STORED) + tab.content()
        tab.go_back()
        assert KEY not in tab.content()
        assert tab.locator("input[type=password]").count() == 0
        _rotated(tab, office, openbao, point)
    for value in (KEY, NEXT):
        assert {urlsplit(each.url).port for each in held if value in (each.post_data or "") + each.url} == {
            openbao.plain
        }
    after = office.show(point)
    assert after.decision is not None
    assert openbao.lies(after.decision.fields["api_key"].removeprefix("vault:")) == {"api_key": KEY}
    with office.desk.transaction() as tx:
        life = lives.held(tx, point.id)
    assert life is not None
    assert (life.version, openbao.lies(life.vault_path)) == (2, {"api_key": NEXT})
    assert not {KEY, NEXT} & set(re.findall(r"canary[\w-]+", tables(office)))


def _rotated(tab: Page, office: Office, openbao: OpenBao, point: Checkpoint) -> None:
    """Another value is given on the credential's page; a slip, and a wrong code, are said where it was typed."""
    app = office.enrol(office.ada)
    tab.goto(f"/checkpoints/{point.label}/credential/lives")
    tab.get_by_text("Rotate it: give another value").click()
    expect(tab.locator("#goes")).to_contain_text(f"straight from this browser to the vault at {openbao.url}")
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    form = tab.locator("#rotate form").first
    form.get_by_label("API key").fill("no key")
    form.get_by_label("Code from your authenticator").fill("000000")
    form.get_by_role("button", name="Give the new value").click()
    expect(tab.locator("#slip-field-api_key")).to_contain_text("doesn’t look right")
    form.get_by_label("API key").fill(NEXT)
    form.get_by_role("button", name="Give the new value").click()
    expect(tab.locator("#not-given")).to_contain_text("not the code of now")
    form.get_by_label("Code from your authenticator").fill(app.code(1))
    form.get_by_role("button", name="Give the new value").click()
    expect(tab.locator("main")).to_contain_text("version 2, given by Ada")
    assert NEXT not in tab.evaluate(STORED) + tab.content()


def test_where_the_browser_can_t_reach_the_vault_the_page_says_so_and_passes_it_on(
    browser: Browser, page: serving.Page, office: Office, openbao: OpenBao, point: Checkpoint
) -> None:
    with allowed(openbao, "https://another.example"), signed_in(browser, page, office, point) as tab:
        expect(tab.locator("#goes")).to_contain_text("can’t reach the vault")
        expect(tab.locator("#goes")).to_contain_text("through this page’s memory")
        assert tab.evaluate(FITS, [[shape.pattern.pattern, SAMPLES[name]] for name, shape in SHAPES.items()]) == []
        tab.get_by_label("API key").fill(KEY)
        tab.get_by_role("button", name="Give it").click()
        expect(tab.locator("#stands")).to_contain_text("was approved by Ada")
        expect(tab.locator("#answer")).to_contain_text("through this desk's memory")
    assert office.show(point).state is State.APPROVED
