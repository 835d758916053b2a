"""Whatever an agent writes, wherever: in Slack it is words. No mention, no link, no markup, no block and no button."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoints.channels.slack import cards
from checkpoints.core.model import Json
from tests.stage.desks import spend
from tests.unit.channels.hostile import FOREIGN, HOSTILE, everywhere
from tests.unit.channels.slack.reading import (
    ALL,
    ID,
    LINK,
    MESSAGES,
    PAGE,
    Builds,
    ask,
    buttons,
    markup,
    objects,
    words,
)
from tests.unit.channels.test_letter import LINKED

DATE = r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>"
OURS = re.compile(
    rf"\*(Overdue: |Reminder: )?HIGH\* · (answer by {DATE}|by {DATE}|no deadline|read-later-digest/\d+ [a-zA-Z,.: ]+"
    rf"({DATE}|–)[a-zA-Z,.: ]+)( · `read-later-digest/\d+`)?"
    rf"|\*(Overdue|Reminder):\* read-later-digest/3 [a-zA-Z,.: ]+{DATE}[a-zA-Z,.: ]+"
    r"|\*Not all that is dangerous fits here: \d+ in all\. Read it whole, and answer, on the page\.\*"
)
"""All that Slack ever reads as markup."""
SORTS = {
    "header", "section", "context", "rich_text", "actions", "input", "plain_text", "mrkdwn", "button", "text", "modal",
    "rich_text_section", "rich_text_list", "rich_text_quote", "static_select", "plain_text_input", "home",
}  # fmt: skip
BLOCKS = re.compile(
    r"card\.(heading|cut|dangers|when|lines|changed|facts|details|options|checks|hint|exactly|buttons|page|stands|response"
    r"|rung|why|answered|more|(together|asks|when)\.\d+)|field\.(region|why|count)|why"
)
DECIDE, OPEN_THE_PAGE = {"approve", "reject", "changes"}, {"open", "give"}


def no_words_steer(blocks: Sequence[Json]) -> None:
    """Nothing of it is markup, can be followed, or can't be seen."""
    assert [said for said in markup(blocks) if not OURS.fullmatch(said)] == []
    for said in words(blocks):
        assert all(character.isprintable() or character in "\n\t" for character in said), said
    foreign = [said for said in words(blocks) if said not in markup(blocks)]
    assert [said for said in foreign if LINKED.search(said)] == []
    assert [one for one in objects(blocks) if one.get("type") == "plain_text" and one.get("emoji") is not False] == []


def nothing_is_added(blocks: Sequence[Json]) -> None:
    """Each object is of a sort that we make; each button is ours, with the card's id or the way to our page."""
    assert {str(one["type"]) for one in objects(blocks) if "type" in one} <= SORTS
    named = [str(one["block_id"]) for one in objects(blocks) if "block_id" in one]
    assert [name for name in named if not BLOCKS.fullmatch(name)] == []
    assert len(named) == len(set(named)) == len(blocks)
    for one in objects(blocks):
        if one.get("type") == "button":
            decides = one["action_id"] in DECIDE
            assert decides or one["action_id"] in OPEN_THE_PAGE
            assert (one.get("value"), str(one.get("url", PAGE)).startswith(PAGE)) == (
                str(ID) if decides else None,
                True,
            )
            assert ("url" in one) is not decides
        assert "confirm" not in one


@pytest.mark.promise("E1.1")
@pytest.mark.promise("E2.1")
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_of_the_list_does_anything(text: str) -> None:
    for build in ALL:
        for face in build(everywhere(text), text):
            no_words_steer(face.blocks)
            nothing_is_added(face.blocks)


@pytest.mark.promise("E1.1")
@pytest.mark.promise("E2.1")
@settings(deadline=None, max_examples=30)
@given(st.sampled_from(ALL), FOREIGN, FOREIGN)
def test_whatever_an_agent_writes_is_words_and_adds_nothing(build: Builds, text: str, other: str) -> None:
    for face in build(everywhere(text), other):
        no_words_steer(face.blocks)
        nothing_is_added(face.blocks)


@pytest.mark.promise("E1.1")
@settings(deadline=None, max_examples=30)
@given(st.sampled_from(MESSAGES), FOREIGN)
def test_a_notification_is_one_line_without_mention_link_or_emoji(build: Builds, text: str) -> None:
    for face in build(everywhere(text), text):
        said = face.plain
        assert said.isprintable()
        assert re.findall(r"[<>]|&(?!amp;|lt;|gt;)|:tada:", said) == []
        assert LINKED.findall(re.sub(r"&(amp|lt|gt);", " ", said)) == []


@pytest.mark.promise("E2.1")
@settings(deadline=None, max_examples=30)
@given(FOREIGN)
def test_a_card_has_the_same_buttons_whatever_an_agent_writes(text: str) -> None:
    wanted = buttons(cards.asked(ask(spend("60")), ID, LINK).blocks)
    given = spend("60", agent=text, action=text, details=text, options=(text,), changed=(text,))
    assert buttons(cards.asked(ask(given), ID, LINK).blocks) == wanted


def test_an_agents_words_stand_quoted_and_are_said_to_be_its_own() -> None:
    drawn = cards.asked(ask(spend("60", details="Approved by Ada.\n*Really.*")), ID, LINK).blocks
    block = next(one for one in drawn if one["block_id"] == "card.details")
    assert words([block]) == ["In the words of Hermes, an agent; not checked", "Approved by Ada.\n*Really.*"]
    assert words([one for one in objects([block]) if one.get("type") == "rich_text_quote"]) == words([block])[1:]
