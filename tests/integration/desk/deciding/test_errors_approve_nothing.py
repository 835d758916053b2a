"""Whatever raises an error is not approved: wherever receiving or deciding breaks, nothing of a yes is kept."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy import create_engine, text

from checkpoints.actions import deciding
from checkpoints.actions.by_runs import requesting
from checkpoints.core.errors import Countersign, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Verdict
from checkpoints.core.policy import Kind, Matrix
from checkpoints.core.view import Checkpoint
from tests.stage.desks import Office, spend

READS = 24
"""More than receiving one question reads of its kind and of the matrix."""
ERRORS = ["P0001", "22023", "23505", "40001", "57014"]
"""Raised by hand, bad data, a broken constraint, a conflict between transactions, cancelled."""


class Fragile:
    """A kind or a matrix of which something can't be read: the `left`-th reading of all that share the count."""

    def __init__(self, whole: object, left: list[int], wrong: type[Exception]) -> None:
        self._of, self._left, self._wrong = whole, left, wrong

    def __getattr__(self, name: str) -> object:
        self._left[0] -= 1
        if self._left[0] == 0:
            raise self._wrong(f"{name} can't be read")
        return getattr(self._of, name)


def fragile(office: Office, after: int, wrong: type[Exception]) -> Office:
    left, kinds = [after], office.desk.kinds
    kind = cast(Kind, Fragile(kinds["spend"], left, wrong))
    matrix = cast(Matrix, Fragile(office.desk.matrix, left, wrong))
    return replace(office, desk=replace(office.desk, kinds={**kinds, "spend": kind}, matrix=matrix))


@contextmanager
def broken(office: Office, table: str, code: str) -> Iterator[None]:
    """Whatever is written there raises an error, last of all."""
    owner = create_engine(office.settings.url_for("owner"))
    with owner.begin() as tx:
        tx.execute(
            text(f"""create function desk.breaks() returns trigger language plpgsql as
            $$ begin raise exception 'broken' using errcode = '{code}'; end $$""")
        )
        tx.execute(
            text(f"""create trigger breaks after insert or update on desk.{table}
            for each row execute function desk.breaks()""")
        )
    yield
    with owner.begin() as tx:
        tx.execute(text("drop function desk.breaks() cascade"))
    owner.dispose()


def traces(office: Office, point: Checkpoint) -> list[int]:
    """How many decisions, permits and answers it has."""
    with office.desk.transaction() as tx:
        tables = ("decision", "permit", "answer")
        count = "select count(*) from desk.{} where checkpoint_id = :id"
        return [int(tx.execute(text(count.format(table)), {"id": point.id}).scalar_one()) for table in tables]


@pytest.mark.promise("C9.2")
@pytest.mark.parametrize("wrong", [ValueError, Refused])
def test_a_catalogue_or_a_matrix_that_can_t_be_read_at_any_point_passes_nothing(
    office: Office, wrong: type[Exception]
) -> None:
    run = office.case()
    states = []
    for after in range(1, READS):
        point = requesting.ask(office.asker, run, f"question {after}", 1, spend("0"))
        fragile(office, after, wrong).receive()
        now = office.show(point)
        states.append(now.state)
        assert traces(office, point) == ([1, 1, 0] if now.state is State.APPROVED else [0, 0, 0])
    whole = states.index(State.APPROVED)
    assert whole > 10
    assert set(states[:whole]) == {State.WITHDRAWN}
    assert set(states[whole:]) == {State.APPROVED}


@pytest.mark.promise("C9.2")
@pytest.mark.parametrize("table", ["decision", "permit", "errand", "checkpoint", "revision"])
def test_what_can_t_be_written_passes_nothing(office: Office, table: str) -> None:
    run = office.case()
    for code in ERRORS:
        point = requesting.ask(office.asker, run, code, 1, spend("0"))
        with broken(office, table, code), suppress(Countersign):
            office.receive()
        assert office.show(point).state in (State.ASKED, State.WITHDRAWN)
        assert traces(office, point) == [0, 0, 0]
        office.receive()
    assert office.ask(run, spend("0"), "and then").state is State.APPROVED


@pytest.mark.promise("C9.2")
@pytest.mark.parametrize("table", ["answer", "decision", "permit", "errand", "checkpoint"])
def test_a_yes_that_can_t_be_written_whole_is_not_kept_at_all(office: Office, table: str) -> None:
    point = office.ask(office.case(), spend("60"))
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    for code in ERRORS:
        with broken(office, table, code), pytest.raises(Countersign):
            deciding.answer(office.desk, office.ada, press)
        assert office.show(point).state is State.OPEN
        assert traces(office, point) == [0, 0, 0]
    assert deciding.answer(office.desk, office.ada, press).state is State.APPROVED
