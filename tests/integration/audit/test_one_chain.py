"""However many write at once, and whatever is taken back: one chain, numbered without a gap, by one clock."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from checkpoints.actions.audit import anchoring
from checkpoints.store import audit, checkpoints
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office

WRITERS = 16
AHEAD = st.integers(-400, 400)
TAKEN_BACK = st.booleans()


def write_many(office: Office, writer: int, lines: int) -> None:
    for number in range(lines):
        with office.desk.transaction() as tx:
            audit.append(tx, "written", {"by": writer, "number": number})


@pytest.mark.promise("H2.1")
@pytest.mark.parametrize(
    "lines_each", [pytest.param(100, id="a hundred"), pytest.param(1000, id="a thousand", marks=pytest.mark.long)]
)
def test_sixteen_writers_make_one_chain_without_a_gap(office: Office, lines_each: int) -> None:
    before = anchoring.verify(office.desk).lines
    many = [partial(write_many, office, writer, lines_each) for writer in range(WRITERS)]
    assert at_once(many) == [None] * WRITERS
    after = anchoring.verify(office.desk)
    assert after.wrong == ()
    assert after.lines == before + WRITERS * lines_each


def stamps(tx: Connection, after: int) -> list[datetime]:
    return [datetime.fromisoformat(line.at) for line in audit.lines(tx, after)]


@pytest.mark.promise("H6.1", "H6.2")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tries=st.lists(st.tuples(AHEAD, TAKEN_BACK), min_size=1, max_size=8))
def test_whatever_the_clock_does_and_is_taken_back_each_line_has_the_desks_time_and_the_next_number(
    office: Office, tries: list[tuple[int, bool]]
) -> None:
    start = anchoring.verify(office.desk).lines
    kept = 0
    for ahead, taken_back in tries:
        later(office, f"{ahead} seconds")
        with office.desk.transaction() as tx:
            early = checkpoints.now(tx)
            audit.append(tx, "written", {"ahead": ahead})
            [stamp] = stamps(tx, start + kept)
            assert stamp.utcoffset() == timedelta(0)
            assert early <= stamp <= checkpoints.now(tx)
            if taken_back:
                tx.rollback()
        kept += not taken_back
    after = anchoring.verify(office.desk)
    assert (after.lines, after.wrong) == (start + kept, ())
