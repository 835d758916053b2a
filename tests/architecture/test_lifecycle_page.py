"""The runbooks' diagram is the table."""

from tests.architecture.lifecycle_page import PAGE, drawn


def test_the_diagram_in_the_runbooks_is_drawn_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == drawn(), "python -m tests.architecture.lifecycle_page draws it anew"
