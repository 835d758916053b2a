"""What the app shows besides cards: the windows of a no, the Home, and how Slack is told what the app is."""

import json
from dataclasses import replace

import pytest

from checkpoints.channels.slack import home, modals
from checkpoints.channels.slack.manifest import manifest
from checkpoints.core.model import Risk, Verdict
from checkpoints.core.shown.bundle import bundle
from tests.fakes.slack.docs import docs, text
from tests.stage.desks import spend
from tests.unit.channels.slack.reading import ID, PAGE, markup, objects, words
from tests.unit.core.points import point

URL = f"{PAGE}/slack/events"


@pytest.mark.parametrize(("verdict", "asks"), [(Verdict.REJECT, "Why not?"), (Verdict.CHANGES, "What should change?")])
def test_a_no_is_asked_for_its_reason(verdict: Verdict, asks: str) -> None:
    view = modals.why(verdict, ID, "read-later-digest/3")
    assert (view["callback_id"], view["private_metadata"]) == (verdict, str(ID))
    reason = docs(view, "blocks")[0]
    assert (reason["block_id"], text(reason, "element", "action_id")) == ("why", "value")
    assert text(reason, "label", "text") == f"read-later-digest/3: {asks}"


def test_what_became_of_an_answer_can_only_be_closed() -> None:
    view = modals.answered("Recorded", "read-later-digest/3 is rejected.\nThe case ends.")
    assert "submit" not in view
    assert words(view)[-1] == "read-later-digest/3 is rejected.\nThe case ends."
    assert [one for one in objects(view) if "action_id" in one] == []


def test_the_home_is_a_persons_inbox_with_the_way_to_each() -> None:
    points = [point(), point(number=4, deadline_at=None, request=spend(None, risks=(Risk.DELETES,)))]
    view = home.inbox("Ada", points, [bundle("kind:spend", "Spend", points, besides=2)], PAGE)
    assert words(view)[0] == "2 wait for you, Ada"
    assert "4 wait together: Spend, 1 of them at high risk" in words(view)
    assert "read-later-digest/3: Buy error tracking" in words(view)
    assert markup(view) == [
        "*HIGH* · by <!date^1772467200^{date_short_pretty} {time}|2026-03-02 16:00 UTC>",
        "*HIGH* · no deadline",
    ]
    assert {"$60.00 a month", "HIGH RISK: deletes"} <= set(words(view))
    assert [one["url"] for one in objects(view) if "url" in one] == [
        f"{PAGE}/bundles/kind:spend",
        f"{PAGE}/checkpoints/read-later-digest/3",
        f"{PAGE}/checkpoints/read-later-digest/4",
        f"{PAGE}/",
    ]


@pytest.mark.promise("E5.1")
def test_what_does_not_fit_on_the_home_is_counted() -> None:
    view = home.inbox("Ada", [replace(point(), number=n) for n in range(1, 251)], [], PAGE)
    assert words(view)[0] == "250 wait for you, Ada"
    assert "[cut: 230 more, on the page]" in words(view)
    assert words(home.inbox("Ada", [], [], PAGE))[0] == "Nothing waits for you, Ada"


def test_over_a_socket_the_app_has_no_address() -> None:
    made = manifest("socket", PAGE)
    assert PAGE not in json.dumps(made)
    settings = made["settings"]
    assert isinstance(settings, dict)
    assert settings["socket_mode_enabled"] is True


def test_over_http_slack_reaches_the_page_wherever_it_speaks() -> None:
    made = manifest("http", f"{PAGE}/")
    assert text(made, "settings", "event_subscriptions", "request_url") == URL
    assert text(made, "settings", "interactivity", "request_url") == URL
    assert text(made, "features", "slash_commands", 0, "url") == URL
    settings = made["settings"]
    assert isinstance(settings, dict)
    assert settings["socket_mode_enabled"] is False


def test_the_app_is_described_within_slacks_limits() -> None:
    made = manifest("socket", PAGE)
    assert len(text(made, "display_information", "name")) <= 35
    assert len(text(made, "display_information", "description")) <= 140
    assert len(text(made, "features", "bot_user", "display_name")) <= 80
    assert len(text(made, "features", "slash_commands", 0, "command")) <= 32
