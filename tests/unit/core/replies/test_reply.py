"""The grammar of a reply: what is an answer, what is asked back, and that there is nothing between the two."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.from_outside.reply import Read, Reply, Unclear, read
from checkpoints.core.model import Field, FieldSort, Verdict

APPROVE, REJECT, CHANGES = Verdict.APPROVE, Verdict.REJECT, Verdict.CHANGES
PAGE = "https://desk.example.com"
REGION = Field("region", "AWS region", FieldSort.CHOICE, "us-east-1",
               (("us-east-1", "Virginia"), ("eu-west-1", "Ireland")))  # fmt: skip
COUNT = Field("count", "How many", FieldSort.NUMBER)
NAME = Field("db_name", "Its name", FieldSort.TEXT)
FIELDS = (REGION, COUNT, NAME)
KEY = Field("consumer_key", "Consumer key", FieldSort.SECRET)
RESPONSE = """\
[CHECKPOINT 5] Response
Decision: approve
Details: region = eu-west-1, count = 3; it is nearer
Credentials: –
Next steps: go on
"""


def understood(text: str, fields: tuple[Field, ...] = FIELDS) -> Read:
    return read(text, fields, 5, PAGE)


@pytest.mark.parametrize("text", [
    "approve", "Approve", "APPROVED", "approve.", "yes", "Yes!", "yes, approve", "I approve", "  approve \n",
    "*approve*", "_approve_", "Decision: approve", "*Decision:* approve", "decision:Approved.",
    "[CHECKPOINT 5] Response\nDecision: yes", "Decision: approve\nDetails:\nCredentials: -\nNext steps:",
])  # fmt: skip
def test_a_yes_is_one_word_alone(text: str) -> None:
    assert understood(text) == Reply(APPROVE)


@pytest.mark.parametrize(("text", "reason"), [
    ("reject because it costs too much", "it costs too much"),
    ("Reject because: it costs too much.", "it costs too much"),
    ("rejected: too large", "too large"),
    ("no because we have one", "we have one"),
    ("no: we have one", "we have one"),
    ("reject because\nit is late\nand dear", "it is late\nand dear"),
    ("Decision: reject\nDetails: too large", "too large"),
    ("Decision: no\nDetails: I would approve half of it, if asked", "I would approve half of it, if asked"),
    ("Decision: reject because it is late\nDetails: too large", "it is late\ntoo large"),
    ("reject because a &lt; b &amp; c", "a < b & c"),
])  # fmt: skip
def test_a_no_has_its_reason(text: str, reason: str) -> None:
    assert understood(text) == Reply(REJECT, {}, reason)


@pytest.mark.parametrize(("text", "wish"), [
    ("changes: a smaller database", "a smaller database"),
    ("ask for changes: a smaller database", "a smaller database"),
    ("Ask for changes a smaller database", "a smaller database"),
    ("please request changes: smaller", "smaller"),
    ("Decision: changes requested\nDetails: smaller", "smaller"),
    ("Decision: ask for changes: smaller", "smaller"),
])  # fmt: skip
def test_what_should_change_is_said_with_it(text: str, wish: str) -> None:
    assert understood(text) == Reply(CHANGES, {}, wish)


@pytest.mark.parametrize(("text", "filled", "note"), [
    ("approve\nregion = eu-west-1", {"region": "eu-west-1"}, ""),
    ("approve\nregion: eu-west-1\n- How many: 3", {"region": "eu-west-1", "count": "3"}, ""),
    ("approve\n*AWS region*: eu-west-1", {"region": "eu-west-1"}, ""),
    ("Decision: approve\nregion = eu-west-1", {"region": "eu-west-1"}, ""),
    ("Decision: approve\nDetails: region = eu-west-1\nlooks good", {"region": "eu-west-1"}, "looks good"),
    ("approve\ndb_name = a; b, c = d", {"db_name": "a; b, c = d"}, ""),
    ("approve\ndb_name = <http://example.com|example.com>", {"db_name": "example.com"}, ""),
    ("2", {"region": "eu-west-1"}, ""),
    ("1.", {"region": "us-east-1"}, ""),
    ("Decision: 2\nDetails: count = 3", {"region": "eu-west-1", "count": "3"}, ""),
])  # fmt: skip
def test_blanks_are_filled_line_by_line(text: str, filled: dict[str, str], note: str) -> None:
    assert understood(text) == Reply(APPROVE, filled, note)


def test_the_flows_own_format_is_read_whole() -> None:
    filled = {"region": "eu-west-1", "count": "3"}
    assert understood(RESPONSE) == Reply(APPROVE, filled, "it is nearer", "go on")
    assert understood("Decision: reject\nDetails: too dear\nNext steps: propose less") == Reply(
        REJECT, {}, "too dear", "propose less"
    )


@pytest.mark.parametrize("text", [
    "don't approve", "do not approve", "I can't approve this", "not approved", "never approve", "disapprove",
    "unapproved", "approve?", "approve??", "should I approve?", "approve unless it deletes",
    "approve if the tests pass", "approve, but", "approve once it is green", "approve after lunch",
    "approve it tomorrow", "yes but smaller", "yes if", "approve...", "approve…", "approve!!", "approve approve",
    "approve and reject", "approve or reject", "reject or approve", "approve 2", "approve\n\nlooks good to me",
    "approve\nif it is green", "yes\nno", "approved by Ada", "approve all", "ok", "ok I guess", "okay", "sure",
    "lgtm", "fine", "go", "go ahead", "do it", "ship it", "k", "y", "👍", ":+1:", ":white_check_mark:", "approve 👍",
    "approve :+1:", "> approve", "&gt; approve", ">approve\nno", "“approve”", '"approve"', "'approve'", "`approve`",
    "```approve```", "~approve~", "<@U0BOB> approve", "@bob approve", "аpprove", "ap\u200bprove", "\u202eevorppa",
    "ａｐｐｒｏｖｅ",
    "", " ", "\n", "no", "no problem", "no, go ahead", "no worries: yes", "reject?", "reject if it fails",
    "reject: if it fails", "reject unless", "nope because", "reject because I'd approve half", "changes",
    "ask for changes?", "change of plans", "ask for changes if needed", "changes or approve", "what is it?",
    "Decision:", "Decision: approve if green", "Decision: don't approve", "Decision: approve\nDetails: only if green",
    "Decision: approve\nDetails: not the database", "Decision: approve\nDetails: don’t hurry", "Decision: maybe",
    "Decision: approve\nNext steps: wait until Monday", "Decision: approve\nDecision: reject", "Details: fine",
    "approve\nDecision: reject", "Decision: approve\nDetails: is it safe?",
    "Decision: approve\nDetails: eu-west-1 please", "Decision: approve\nDetails: fine\nDetails: fine",
    "approve\nregion = a\nregion = b", "2\nregion = us-east-1", "3", "0", "22", "2?", "2 or 1", "option 2",
    "[CHECKPOINT 4] Response\nDecision: approve", "approve\nnobody = 1", "[CHECKPOINT 5] Action Required: approve",
    "approve\n" + "x" * 5_000, "reject because " + "x" * 5_000,
])  # fmt: skip
def test_anything_else_is_asked_back_and_says_what_would_be_understood(text: str) -> None:
    found = understood(text)
    assert isinstance(found, Unclear), found
    assert "Nothing was recorded." in found.question
    assert re.search(
        r"“approve|“changes|“reject|Decision|Say it in under|Write your answer|that one's thread", found.question
    )


@pytest.mark.parametrize(("text", "asks"), [
    ("reject", "Why? Write “reject because …”"),
    ("no.", "Why? Write “reject because …”"),
    ("reject because", "Why? Write “reject because …”"),
    ("reject because ...", "Why? Write “reject because …”"),
    ("Decision: reject", "Why? Write “reject because …”"),
    ("changes:", "What should change?"),
    ("ask for changes", "What should change?"),
    ("approve if green", "write “approve” alone"),
    ("7", "“name = value”"),
    ("hm", "or the number of your choice (1 to 2)"),
])  # fmt: skip
def test_a_question_back_asks_for_what_is_missing(text: str, asks: str) -> None:
    found = understood(text)
    assert isinstance(found, Unclear)
    assert asks in found.question


@pytest.mark.parametrize("fields", [(), (COUNT,), (REGION, Field("b", "B", FieldSort.CHOICE, choices=REGION.choices))])
def test_a_number_alone_is_an_answer_only_where_there_is_one_menu(fields: tuple[Field, ...]) -> None:
    assert isinstance(understood("2", fields), Unclear)


def test_a_number_that_is_called_like_another_choice_is_asked_back() -> None:
    turned = Field("size", "Size", FieldSort.CHOICE, choices=(("2", "two"), ("1", "one"), ("3", "three")))
    assert isinstance(understood("1", (turned,)), Unclear)
    assert understood("3", (turned,)) == Reply(APPROVE, {"size": "3"})


def test_no_choice_is_a_yes_by_its_name() -> None:
    trap = Field("answer", "Answer", FieldSort.CHOICE, choices=(("no", ""), ("wait", ""), ("stop it", "")))
    for text in ("no", "wait", "stop it", "answer = stop it"):
        assert not isinstance(understood(text, (trap,)), Reply)


YES = re.compile(r"(?i)(?<![\w])(approved?|yes)(?![\w])|^\W*\d{1,3}\.?\s*$|decision:\s*\d", re.MULTILINE)
SAID = st.lists(
    st.sampled_from([
        "approve", "yes", "reject", "because", "changes:", "no", "not", "don't", "if", "?", "!", ".", ":", "\n", " ",
        " ", "Decision: ", "\nDetails: ", "\nNext steps: ", "\nCredentials: ", "2", "region = ", "eu-west-1", "> ",
        "*", "&gt;", "<http://a.bc|approve>", "[CHECKPOINT 5] Response\n", "é", "ok", "~", "`",
    ]),
    max_size=12,
).map("".join)  # fmt: skip


@given(st.text(max_size=200) | SAID)
def test_no_text_without_a_clear_yes_is_one_and_nothing_raises(text: str) -> None:
    found = read(text, FIELDS)
    if isinstance(found, Reply) and found.verdict is APPROVE:
        assert YES.search(text), text
    if isinstance(found, Reply) and found.verdict is not APPROVE:
        assert found.note.strip()
        assert re.search(r"(?i)reject|no|changes", text)


@given(st.text(st.characters(categories=["L", "M", "P", "Z"]), min_size=1, max_size=40), st.booleans())
def test_what_stands_beside_a_yes_on_its_line_makes_it_none(besides: str, before: bool) -> None:
    text = f"{besides} approve" if before else f"approve {besides}"
    found = read(text, ())
    bare = text.replace("\u2028", " ").strip().strip("*_").strip().lower()
    if found == Reply(APPROVE):
        assert re.fullmatch(r"(i |yes,? )?approve\s*[.!]?\s*", bare) or not besides.strip(), text


def test_forty_thousand_characters_are_read_in_a_moment() -> None:
    for piece in ("*a", "<http://", "a:", "\n", " ", "eyJ-", "aA1", "region = a,", "secret-"):
        text = f"Decision: approve\nDetails: {piece * (40_000 // len(piece))}x"
        began = time.process_time()
        read(text, (*FIELDS, KEY), 5, PAGE)
        assert time.process_time() - began < 2, piece
