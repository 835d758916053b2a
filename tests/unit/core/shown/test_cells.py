"""A table that spreadsheets open says what was said, and does nothing: for any text."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checkpoints.actions.audit.verifier.following import same, shown
from checkpoints.core.shown.cells import CUT, LONGEST, cell

FORMULA = tuple("=+-@＝＋－＠")
TEXT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("=+-@,;|\"'\t\r\n ⟦＝\u202e\u200b\x1b")))


@pytest.mark.promise("E6.3")
@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", '"=1', "\u200b=1", "＝1", "=cmd|' /C calc'!A0"],
)
def test_what_a_spreadsheet_would_compute_is_text(text: str) -> None:
    made = cell(text)
    assert made.lstrip('" ')[:1] not in FORMULA
    assert "'" in made or "⟦" in made


@pytest.mark.promise("E6.3")
@given(TEXT, TEXT)
@example("a", 'b","c\r\n"d";=e')
def test_any_text_is_one_cell_of_one_row_and_begins_no_formula(one: str, other: str) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow([cell(one), cell(other)])
    line = written.getvalue()
    assert line.endswith("\r\n")
    assert line[:-2].isprintable()
    assert list(csv.reader([line], strict=True)) == [[cell(one), cell(other)]]
    for separator in ",;|":
        for part in line[:-2].split(separator):
            assert part.replace('"', "").lstrip()[:1] not in FORMULA


@given(TEXT)
def test_the_verifier_which_shares_no_code_shows_the_same(text: str) -> None:
    assert shown(text) == cell(text)


def test_what_a_younger_python_knows_as_a_letter_is_the_same_and_another_letter_is_not() -> None:
    assert same("Ada ⟦U+1F600⟧", "Ada \U0001f600")
    assert not same("Ada ⟦U+1F600⟧", "Ada \U0001f601")
    assert same("Ada ⟦U+0378⟧", "Ada \u0378")
    assert not same("Ada ⟦U+202E⟧", "Ada \u202e")
    assert not same("Ada ⟦U+200B⟧", "Ada \u200b")
    assert not same("'=1", "=1")
    assert not same("Ada", "Bob")


def test_what_is_too_long_is_cut_with_a_notice() -> None:
    made = cell("x" * (LONGEST + 1))
    assert len(made) == LONGEST
    assert made.endswith(CUT)
    assert shown("x" * (LONGEST + 1)) == made
