"""From a brief to delivered, as a person does it: once by the shell alone, once on the page in a real browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from checkpoints.actions import reading
from checkpoints.core.view import Checkpoint
from checkpoints.settings import Settings
from flows.delivery import brief
from tests.acceptance.conftest import WholeDesk
from tests.stage.answers import Answers
from tests.stage.runs import eventually
from tests.stage.wires.plain import NOBODY

pytestmark = [pytest.mark.long, pytest.mark.acceptance, pytest.mark.timeout(420)]

SAMPLE = Path(brief.__file__).with_name("read-later-digest.toml")
TOOLS = Path(__file__).parents[2] / "to-tools"
SECONDS_TO_GO_ON = 90
BETWEEN_LOOKS = 0.3
APPLIED = 12
"""How many resources the sandbox template has."""
CHOSEN = {"region": "us-west-2", "database_size": "db.t3.micro", "container_size": "small", "web_tasks": "2"}
POCKET = "4711-0123456789abcdef01234567"
SENDGRID = "SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def shown(desk: WholeDesk, label: str) -> dict[str, object] | None:
    """What `countersign show --json` says, None while there is no such checkpoint."""
    said = desk.countersign("show", label, "--json")
    return dict(json.loads(said.stdout)) if said.returncode == 0 else None


def wait_open(desk: WholeDesk, label: str, revision: int = 1) -> dict[str, object]:
    """The checkpoint as `show --json` has it, once it is open at this revision."""
    with desk.store() as store:

        def there() -> bool | None:
            points = reading.inbox(store).points
            return any((p.label, p.state, p.revision) == (label, "open", revision) for p in points) or None

        eventually(there, f"{label}, revision {revision}", SECONDS_TO_GO_ON, BETWEEN_LOOKS)
    found = shown(desk, label)
    assert found is not None
    return found


def do(desk: WholeDesk, *words: str, said: str = "") -> str:
    """Run a command that has to succeed."""
    done = desk.countersign(*words, said=said)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fill(**fields: str) -> list[str]:
    return [word for name, value in fields.items() for word in ("--set", f"{name}={value}")]


def wait_for_story(desk: WholeDesk, slug: str, words: str) -> str:
    """The project's story as `project show` tells it, on one line, once it says so."""
    with desk.store() as store:
        told = lambda: words in reading.story(store, slug).line or None  # noqa: E731
        eventually(told, f"{slug}: {words}", SECONDS_TO_GO_ON, BETWEEN_LOOKS)
    return " ".join(do(desk, "project", "show", slug).split())


def served(desk: WholeDesk, slug: str, environment: str = "production") -> dict[str, object]:
    """What is served there says of itself."""
    url = f"{desk.settings.sandbox_url}/{slug}/{environment}/health"
    return dict(httpx.get(url, verify=NOBODY, trust_env=False).raise_for_status().json())


def resources(settings: Settings, slug: str) -> list[str]:
    """What Terraform's own state says stands."""
    state = json.loads((settings.cases / slug / "stack" / "terraform.tfstate").read_text())
    return [entry["name"] for entry in state["resources"] for _ in entry["instances"]]


def tool(desk: WholeDesk, name: str, *words: str) -> None:
    """One of the scripts that the operator holds."""
    environment = os.environ | {"COUNTERSIGN_HOME": str(desk.settings.home)}
    done = subprocess.run([TOOLS / name, *words], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_by_the_shell_alone(running_desk: WholeDesk) -> None:
    desk, slug = running_desk, "read-later-digest"
    wait_open(desk, f"{slug}/1")
    do(desk, "change", f"{slug}/1", "--what", "please in eu-west-1")
    assert "region: us-east-1 → eu-west-1" in str(wait_open(desk, f"{slug}/1", revision=2))
    do(desk, "approve", f"{slug}/1", "--yes")
    wait_open(desk, f"{slug}/2")
    do(desk, "approve", f"{slug}/2", "--yes", *fill(**CHOSEN))

    waiting = [wait_open(desk, f"{slug}/{number}")["kind"] for number in (3, 4, 5)]
    assert waiting == ["api-credential", "api-credential", "terraform-plan"]
    do(desk, "change", f"{slug}/5", "--what", "use db.t3.small")
    refused = desk.countersign("approve", f"{slug}/3", "--yes", *fill(consumer_key=POCKET))
    assert refused.returncode == 3
    assert POCKET not in refused.stdout + refused.stderr
    address = "https://digest.client.com/auth/pocket/callback"
    do(desk, "credential", "give", f"{slug}/3", said=f"consumer_key={POCKET}\nredirect_uri={address}\n")
    do(desk, "credential", "give", f"{slug}/4", said=f"api_key={SENDGRID}\n")
    wait_open(desk, f"{slug}/5", revision=2)
    do(desk, "approve", f"{slug}/5", "--yes", "--note", "sizes are right")

    wait_open(desk, f"{slug}/6")
    do(desk, "approve", f"{slug}/6", "--yes", *fill(option="subdomain"))
    wait_open(desk, f"{slug}/8")
    assert served(desk, slug, "staging")["services"] == ["pocket", "sendgrid"]
    do(desk, "approve", f"{slug}/8", "--yes")
    wait_open(desk, f"{slug}/9")
    without = desk.countersign("approve", f"{slug}/9", "--yes")
    assert without.returncode == 4
    assert "second-factor enrol" in without.stderr
    desk.enrol()
    do(desk, "approve", f"{slug}/9", "--yes")

    story = wait_for_story(desk, slug, "The project is delivered")
    assert f"{APPLIED} resources added" in story
    assert len(resources(desk.settings, slug)) == APPLIED
    assert served(desk, slug)["environment"] == "production"
    assert "sizes are right" in do(desk, "history", f"{slug}/5")
    assert "the last is line" in do(desk, "audit", "verify"), "the porter signs when it starts"
    given_is_nowhere(desk, slug)


def given_is_nowhere(desk: WholeDesk, slug: str) -> None:
    """No value that was given; what isn't secret is in both databases, so what is looked through is the right thing."""
    assert desk.places_of(POCKET, SENDGRID) == []
    assert {place.partition(".")[0] for place in desk.places_of(slug)} >= {"countersign", "prefect"}


@pytest.fixture
def delivered(running_desk: WholeDesk) -> WholeDesk:
    """The desk with its sample delivered, as the way by the shell leaves it."""
    running_desk.enrol()
    with running_desk.at() as (store, person):
        case = reading.story(store, "read-later-digest").case
        if case.state != "delivered":
            case = Answers(store, person, running_desk.code).until_it_ends(case)
    assert case.state == "delivered", case.outcome
    return running_desk


def test_production_is_rolled_back_to_the_release_before_and_a_death_is_an_alarm(delivered: WholeDesk) -> None:
    desk, slug = delivered, "read-later-digest"
    first = served(desk, slug)["version"]
    app = desk.repositories / "samples" / slug / "app.py"
    app.write_text(app.read_text() + "\n# The second release.\n")

    tool(desk, "deploy-staging.sh", slug)
    eventually(lambda: staged_anew(desk, slug, first), "the second release on staging", SECONDS_TO_GO_ON, 1)
    second = served(desk, slug, "staging")["version"]
    do(desk, "deploy", "production", slug)
    do(desk, "approve", next_open(desk, slug, "production-deployment"), "--yes")
    eventually(lambda: served(desk, slug)["version"] == second or None, "it in production", 90, 1)

    tool(desk, "rollback-production.sh", slug)
    do(desk, "approve", next_open(desk, slug, "production-deployment"), "--yes")
    eventually(lambda: served(desk, slug)["version"] == first or None, "the way back", 90, 1)

    def rang() -> Checkpoint | None:
        kill_release(desk)
        return next((point for point in waiting_in(desk, slug) if point.kind == "escalation"), None)

    alarm = shown(desk, eventually(rang, "the alarm", SECONDS_TO_GO_ON, 4).label)
    assert alarm is not None
    assert (alarm["priority"], "died" in str(alarm["facts"])) == ("CRITICAL", True), alarm["facts"]


def staged_anew(desk: WholeDesk, slug: str, first: object) -> bool | None:
    """Once another release is on staging: the rule passes it, or what it passed before counts, and a person has to."""
    for point in waiting_in(desk, slug):
        if point.kind == "staging-deployment":
            do(desk, "approve", point.label, "--yes", "--otp", desk.code())
    return served(desk, slug, "staging")["version"] != first or None


def waiting_in(desk: WholeDesk, slug: str) -> list[Checkpoint]:
    """Its open questions."""
    with desk.store() as store:
        return [p for p in reading.inbox(store).points if (p.case, p.state) == (slug, "open")]


def next_open(desk: WholeDesk, slug: str, kind: str) -> str:
    """The label of the open question of this kind, once there is one."""
    found = eventually(
        lambda: next((point for point in waiting_in(desk, slug) if point.kind == kind), None),
        f"a {kind} of {slug}", SECONDS_TO_GO_ON, BETWEEN_LOOKS,
    )  # fmt: skip
    return found.label


def kill_release(desk: WholeDesk) -> bool:
    """SIGKILL to what serves production; False where it doesn't run just now."""
    killed = False
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            command = process.cmdline()
            mine = command[-1:] and command[-1].endswith("app.py") and str(desk.settings.home) in command[-1]
            if mine and "bwrap" not in command[0] and process.environ().get("ENVIRONMENT") == "production":
                process.kill()
                killed = True
    return killed


@pytest.fixture
def page(running_desk: WholeDesk, browser: Browser) -> Iterator[Page]:
    """A phone's browser, signed in by the link that the shell prints."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.set_default_timeout(SECONDS_TO_GO_ON * 1000)
    link = re.search(r"http://\S+/sign-in\?token=\S+", do(running_desk, "sign-in", *running_desk.otp()))
    assert link is not None
    page.goto(link[0])
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()


def open_checkpoint(desk: WholeDesk, page: Page, label: str, revision: int = 1) -> None:
    wait_open(desk, label, revision)
    page.goto(f"{desk.settings.page_url}/checkpoints/{label}")


def approve(desk: WholeDesk, page: Page) -> None:
    code = page.get_by_label("Code from your authenticator")
    if code.count():
        code.fill(desk.code())
    page.get_by_role("button", name="Approve exactly this").click()
    expect(page.get_by_text("Your answer is recorded.")).to_be_visible()


def give(desk: WholeDesk, page: Page, label: str, **values: str) -> None:
    """On its one-time page."""
    open_checkpoint(desk, page, label)
    page.get_by_role("link", name="Give the credential").click()
    for field, value in values.items():
        page.locator(f"[name='field.{field}']").fill(value)
    page.get_by_role("button", name="Give it").click()
    expect(page.locator("#stands")).to_contain_text("was approved by Operator")


def test_on_the_page_in_a_browser(running_desk: WholeDesk, page: Page) -> None:
    desk, slug = running_desk, "phone-digest"
    desk.enrol()
    document = SAMPLE.read_text().replace('name = "Read Later Digest"', 'name = "Phone Digest"')
    do(desk, "project", "start", "-", said=document)

    open_checkpoint(desk, page, f"{slug}/1")
    approve(desk, page)
    open_checkpoint(desk, page, f"{slug}/2")
    page.get_by_label("AWS region").select_option("eu-west-1")
    page.get_by_label("Web tasks").fill("1")
    approve(desk, page)
    give(desk, page, f"{slug}/3", consumer_key=POCKET)
    give(desk, page, f"{slug}/4", api_key=SENDGRID)
    open_checkpoint(desk, page, f"{slug}/5")
    approve(desk, page)
    open_checkpoint(desk, page, f"{slug}/6")
    page.get_by_label("Which name").select_option("subdomain")
    approve(desk, page)
    open_checkpoint(desk, page, f"{slug}/8")
    approve(desk, page)
    open_checkpoint(desk, page, f"{slug}/9")
    approve(desk, page)

    wait_open(desk, f"{slug}/11")
    page.goto(f"{desk.settings.page_url}/checkpoints/{slug}/11")
    page.get_by_label("What became of it").select_option("done")
    approve(desk, page)
    wait_for_story(desk, slug, "The project is delivered")
    page.goto(f"{desk.settings.page_url}/projects/{slug}")
    expect(page.get_by_text("is served at").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(f"{desk.settings.sandbox_url}/{slug}/production/")
    assert page.title()
    assert page.context.cookies(desk.settings.sandbox_url) == []
    assert "The audit holds" in do(desk, "audit", "verify")
