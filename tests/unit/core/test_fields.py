"""Filling the blanks: what is declared, checked; nothing else, and nothing hostile."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from checkpoints.core.errors import Refused
from checkpoints.core.fields import LONGEST_NOTE, LONGEST_TEXT, check_note, clean, fill
from checkpoints.core.model import Field, FieldSort

REGION = Field("region", "AWS region", FieldSort.CHOICE, "us-east-1", (("us-east-1", ""), ("eu-west-1", "")))
TASKS = Field("tasks", "Tasks", FieldSort.NUMBER, lowest=Decimal(1), highest=Decimal(3), whole=True)
WORDS = Field("words", "Words", FieldSort.TEXT)

WRONG = [
    (REGION, "mars-1", "one of us-east-1, eu-west-1"),
    (REGION, "US-EAST-1", "one of"),
    (REGION, "us-east-1\n; rm", "one of"),
    (TASKS, "", "not filled"),
    (TASKS, "0", "from 1 to 3"),
    (TASKS, "4", "from 1 to 3"),
    (TASKS, "1.5", "a whole number"),
    (TASKS, "two", "a whole number"),
    (TASKS, "NaN", "a whole number"),
    (TASKS, "sNaN", "a whole number"),
    (TASKS, "Infinity", "a whole number"),
    (TASKS, "1e309", "a whole number"),
    (TASKS, "1e-999999", "a whole number"),
    (TASKS, "1" * 31, "a whole number"),
    (WORDS, " ", "not filled"),
    (WORDS, "a\0b", "not plain text"),
    (WORDS, "\x1b[2J", "not plain text"),
    (WORDS, "\u202eevil", "not plain text"),
    (WORDS, "\ud800", "not plain text"),
    (WORDS, "x" * (LONGEST_TEXT + 1), "too long"),
]


@pytest.mark.parametrize(("field", "given_value", "told"), WRONG, ids=lambda value: ascii(value)[:20])
def test_what_won_t_do_is_refused_naming_the_field_and_what_would(field: Field, given_value: str, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        fill((field,), {field.name: given_value})
    assert str(refused.value).startswith(f"{field.name}: ")


def test_a_default_is_taken_and_a_value_beats_it() -> None:
    assert fill((REGION,), {}) == {"region": "us-east-1"}
    assert fill((REGION,), {"region": " eu-west-1 "}) == {"region": "eu-west-1"}


def test_a_field_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(Refused, match=r"“size” is not asked here; the fields are: region"):
        fill((REGION,), {"size": "1"})
    with pytest.raises(Refused, match="this question has no fields"):
        fill((), {"x": "1"})


@pytest.mark.parametrize("written", ["2", "2.0", "02", "2e0", " 2 "])
def test_a_number_is_kept_in_one_way_of_writing(written: str) -> None:
    assert fill((TASKS,), {"tasks": written}) == {"tasks": "2"}


@given(some.text())
def test_a_number_field_gives_a_number_in_bounds_or_refuses(written: str) -> None:
    try:
        filled = fill((TASKS,), {"tasks": written})
    except Refused:
        return
    assert filled["tasks"] in {"1", "2", "3"}


@given(some.text())
def test_what_a_message_repeats_is_one_short_printable_line(text: str) -> None:
    shown = clean(text)
    assert len(shown) <= 80
    assert shown.isprintable()


@pytest.mark.parametrize("note", ["x" * (LONGEST_NOTE + 1), "a\0b", "\udcff"], ids=["long", "NUL", "not UTF-8"])
def test_a_note_that_can_t_be_kept_is_refused(note: str) -> None:
    with pytest.raises(Refused, match="Nothing was recorded"):
        check_note(note)
