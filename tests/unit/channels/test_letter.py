"""A card as a letter: what is ours is said as ours, what is the agent's is quoted, cut and inert, in both parts."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Decision, Fact, Field, FieldSort
from checkpoints.core.shown.card import card
from checkpoints.core.shown.letter import LONGEST_SUBJECT, asking, following, inert
from checkpoints.core.shown.message import Letter
from checkpoints.rules.catalogue import read_catalogue
from tests.stage.desks import spend
from tests.unit.core.points import NOON, point

KIND = read_catalogue()["spend"]
LINK = "http://127.0.0.1:8710/checkpoints/read-later-digest/3"
LINKED = re.compile(r"(?i)\b(https?://|mailto:|tel:|www\.)|(?<![\w.-])[a-z0-9-]+\.[a-z]{2,}\b")
TAGS = {"html", "head", "meta", "body", "p", "strong", "a", "h3", "div", "blockquote", "br"}
PIECES = (
    "https://evil.example/a", "evil.example", "www.evil.example", "mailto:eve@evil.example", "<a href='//x.yz'>",
    "\n", "\r", "\u2028", "> ", "! ", "- ", "DANGEROUS:\n", "What is asked:\n", "\u202e", "\x1b[2J", "a", "_", " ", ".",
)  # fmt: skip
FOREIGN = st.text(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def letter(**changed: object) -> Letter:
    return asking(card(point(request=spend("60", **changed)), KIND), LINK)


class Reader(HTMLParser):
    """What a mail reader makes of the HTML: its tags, its links, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action", "background")]

    def handle_data(self, data: str) -> None:
        self.said += data


def test_a_letter_says_what_the_card_says_with_the_dangerous_first() -> None:
    facts = (Fact("Creates", "12 resources"), Fact("Destroys", "aws_db_instance.main", dangerous=True))
    region = Field("region", "AWS region", FieldSort.TEXT)
    told = letter(facts=facts, fields=(region,))
    assert told.subject == "[CHECKPOINT 3] Action Required: Buy error tracking (read-later-digest/3)"
    wanted = ("waits for your answer by 2026-03-02 16:00 UTC", LINK, "Destroys: aws_db_instance.main", "$60.00 a month",
              "12 resources", "I need it to see errors.", "AWS region", "0123 4567 89ab")  # fmt: skip
    places = [told.plain.index(said) for said in wanted[:3]]
    assert places == sorted(places)
    said = Reader(told.html).said
    assert [words for words in wanted if words not in told.plain] == []
    assert [words for words in wanted if words not in said and words != LINK] == []


def test_what_is_dangerous_is_never_cut_and_the_rest_is_with_a_notice() -> None:
    dangers = tuple(Fact("Destroys", f"thing {number} {'x' * 500}", dangerous=True) for number in range(100))
    facts = tuple(Fact("Resource", str(number)) for number in range(3000))
    told = letter(facts=(*facts, *dangers), details="word\n" * 3000, changed=("c" * 5000,) * 100)
    for part in (told.plain, Reader(told.html).said):
        assert part.count("x" * 500) == 100
        assert "[cut: 2,960 more. It is shown whole on the page.]" in part
        assert "[cut: 14,999 characters in all. It is shown whole on the page.]" in part
    assert len(told.plain) < 110_000


@pytest.mark.promise("E1.1")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://evil.example/a", "see https[:]//evil[.]example/a"),
        ("javascript://x", "javascript[:]//x"),
        ("mailto:eve@evil.example", "mailto[:]eve@evil[.]example"),
        ("www.evil.example", "www[.]evil[.]example"),
        ("exa\u202emple\u200b", "exa⟦U+202E⟧mple⟦U+200B⟧"),
        ("еxаmple.com", "еxаmple[.]com"),  # two letters are Cyrillic
        ("```\n@ada [yes](https://evil.example)\n```", "```\n@ada [yes](https[:]//evil[.]example)\n```"),
        ("bell\a and \x1b[31m", "bell⟦U+0007⟧ and ⟦U+001B⟧[31m"),
        ("version 3.9.1, $4.50, aws_db_instance.main", "version 3.9.1, $4.50, aws_db_instance.main"),
    ],
)
def test_foreign_text_can_be_read_and_not_followed(text: str, shown: str) -> None:
    assert inert(text) == shown


@pytest.mark.promise("E1.1")
@given(FOREIGN, FOREIGN, FOREIGN)
def test_whatever_an_agent_writes_is_inert_and_can_forge_no_line_of_ours(action: str, details: str, fact: str) -> None:
    told = letter(action=action, details=details, facts=(Fact(fact, fact), Fact(fact, fact, dangerous=True)))
    read = Reader(told.html)
    assert read.tags <= TAGS
    assert read.links == [LINK]
    assert LINKED.findall(told.plain.replace(LINK, "")) == []
    for part in (told.subject, told.plain, read.said):
        assert all(letter.isprintable() or letter in "\n\t" for letter in part)
    ours = letter(action="x", details=details and "x", facts=()).plain.splitlines()
    heads = [line for line in told.plain.splitlines() if line.endswith(":") and line[:2] not in ("- ", "! ", "> ")]
    allowed = {*ours, "DANGEROUS:", "Facts, computed by the desk:"}
    assert [line for line in heads if line not in allowed and not line.startswith("[CHECKPOINT 3]")] == []


@pytest.mark.promise("E5.1")
@given(FOREIGN)
def test_a_subject_is_one_short_line_that_names_the_checkpoint(action: str) -> None:
    subject = letter(action=action * 20).subject
    assert "\n" not in subject
    assert "\r" not in subject
    assert len(subject) <= LONGEST_SUBJECT + len(" [cut] (read-later-digest/3)")
    assert subject.endswith("(read-later-digest/3)")


@pytest.mark.parametrize("state", [s for s in State if s not in (State.ASKED, State.OPEN)])
def test_what_follows_says_how_it_ended_and_quotes_the_reason(state: State) -> None:
    decided = Decision(str(state), 1, "Ada", False, at=NOON) if state in (State.APPROVED, State.REJECTED) else None
    over = replace(point(state=state), decision=decided, because="can't:\nsee https://evil.example")
    told = following(card(over, KIND), LINK)
    assert told.subject.startswith("Re: [CHECKPOINT 3] Action Required: Buy error tracking")
    assert "read-later-digest/3" in told.plain.splitlines()[0]
    assert LINKED.findall(told.plain.replace(LINK, "")) == []
    quoted = "> can't: see https[:]//evil[.]example" in told.plain
    assert quoted == (state in (State.WITHDRAWN, State.VOID))
