"""The sample with canaries at a real OpenBao, given in three ways; then every byte that was written is searched.

Rule: a place counts only where the same search finds the decoy that went with them, in the very same way.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, expect

from checkpoints.credentials.vault import keys
from tests.acceptance.conftest import WholeDesk
from tests.acceptance.secrets.traces import Traces
from tests.acceptance.test_the_spine import CHOSEN, SAMPLE, fill, served, wait_open
from tests.fakes.slack import StandIn, stand_in
from tests.plugins import canaries
from tests.stage.servers.openbao import OpenBao
from tests.stage.servers.prepared import Prepared

pytestmark = [pytest.mark.acceptance, pytest.mark.long, pytest.mark.timeout(420)]

PHONE: ViewportSize = {"width": 360, "height": 740}
MARK = secrets.token_hex(5)
SLUG, NOTE = f"digest-{MARK}", f"decoy-{MARK}"
POCKET = f"4711-{secrets.token_hex(12)}"
SENDGRID = f"SG.{secrets.token_hex(11)}.{secrets.token_hex(20)}"
OPENAI = f"sk-proj-{secrets.token_hex(16)}"
OF_THE_TEAM = "team/sendgrid"
SEARCHED = {
    *(f"{sort} of {database}" for sort in ("tables", "dump") for database in ("countersign", "prefect")),
    *("write-ahead log", "database files", "logs", "plans", "state", "cases"),
    *("Slack", "processes", "terminal", "export", "browser", "profile of the browser", "OpenBao's audit"),
}
STORED = """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state,
    location.href, await indexedDB.databases(), await caches.keys()])"""


@dataclass(frozen=True)
class Stage:
    """A whole desk with the vault and Slack, and what was said in its shell."""

    desk: WholeDesk
    slack: StandIn
    openbao: OpenBao
    traces: Traces

    def do(self, *words: str, said: str = "", fails: bool = False) -> str:
        """A command, and what it says; each time Slack is looked at too, for cards change."""
        done = self.desk.countersign(*words, said=said)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        self.traces.look("terminal", done.stdout + done.stderr, words[0])
        self.traces.look("Slack", repr(self.slack.space))
        return done.stdout


@pytest.fixture
def stage(tmp_path: Path, prepared: Prepared, openbao: OpenBao, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    desk = WholeDesk(tmp_path / "home", prepared)
    with (desk.settings.home / "settings.toml").open("a") as file:
        file.write(f'vault_url = "{openbao.url}"\n')
    keys.write(desk.settings.vault_keys, keys.read(openbao.keys))
    release = desk.repositories / "samples/read-later-digest/release.toml"
    release.write_text(release.read_text().replace('"sendgrid"]', '"sendgrid", "openai"]'))
    with stand_in() as slack, allowed(openbao, desk.settings.page_url):
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack.bot_token)
        monkeypatch.setenv("SLACK_APP_TOKEN", slack.app_token)
        monkeypatch.setenv("SLACK_API_URL", slack.api_url)
        monkeypatch.setenv("SLACK_CHANNEL", slack.channel("approvals").id)
        try:
            yield Stage(desk, slack, openbao, Traces((POCKET, SENDGRID, OPENAI), MARK))
        finally:
            desk.down()


@contextmanager
def allowed(openbao: OpenBao, origin: str) -> Iterator[None]:
    """This page's browsers may write to it meanwhile."""
    before = openbao.admin("GET", "sys/config/cors").json()["data"]["allowed_origins"]
    openbao.admin("POST", "sys/config/cors", {"enabled": True, "allowed_origins": [origin]})
    yield
    openbao.admin("POST", "sys/config/cors", {"enabled": True, "allowed_origins": before})


@contextmanager
def a_profile(browser: Browser, folder: Path) -> Iterator[BrowserContext]:
    """A person's own browser, which keeps what it keeps on the disk."""
    own = browser.browser_type.launch_persistent_context(folder, executable_path=program(), viewport=PHONE)
    own.set_default_timeout(60_000)
    try:
        yield own
    finally:
        own.close()


def program() -> str:
    """The program of a browser that runs, whoever brought it."""
    return next(
        command[0]
        for process in psutil.Process().children(recursive=True)
        if (command := process.cmdline()) and "--headless" in " ".join(command) and "--type=" not in " ".join(command)
    )


def given_in_a_browser(stage: Stage, browser: Browser, folder: Path) -> None:
    """Pocket's: a slip first, and the value goes to OpenBao's port and to none of ours."""
    held: set[int | None] = set()
    with a_profile(browser, folder) as own:
        own.on("request", lambda each: held.add(port_of(each)))
        tab = own.new_page()
        link = next(word for word in stage.do("sign-in", *stage.desk.otp()).split() if "/sign-in?token=" in word)
        tab.goto(link)
        tab.get_by_role("button", name="Sign in").click()
        expect(tab.get_by_role("heading", level=1)).to_be_visible()
        tab.goto(f"{stage.desk.settings.page_url}/checkpoints/{SLUG}/3/credential")
        expect(tab.locator("#goes")).to_contain_text("straight from this browser to the vault")
        tab.locator("[name='field.consumer_key']").fill(f"{POCKET}!")
        tab.get_by_label("Code from your authenticator").fill(stage.desk.code())
        tab.locator("[name='note']").fill(f"made today, {NOTE}")
        tab.locator("button.yes").click()
        expect(tab.locator("#slip-field-consumer_key")).to_be_visible()
        tab.locator("[name='field.consumer_key']").fill(POCKET)
        tab.locator("button.yes").click()
        expect(tab.locator("#answer")).to_contain_text("straight to the vault")
        kept(stage, tab)
        tab.go_back()
        kept(stage, tab)
    assert held - {None} == {stage.openbao.plain}
    for path, content in canaries.files(folder):
        stage.traces.look("profile of the browser", content, str(path))


def port_of(request: Request) -> int | None:
    """Where it goes, of one that has the value in it."""
    held = (request.post_data_buffer or b"") + request.url.encode()
    return urlsplit(request.url).port if canaries.occurs(held, POCKET) else None


def kept(stage: Stage, tab: Page) -> None:
    stage.traces.look("browser", tab.evaluate(STORED) + tab.content() + repr(tab.context.storage_state()))


def given_otherwise(stage: Stage) -> None:
    """SendGrid's by its path in the vault, OpenAI's in the shell; both typed where they don't belong before."""
    stage.openbao.admin("POST", f"countersign/data/{OF_THE_TEAM}", {"data": {"api_key": SENDGRID}})
    stage.do("approve", f"{SLUG}/4", "--yes", "--set", f"api_key={SENDGRID}", fails=True)
    stage.do("credential", "give", f"{SLUG}/4", "--path", OF_THE_TEAM, "--note", NOTE)
    stage.do("credential", "give", f"{SLUG}/5", said=f"api_key={OPENAI}!x y\n", fails=True)
    stage.do("credential", "give", f"{SLUG}/5", f"api_key={OPENAI}", fails=True)
    stage.do("credential", "give", f"{SLUG}/5", "--note", NOTE, said=f"api_key={OPENAI}\n")
    stage.do("credential", "give", f"{SLUG}/5", said=f"api_key={OPENAI}\n", fails=True)


@pytest.mark.promise("F1.1", "F1.2", "F1.3", "F1.4", "F1.5", "F1.6")
def test_of_the_sample_s_secrets_nothing_is_anywhere_but_in_the_vault_and_with_their_user(
    stage: Stage, browser: Browser, tmp_path: Path
) -> None:
    desk, traces = stage.desk, stage.traces
    with canaries.watched() as seen, a_decoy_in_a_process():
        traces.look("terminal", desk.up())
        desk.enrol()
        brief = SAMPLE.read_text().replace('name = "Read Later Digest"', f'name = "Digest {MARK}"')
        stage.do("project", "start", "-", said=brief.replace('"in the vault"', '"needed"'))
        wait_open(desk, f"{SLUG}/1")
        stage.do("approve", f"{SLUG}/1", "--yes", "--note", NOTE)
        wait_open(desk, f"{SLUG}/2")
        stage.do("approve", f"{SLUG}/2", "--yes", *fill(**CHOSEN))
        wait_open(desk, f"{SLUG}/5")
        given_in_a_browser(stage, browser, tmp_path / "profile")
        given_otherwise(stage)
        wait_open(desk, f"{SLUG}/6")
        stage.do("approve", f"{SLUG}/6", "--yes")
        wait_open(desk, f"{SLUG}/7")
        stage.do("approve", f"{SLUG}/7", "--yes", *fill(option="subdomain"))
        wait_open(desk, f"{SLUG}/9")
        assert served(desk, SLUG, "staging")["services"] == ["openai", "pocket", "sendgrid"]
        revoked(stage)
        stage.do("audit", "export", "--out", str(tmp_path / "audit.zip"))
        stage.do("history", f"{SLUG}/3")
        stage.do("doctor")
        traces.look_at(desk)
    for process in seen:
        traces.look("processes", process)
    traces.look("export", (tmp_path / "audit.zip").read_bytes())
    with ZipFile(tmp_path / "audit.zip") as packed:
        for name in packed.namelist():
            traces.look("export", packed.read(name), name)
    traces.look("OpenBao's audit", stage.openbao.audit.read_bytes())
    assert traces.leaks == []
    assert traces.searched >= SEARCHED


def revoked(stage: Stage) -> None:
    """All three; what lay in the vault before still lies there, and nothing else."""
    for number in (3, 4, 5):
        stage.do("credential", "revoke", f"{SLUG}/{number}", "--yes", "--because", NOTE)
    assert stage.openbao.lies(OF_THE_TEAM) == {"api_key": SENDGRID}


@contextmanager
def a_decoy_in_a_process() -> Iterator[None]:
    """One that has it in its arguments."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(400)", NOTE])
    try:
        yield
    finally:
        sleeper.kill()
        sleeper.wait()
