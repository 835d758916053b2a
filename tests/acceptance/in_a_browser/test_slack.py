"""The sample's questions, answered wholly from Slack in a real browser: in the stand-in's page, over both of its ways.

What must not happen in chat is one link away: the yes to production is given on the desk's page, with a second factor.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from agents.delivery import hermes
from agents.delivery.project import Spend
from checkpoints import wiring
from checkpoints.actions.people.by_slack import connecting, linking
from checkpoints.channels.slack.board import SlackBoard
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.slack.workspace import Workspace
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from tests.fakes.post_office import free_port
from tests.fakes.slack import StandIn, stand_in
from tests.integration.page import serving
from tests.stage.desks import Authenticator, Office
from tests.unit.delivery import test_agents, test_deployments, test_domains
from to_tools import porter
from to_tools.slack_listener.__main__ import listen
from to_tools.slack_listener.app import Listener
from to_tools.slack_listener.door import PATH, Door

Way = Literal["socket", "http"]
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 15_000
"""For a machine that does much else."""
QUESTIONS: dict[str, Request] = {
    "project": test_agents.ASKED["project-approval"],
    "infrastructure": test_agents.ASKED["infrastructure-selection"],
    "plan": test_agents.ASKED["terraform-plan"],
    "tracking": hermes.ask_spend(test_agents.PROJECT, Spend("error tracking", Decimal(60))),
    "domain": test_domains.ASKED,
    "production": test_deployments.ASKED["production"],
}


@dataclass(frozen=True)
class Chat:
    """A desk that lives in Slack, and Ada's browser tab there."""

    office: Office
    page: serving.Page
    slack: StandIn
    tab: Page

    def ask(self) -> dict[str, Checkpoint]:
        """All that the sample asks, side by side."""
        run = self.office.case("read-later-digest")
        return {name: self.office.ask(run, request, name) for name, request in QUESTIONS.items()}

    def card(self, point: Checkpoint) -> Locator:
        """Its card in the channel."""
        return self.tab.locator("#messages .message:not(.whispered)").filter(has_text=point.label)

    def press(self, point: Checkpoint, name: str) -> None:
        self.card(point).get_by_role("button", name=name, exact=True).click()

    def say_why(self, words: str) -> None:
        """In the modal, which says when it is recorded."""
        modal = self.tab.get_by_role("dialog")
        modal.get_by_role("textbox").fill(words)
        modal.locator(".primary").click()
        expect(modal).to_contain_text("Recorded", timeout=PATIENCE_MS)
        modal.get_by_role("button", name="Close").click()

    def thread(self, point: Checkpoint) -> Locator:
        """Opened beside the channel."""
        self.card(point).locator(".replies").click()
        return self.tab.locator("#thread")

    def back(self) -> None:
        self.tab.get_by_label("Close the thread").click()

    def settled(self, point: Checkpoint, words: str) -> None:
        """The card has no button any more but the one to the page, and says who it was."""
        expect(self.card(point)).to_contain_text(words, timeout=PATIENCE_MS)
        expect(self.card(point).get_by_role("button")).to_have_count(1)


@contextmanager
def opened(office: Office, browser: Browser, way: Way, size: ViewportSize) -> Iterator[Chat]:
    """Everything runs: the page, whoever listens to Slack, and the porter's thread that speaks there."""
    with ExitStack() as ends:
        slack = ends.enter_context(stand_in(way))
        slack.user("Ada")
        settings = connected(office, slack, way)
        desk = wiring.desk("desk", settings, need=("credentials", "deployer", "files", "channels"))
        ends.callback(desk.engine.dispose)
        assert isinstance(desk.board, SlackBoard)
        # Slack's own pace is for whoever has a minute.
        at_once = replace(desk, board=replace(desk.board, pace=timedelta(0)))
        door = Door(desk, settings) if way == "http" else None
        page = ends.enter_context(serving.running_page(at_once, door, settings.page_port))
        if door:
            ends.callback(door.close)
            slack.deliver_to(f"{page.url}{PATH}")
        else:
            ends.enter_context(listening(Listener(desk, settings), slack))
        ends.enter_context(telling(at_once, settings))
        context = browser.new_context(viewport=size)
        ends.callback(context.close)
        context.set_default_timeout(PATIENCE_MS)
        tab = context.new_page()
        tab.goto(slack.url)
        yield Chat(replace(office, desk=at_once), page, slack, tab)


def connected(office: Office, slack: StandIn, way: Way) -> Settings:
    """As `countersign slack connect` leaves it."""
    settings = Settings(
        home=office.settings.home,
        database_url=office.settings.database_url,
        page_port=free_port("127.0.0.1"),
        slack=way,
        slack_channel=slack.channel("approvals").id,
        slack_api_url=slack.api_url,
    )
    slack_keys.write(settings.slack_keys, SlackKeys(slack.bot_token, slack.app_token, slack.signing_secret))
    connecting.set_up(office.desk, Workspace(slack.team_id, "Client", slack.space.bot.id))
    return settings


@contextmanager
def listening(listener: Listener, slack: StandIn) -> Iterator[None]:
    """Over a socket that the desk opened."""
    stop = threading.Event()
    thread = threading.Thread(target=listen, args=(listener, slack.app_token, stop))
    thread.start()
    slack.wait_for_app()
    try:
        yield
    finally:
        stop.set()
        # Else the library listens for three more seconds.
        slack.disconnect(warn=False)
        thread.join()
        listener.close()


@contextmanager
def telling(desk: Desk, settings: Settings) -> Iterator[None]:
    """The porter's thread for Slack."""
    stop = threading.Event()
    thread = threading.Thread(target=porter.keep_telling, args=(desk, settings.address_for("desk"), stop, "slack"))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("way", "size"),
    [
        pytest.param("socket", DESK, id="socket"),
        pytest.param("http", PHONE, id="http", marks=pytest.mark.long),
    ],
)
def test_the_sample_is_answered_wholly_from_slack(
    office: Office, browser: Browser, way: Way, size: ViewportSize
) -> None:
    app = office.enrol(office.ada)
    with opened(office, browser, way, size) as chat:
        chat.tab.get_by_label("Message").fill(f"/countersign link {linking.new_code(chat.office.desk, office.ada)}")
        chat.tab.get_by_role("button", name="Send").click()
        expect(chat.tab.locator(".whispered")).to_contain_text("Ada", timeout=PATIENCE_MS)
        points = chat.ask()
        by_a_press(chat, points)
        by_saying_why(chat, points)
        in_the_thread(chat, points["tracking"])
        on_the_page(chat, points["production"], app)
        now = {name: chat.office.show(point) for name, point in points.items()}
        hanging = chat.slack.messages("approvals")
    ended = {"plan": State.REJECTED, "domain": State.CHANGING}
    assert {name: point.state for name, point in now.items()} == dict.fromkeys(QUESTIONS, State.APPROVED) | ended
    ways = {name: point.answers[0].way for name, point in now.items()}
    assert ways == dict.fromkeys(QUESTIONS, "slack") | {"production": "page"}
    assert now["infrastructure"].answers[0].fields["region"] == "eu-west-1"
    assert len(hanging) == len(QUESTIONS)


def by_a_press(chat: Chat, points: Mapping[str, Checkpoint]) -> None:
    """With what is to be chosen chosen on the card."""
    chat.press(points["project"], "Approve")
    chat.settled(points["project"], "was approved by Ada")
    chat.card(points["infrastructure"]).get_by_label("AWS region").select_option("eu-west-1")
    chat.press(points["infrastructure"], "Approve")
    chat.settled(points["infrastructure"], "was approved by Ada")


def by_saying_why(chat: Chat, points: Mapping[str, Checkpoint]) -> None:
    """A no, and a wish, whose reason is asked in a modal."""
    chat.press(points["plan"], "Reject")
    chat.say_why("Not on a Friday.")
    chat.settled(points["plan"], "was rejected by Ada")
    expect(chat.thread(points["plan"])).to_contain_text("Not on a Friday.", timeout=PATIENCE_MS)
    chat.back()
    chat.press(points["domain"], "Ask for changes")
    chat.say_why("Use our own domain.")
    expect(chat.card(points["domain"])).to_contain_text("asked for changes", timeout=PATIENCE_MS)


def in_the_thread(chat: Chat, point: Checkpoint) -> None:
    """In words, which the card's thread takes; there the asker's side hears of it too."""
    thread = chat.thread(point)
    chat.tab.get_by_label("Reply").fill("approve")
    chat.tab.get_by_role("button", name="Reply").click()
    expect(thread).to_contain_text("Decision: approved by Ada", timeout=PATIENCE_MS)
    chat.back()
    chat.settled(point, "was approved by Ada")


def on_the_page(chat: Chat, point: Checkpoint, app: Authenticator) -> None:
    """By the link that the card gives in place of a button that approves."""
    expect(chat.card(point).get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    signed_in = chat.tab.context.new_page()
    signed_in.goto(chat.page.link(chat.office.ada))
    signed_in.get_by_role("button", name="Sign in").click()
    expect(signed_in.get_by_role("heading", level=1)).to_be_visible()
    with chat.tab.expect_popup() as popup:
        chat.press(point, "Approve on the page ↗")
    desk = popup.value
    # A code counts once, and the one of now was for enrolling.
    desk.get_by_label("Code from your authenticator").fill(app.code(1))
    desk.get_by_role("button", name="Approve exactly this").click()
    expect(desk.locator("#stands")).to_contain_text("was approved by Ada", timeout=PATIENCE_MS)
    chat.settled(point, "was approved by Ada")
    expect(chat.thread(point)).to_contain_text("Decision: approved by Ada", timeout=PATIENCE_MS)
