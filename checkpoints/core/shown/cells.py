"""Cells of a table that spreadsheets open: no text becomes a formula, another cell, another row, or steers the eye."""

import re

from checkpoints.core.shown.showing import one_line

LONGEST = 30_000
"""Characters; a spreadsheet's cell takes 32,767."""
CUT = "… (cut: the whole is in the chain)"
FORMULA = re.compile(r"""(^|[,;|"])(\s*)([=+\-@＝＋－＠])""")
"""What a spreadsheet computes, at the start, or behind what it may take for the end of a cell before."""


def cell(text: str) -> str:
    """One line, with what can't be seen as a mark, cut with a notice; what could be computed follows an apostrophe."""
    shown = FORMULA.sub(r"\1\2'\3", one_line(text))
    return shown if len(shown) <= LONGEST else shown[: LONGEST - len(CUT)] + CUT
