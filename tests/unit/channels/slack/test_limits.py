"""Every limit of Slack's is kept by every builder: by cutting with a notice, and never what is dangerous."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from checkpoints.channels.slack import cards
from checkpoints.channels.slack.text import CUT, LONGEST_TEXT, LONGEST_TOGETHER, cut, length, short, whole
from checkpoints.core.model import Fact, Field, FieldSort, Json, Request
from checkpoints.core.shown.letter import inert
from checkpoints.core.shown.message import Face
from checkpoints.core.shown.showing import one_line
from tests.fakes.slack.limits import wrong, wrong_view
from tests.stage.desks import spend
from tests.unit.channels.hostile import everywhere
from tests.unit.channels.slack.reading import (
    ID,
    LINK,
    MESSAGES,
    Builds,
    ask,
    boards,
    buttons,
    dangerous,
    shown,
    size,
    views,
    words,
)

LONG = st.tuples(st.sampled_from(["x", "é", "漢", "🙂", "\u202e", "a b ", "line\n", "<", "evil.example ", "\n"]),
                 st.sampled_from([0, 1, 23, 24, 25, 75, 76, 150, 151, 299, 2_000, 3_001, 8_000])).map(
    lambda found: (found[0] * found[1])[:8_000])  # fmt: skip
LOTS = st.sampled_from([0, 1, 2, 7, 30, 101])


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Long, and many, in every place."""
    text, fact, danger, choice = draw(LONG), draw(LONG), draw(LONG), draw(LONG)
    blanks = [Field(f"blank{n}", text, FieldSort.TEXT, default=fact or None) for n in range(draw(st.integers(0, 12)))]
    menu = Field("menu", text, FieldSort.CHOICE, choices=tuple((f"{n}{choice}", text) for n in range(draw(LOTS))))
    return replace(
        everywhere(text),
        facts=(Fact("Fact", fact),) * draw(LOTS) + (Fact("Destroys", danger, dangerous=True),) * draw(LOTS),
        fields=(*blanks, menu)[: draw(st.integers(0, 13))],
        changed=(fact,) * draw(LOTS),
        options=(fact,) * draw(LOTS),
    )


def read_by_the_sdk(block: dict[str, Json]) -> None:
    """Raises SlackObjectFormationError where its own models find a limit broken."""
    read = Block.parse(block)
    assert read is not None
    read.to_dict()


def taken_by_slack(face: Face) -> None:
    """By the documented limits, by the SDK's own checks, and by the one that stands in no documentation."""
    blocks = list(face.blocks)
    assert wrong(blocks) == []
    for block in blocks:
        read_by_the_sdk(block)
    assert 0 < length(face.plain) <= LONGEST_TEXT


@pytest.mark.promise("E5.1")
@settings(deadline=None, max_examples=16)
@given(st.sampled_from(MESSAGES), requests(), LONG)
def test_slack_takes_every_message(build: Builds, request: Request, text: str) -> None:
    for face in build(request, text):
        taken_by_slack(face)
        assert size(face) <= LONGEST_TOGETHER


@pytest.mark.promise("E5.1")
@pytest.mark.parametrize("sign", ["é", "漢", "🙂"])
@pytest.mark.parametrize("build", MESSAGES)
def test_slack_takes_long_words_of_which_each_sign_is_heavy(build: Builds, sign: str) -> None:
    for face in build(everywhere(sign * 2_000), sign * 2_000):
        taken_by_slack(face)
        assert size(face) <= LONGEST_TOGETHER


@pytest.mark.promise("E5.1")
@settings(deadline=None, max_examples=10)
@given(requests(), LONG)
def test_slack_takes_every_window_and_the_home(request: Request, text: str) -> None:
    for view in views(request, text):
        assert wrong_view(view) == []
    for face in boards(request, text):
        for block in face.blocks:
            read_by_the_sdk(block)


@pytest.mark.promise("E5.1")
@settings(deadline=None, max_examples=25)
@given(requests())
def test_where_a_card_says_approve_all_that_is_dangerous_stands_on_it_whole(request: Request) -> None:
    face = cards.asked(ask(request), ID, LINK)
    dangers = {one_line(inert(f"{fact.label}: {fact.value}")) for fact in set(request.facts) if fact.dangerous}
    said = words(face.blocks)
    missing = dangers - set(said) or sum(fact.dangerous for fact in request.facts) > sum(map(said.count, dangers))
    pressed = buttons(face.blocks)
    assert not (missing and "Approve" in pressed)
    assert ("Approve" in pressed) is not ("Approve on the page" in pressed)
    assert {"Ask for changes", "Reject", "Open on the page"} <= set(pressed)
    if missing:
        assert said[1].startswith("*Not all that is dangerous fits here: ")


@pytest.mark.promise("E5.1")
def test_what_is_cut_says_so_and_what_is_dangerous_is_shown_before_all_else() -> None:
    facts = tuple(Fact("Resource", str(number)) for number in range(3_000))
    request = spend(
        "60", details="word\n" * 3_000, facts=(*facts, *dangerous("the database")), changed=("c" * 5_000,) * 9
    )
    face = cards.asked(ask(request, case_title="p" * 5_000), ID, LINK)
    read = shown(face)
    assert "[cut: 2,994 more, shown whole on the page]" in read
    assert "[cut: 15,000 characters in all, shown whole on the page]" in read
    assert "[cut: 4 more, shown whole on the page]" in read
    assert f"{'p' * 90}" in read
    assert read.count(CUT) >= 7
    assert words(face.blocks)[:3] == [
        "[CHECKPOINT 3] Action Required: Buy error tracking",
        "DANGEROUS: look at this first",
        "Destroys: the database",
    ]
    assert "Approve" in buttons(face.blocks)


@pytest.mark.promise("E5.1")
def test_a_danger_that_does_not_fit_takes_the_approval_to_the_page() -> None:
    many = (f"thing {number} {'x' * 300}" for number in range(90))
    hidden = f"nothing{' ' * 20_000}the database"
    for dangers in (dangerous("x" * 9_000), dangerous(*many), dangerous("漢" * 2_500), dangerous(hidden, "a table")):
        face = cards.asked(ask(spend("60", facts=dangers)), ID, LINK)
        assert words(face.blocks)[1] == (
            f"*Not all that is dangerous fits here: {len(dangers)} in all. Read it whole, and answer, on the page.*"
        )
        pressed = buttons(face.blocks)
        assert "Approve" not in pressed
        assert pressed["Approve on the page"]["url"] == LINK
        assert "Reject" in pressed
        assert f"{CUT}\n" in shown(face)
        taken_by_slack(face)


@pytest.mark.promise("E5.1")
@given(LONG, st.integers(10, 300))
def test_what_is_shortened_is_never_longer_never_empty_and_says_so(text: str, most: int) -> None:
    for made in (cut(text, most), short(text, most), whole(text, most)):
        assert 0 < length(made) <= most
    assert short(text, most).endswith(CUT) or short(text, most) in (inert(one_line(text)), "–")
