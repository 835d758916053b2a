"""The verifier finds what even the owner of the tables does to the audit."""

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text

from checkpoints.actions import reading
from tests.stage.desks import Office, spend

Forge = Callable[[str], None]


@pytest.fixture
def forge(office: Office) -> Forge:
    """Does something to an audit of several lines, as the owner."""
    for number in range(3):
        office.ask(office.case(f"case-{number}"), spend("60"))
    lines, wrong = reading.verify_audit(office.desk)
    assert lines > 5
    assert wrong == []

    def run(statement: str) -> None:
        engine = create_engine(office.settings.url_for("owner"))
        with engine.begin() as tx:
            assert tx.execute(text(statement)).rowcount > 0
        engine.dispose()

    return run


def found(office: Office) -> str:
    return "\n".join(reading.verify_audit(office.desk)[1])


@pytest.mark.promise("H1.1")
@pytest.mark.parametrize("column", ["at", "login", "event", "body"])
def test_an_edited_line_is_found(office: Office, forge: Forge, column: str) -> None:
    forge(f"update desk.audit_line set {column} = {column} || ' ' where number = 3")
    assert "line 3: its content was changed" in found(office)


@pytest.mark.promise("H1.2")
def test_two_lines_in_another_order_are_found(office: Office, forge: Forge) -> None:
    forge("update desk.audit_line set number = 1000 where number = 3")
    forge("update desk.audit_line set number = 3 where number = 4")
    forge("update desk.audit_line set number = 4 where number = 1000")
    assert "line 3: does not follow the line before it" in found(office)


@pytest.mark.promise("H1.3")
def test_a_line_deleted_in_the_middle_is_found(office: Office, forge: Forge) -> None:
    forge("delete from desk.audit_line where number = 3")
    assert "line 3: missing" in found(office)


@pytest.mark.promise("H1.4")
def test_a_line_deleted_at_the_end_is_found(office: Office, forge: Forge) -> None:
    forge("delete from desk.audit_line where number = (select max(number) from desk.audit_line)")
    assert "the end was changed" in found(office)
