"""Runs that really sleep: each asked its one question, and its flow run is suspended in Prefect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import TextClause, text

from checkpoints.actions import deciding, reading
from checkpoints.core.model import Person, Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store.desk import Desk
from flows.deployments import POOL, WORKER, register
from tests.acceptance.conftest import WholeDesk
from tests.bench.storing.busy_desk import per_second
from tests.stage import asking_flow
from tests.stage.desks import open_case
from tests.stage.runs import eventually

FLOW = {asking_flow.SORT: asking_flow.ENTRYPOINT}
CLIENTS = 16
SECONDS_EACH = 5.0
"""Patience for each, on a machine with other work."""
ASLEEP = text("""
    select count(*) from desk.checkpoint p join desk.case_file c on c.id = p.case_id
        join desk.wait w on w.run_id = p.run_id and w.read_at is null
        join desk.lease l on l.run_id = p.run_id and l.ended_at is not null
    where c.slug = any(:slugs) and p.state = 'open'""")
OVER = text("""
    select count(*) from desk.case_file c join desk.run r on r.case_id = c.id
        join desk.lease l on l.run_id = r.id and l.ended_at is not null
    where c.slug = any(:slugs) and c.state <> 'running'""")
DONE = text("""
    select count(*) from desk.permit t join desk.checkpoint p on p.id = t.checkpoint_id
        join desk.case_file c on c.id = p.case_id
    where c.slug = any(:slugs) and t.state = 'done'""")
NEXT_LINE = text("select min(begun_at) from desk.step where case_id = :case and begun_at > :after")


def put_to_sleep(
    desk: WholeDesk, store: Desk, person: Person, name: str, how_many: int, pool: str = POOL, worker: str = WORKER
) -> list[Checkpoint]:
    """So many new runs, their questions once all of them sleep: they have said so, and their passes are over."""
    register(desk.settings, FLOW, pool, worker)
    slugs = [f"{name}-{number}" for number in range(1, how_many + 1)]
    per_second(partial(_open, store, person), slugs, CLIENTS)

    def asleep() -> bool | None:
        number = _count(store, ASLEEP, slugs)
        print(f"    asleep: {number} of {how_many}", flush=True)
        return number == how_many or None

    eventually(asleep, "the sleep of all", 60 + SECONDS_EACH * how_many, 2)
    return [reading.show(store, f"{slug}/1").point for slug in slugs]


def say_yes(store: Desk, person: Person, point: Checkpoint) -> None:
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    deciding.answer(store, person, press)


def answer(store: Desk, person: Person, point: Checkpoint, seconds: float = 60) -> float:
    """Seconds from just before the answer to the run's next line, both by the database's clock."""
    before = reading.now(store)
    say_yes(store, person, point)
    return (eventually(lambda: _next_line(store, point, before), "the next line", seconds) - before).total_seconds()


def until_over(store: Desk, point: Checkpoint) -> None:
    """Returns when its run has ended and its pass is over, so that nothing of it slows down the next."""
    over = partial(_count, store, OVER, [point.case])
    eventually(lambda: over() == 1 or None, f"the end of {point.case}")


def until_done(store: Desk, points: Sequence[Checkpoint], seconds: float) -> None:
    """Returns when the effects behind all of these are over."""
    slugs = [point.case for point in points]
    eventually(lambda: _count(store, DONE, slugs) == len(points) or None, "the last effect", seconds, 0.1)


def _count(store: Desk, query: TextClause, slugs: Sequence[str]) -> int:
    with store.transaction() as tx:
        return int(tx.execute(query, {"slugs": slugs}).scalar_one())


def _open(store: Desk, person: Person, slug: str) -> Case:
    return open_case(store, person, slug, asking_flow.SORT, {"cost": "60"})


def _next_line(store: Desk, point: Checkpoint, after: datetime) -> datetime | None:
    with store.transaction() as tx:
        begun: datetime | None = tx.execute(NEXT_LINE, {"case": point.case_id, "after": after}).scalar_one()
    return begun
