"""Two porters and two engines on one desk: each errand is carried once, each run is in one place."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from checkpoints.store.desk import Desk
from tests.stage.runs import Workshop, eventually

ERRANDS = 1_000
PROMISE = text("""
    select desk.errands_add(jsonb_agg(jsonb_build_object('kind', 'label', 'key', n, 'body', '{}'::jsonb)))
    from generate_series(1, :errands) n""")
CARRIED = text("""
    select count(*), count(*) filter (where done_at is not null), max(tries) from desk.errand
    where kind = 'label' and key in (select cast(n as text) from generate_series(1, :errands) n)""")
RUNNING = text("select count(*) from desk.case_file where slug like :cases and state = 'running'")
ALL_TOGETHER = 400.0
"""Seconds: a hundred runs on one Prefect server, with other tests beside them."""
TERMS = text("select max(lost) from desk.lease l join desk.run r on r.id = l.run_id where r.case_id = any(:cases)")


@contextmanager
def two_porters(workshop: Workshop) -> Iterator[None]:
    """Processes of their own, instead of the workshop's."""
    workshop.stop_porter()
    environment = workshop.environment()
    with (workshop.office.settings.home / "porters.log").open("ab") as log:
        command = [sys.executable, "-m", "to_tools.porter"]
        both = [subprocess.Popen(command, env=environment, stdout=log, stderr=log) for _ in range(2)]
    try:
        yield
    finally:
        for porter in both:
            porter.terminate()
            porter.wait()
        workshop.start_porter()


@pytest.mark.promise("B7.1")
def test_two_porters_carry_each_errand_once(workshop: Workshop) -> None:
    desk = workshop.office.desk
    with two_porters(workshop):
        with desk.transaction() as tx:
            tx.execute(PROMISE, {"errands": ERRANDS})
        assert eventually(lambda: carried(desk), "the last errand") == (ERRANDS, ERRANDS, 1)


@pytest.mark.promise("B7.2")
@pytest.mark.timeout(500)
@pytest.mark.parametrize(
    "runs", [pytest.param(10, id="ten"), pytest.param(100, id="a hundred", marks=pytest.mark.long)]
)
def test_two_engines_run_each_run_in_one_place(workshop: Workshop, runs: int) -> None:
    workshop.start_executor()
    workshop.start_another()
    with two_porters(workshop):
        cases = [workshop.case(f"one-of-{runs}-{number}", "12") for number in range(runs)]
        eventually(lambda: over(workshop.office.desk, f"one-of-{runs}-%"), "the end of all", ALL_TOGETHER, 0.5)
        ends = [workshop.ended(case) for case in cases]
    assert {case.state for case in ends} == {"delivered"}
    assert [workshop.effects(case) for case in cases] == [1] * runs
    with workshop.office.desk.transaction() as tx:
        assert tx.execute(TERMS, {"cases": [case.id for case in cases]}).scalar_one() == 0


def over(desk: Desk, cases: str) -> bool | None:
    """True once none of these cases runs any more."""
    with desk.transaction() as tx:
        return tx.execute(RUNNING, {"cases": cases}).scalar_one() == 0 or None


def carried(desk: Desk) -> tuple[int, int, int] | None:
    """How many there are, how many are done, and how often one was tried; None until all are done."""
    with desk.transaction() as tx:
        row = tx.execute(CARRIED, {"errands": ERRANDS}).one()
    return (row[0], row[1], row[2]) if row[0] == row[1] else None
