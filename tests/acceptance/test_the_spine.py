"""From a brief to an applied plan, as a person does it: once by the shell alone, once on the page in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from checkpoints.settings import Settings
from flows.delivery import brief
from tests.acceptance.conftest import WholeDesk
from tests.stage.runs import eventually

pytestmark = pytest.mark.acceptance

SAMPLE = Path(brief.__file__).with_name("read-later-digest.toml")
SECONDS_TO_GO_ON = 60
BETWEEN_LOOKS = 0.7
"""Seconds: each look starts a shell, and must leave the run a core to wake up on."""
APPLIED = 12
"""How many resources the sandbox template has."""


def shown(desk: WholeDesk, label: str) -> dict[str, object] | None:
    """What `countersign show --json` says, None while there is no such checkpoint."""
    said = desk.countersign("show", label, "--json")
    return dict(json.loads(said.stdout)) if said.returncode == 0 else None


def wait_open(desk: WholeDesk, label: str, revision: int = 1) -> dict[str, object]:
    """The checkpoint, once it is open at this revision."""

    def there() -> dict[str, object] | None:
        found = shown(desk, label)
        return found if found and (found["state"], found["revision"]) == ("open", revision) else None

    return eventually(there, f"{label}, revision {revision}", SECONDS_TO_GO_ON, BETWEEN_LOOKS)


def do(desk: WholeDesk, *words: str) -> str:
    """Run a command that has to succeed."""
    said = desk.countersign(*words)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def wait_delivered(desk: WholeDesk, slug: str) -> str:
    """The project's story, once it is delivered."""

    def over() -> str | None:
        story = do(desk, "project", "show", slug)
        return story if "The project is delivered" in story else None

    return eventually(over, f"the end of {slug}", SECONDS_TO_GO_ON, BETWEEN_LOOKS)


def resources(settings: Settings, slug: str) -> list[str]:
    """What Terraform's own state says stands."""
    state = json.loads((settings.cases / slug / "stack" / "terraform.tfstate").read_text())
    return [entry["name"] for entry in state["resources"] for _ in entry["instances"]]


def test_by_the_shell_alone(running_desk: WholeDesk) -> None:
    desk = running_desk
    first = "read-later-digest/1"
    wait_open(desk, first)
    do(desk, "change", first, "--what", "please in eu-west-1")
    changed = wait_open(desk, first, revision=2)
    assert "region: us-east-1 → eu-west-1" in str(changed)
    do(desk, "approve", first, "--yes")

    second = "read-later-digest/2"
    wait_open(desk, second)
    do(desk, "change", second, "--what", "a smaller one: 1 task")
    wait_open(desk, second, revision=2)
    chosen = ("region=us-west-2", "database_size=db.t3.micro", "container_size=small", "web_tasks=2")
    do(desk, "approve", second, "--yes", *[word for pair in chosen for word in ("--set", pair)])

    third = "read-later-digest/3"
    before = wait_open(desk, third)
    do(desk, "change", third, "--what", "use db.t3.small")
    after = wait_open(desk, third, revision=2)
    assert before["digest"] != after["digest"]
    assert not (desk.settings.cases / "read-later-digest" / "stack" / "terraform.tfstate").exists()
    do(desk, "approve", third, "--yes", "--note", "sizes are right")

    assert f"{APPLIED} resources added" in wait_delivered(desk, "read-later-digest").replace("\n", " ")
    assert len(resources(desk.settings, "read-later-digest")) == APPLIED
    assert "sizes are right" in do(desk, "history", third)
    assert "The audit holds" in do(desk, "audit", "verify")


@pytest.fixture
def page(running_desk: WholeDesk, browser: Browser) -> Iterator[Page]:
    """A phone's browser, signed in by the link that the shell prints."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.set_default_timeout(SECONDS_TO_GO_ON * 1000)
    link = re.search(r"http://\S+/sign-in\?token=\S+", do(running_desk, "sign-in"))
    assert link is not None
    page.goto(link[0])
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()


def open_checkpoint(desk: WholeDesk, page: Page, label: str, revision: int = 1) -> None:
    wait_open(desk, label, revision)
    page.goto(f"{desk.settings.page_url}/checkpoints/{label}")


def ask_for_changes(desk: WholeDesk, page: Page, label: str, what: str) -> None:
    open_checkpoint(desk, page, label)
    page.get_by_text("Ask for changes", exact=True).click()
    page.get_by_label("What should change?").fill(what)
    page.get_by_role("button", name="Ask for these changes").click()
    expect(page.get_by_text("Your answer is recorded.")).to_be_visible()
    open_checkpoint(desk, page, label, revision=2)


def approve(page: Page) -> None:
    page.get_by_role("button", name="Approve exactly this").click()
    expect(page.get_by_text("Your answer is recorded.")).to_be_visible()


def test_on_the_page_in_a_browser(running_desk: WholeDesk, page: Page) -> None:
    desk, slug = running_desk, "phone-digest"
    document = SAMPLE.read_text().replace('name = "Read Later Digest"', 'name = "Phone Digest"')
    said = desk.countersign("project", "start", "-", said=document)
    assert said.returncode == 0, said.stderr

    ask_for_changes(desk, page, f"{slug}/1", "please in us-west-2")
    approve(page)
    ask_for_changes(desk, page, f"{slug}/2", "use db.t3.small")
    page.get_by_label("AWS region").select_option("eu-west-1")
    page.get_by_label("Web tasks").fill("1")
    approve(page)
    ask_for_changes(desk, page, f"{slug}/3", "use db.t3.micro")
    approve(page)

    page.goto(f"{desk.settings.page_url}/projects/{slug}")
    expect(page.get_by_text(f"{APPLIED} resources added").first).to_be_visible(timeout=SECONDS_TO_GO_ON * 1000)
    assert len(resources(desk.settings, slug)) == APPLIED
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert "The audit holds" in do(desk, "audit", "verify")


def test_a_small_cost_on_the_way_is_passed_by_the_rule_and_the_run_goes_on(running_desk: WholeDesk) -> None:
    desk, slug = running_desk, "spending-digest"
    document = SAMPLE.read_text().replace('name = "Read Later Digest"', 'name = "Spending Digest"')
    document += '\n[[spend]]\nwhat = "error tracking"\nmonthly = "12.00"\n'
    assert desk.countersign("project", "start", "-", said=document).returncode == 0
    wait_open(desk, f"{slug}/1")
    do(desk, "approve", f"{slug}/1", "--yes")
    wait_open(desk, f"{slug}/2")
    chosen = ("region=us-east-1", "database_size=db.t3.micro", "container_size=small", "web_tasks=2")
    do(desk, "approve", f"{slug}/2", "--yes", *[word for pair in chosen for word in ("--set", pair)])
    wait_open(desk, f"{slug}/3")
    do(desk, "approve", f"{slug}/3", "--yes")
    wait_delivered(desk, slug)
    passed = shown(desk, f"{slug}/4")
    assert passed is not None
    assert passed["state"] == "approved"
    assert "the rule, version" in str(passed)
