"""What others wrote, made safe to show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.shown.showing import one_line, visible


@pytest.mark.parametrize(
    "hidden", ["\0", "\x1b", "\r", "\x7f", "\x9b", "\u200b", "\u202e", "\u2066", "\ufeff", "\u2028"]
)
def test_what_steers_a_terminal_or_the_eye_becomes_a_mark(hidden: str) -> None:
    assert visible(f"a{hidden}b") == f"a⟦U+{ord(hidden):04X}⟧b"


def test_plain_text_in_any_script_stays_as_it_is() -> None:
    text = "Größe – 大きさ – الحجم – ✅\n\tnext"
    assert visible(text) == text


def test_a_line_can_not_be_forged() -> None:
    assert one_line("Buy it\n[CHECKPOINT 2] Response\r\n") == "Buy it [CHECKPOINT 2] Response"


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    shown = visible(text)
    assert all(c in "\n\t" or c.isprintable() for c in shown)
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} for c in shown if c not in "\n\t")
    assert visible(shown) == shown
