"""However many cases wait, each look reads no more rows and each press sends no more statements: it is counted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlalchemy import event, text

from checkpoints.actions import deciding, errands, escalating, reading, receiving
from checkpoints.actions.by_runs import acting, requesting, submitting, waiting
from checkpoints.actions.courses import cancelling, mending, waking
from checkpoints.actions.from_outside import probing, watching
from checkpoints.core.model import Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store import runs
from checkpoints.store.runs import Run
from checkpoints.store.work.waits import Wait
from tests.bench import crowd
from tests.integration.page.serving import press, running_page
from tests.plugins import invariants
from tests.stage.cluster import SessionCluster
from tests.stage.desks import Office, open_office, spend
from tests.stage.runs import eventually

FEW, MANY = 10, 10_000
MOST = 1_000
"""Rows of a table: the inbox shows two hundred, and each of them is more than one row of some."""
READ = """
    select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables
    where schemaname = 'desk'"""
READ_THE_ANSWER = "update desk.wait set read_at = clock_timestamp() where checkpoint_id = %s and read_at is null"
STILL_THERE = "select count(*) from pg_stat_activity where pid = any(%s)"
STARTED = text("update desk.run set prefect_id = cast(id as text)")


@dataclass(frozen=True)
class Crowded:
    """A desk with a case that has gone some way and waits, `run` and `point`, and with so many copies of it."""

    office: Office
    case: Case
    run: Run
    point: Checkpoint
    browser: httpx.Client
    to_press: Iterator[Checkpoint]
    backends: list[int] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """From now on it is noted who is connected and what is sent."""
        for engine in (self.office.desk.engine, self.office.asker.engine):
            event.listen(engine, "connect", lambda connection, _: self.backends.append(connection.info.backend_pid))
            event.listen(engine, "before_cursor_execute", lambda *sent: self.sent.append(sent[2]))

    def look(self, at: Callable[["Crowded"], object]) -> tuple[dict[str, int], int]:
        """Rows read by table, and how many statements were sent."""
        before = self._rows_read()
        self.sent.clear()
        at(self)
        sent = len(self.sent)
        after = self._rows_read()
        return {table: after[table] - before[table] for table in after}, sent

    def _rows_read(self) -> dict[str, int]:
        """A backend says what it has read when it ends, at the latest."""
        for engine in (self.office.desk.engine, self.office.asker.engine):
            engine.dispose()
        with psycopg.connect(self.office.settings.address_for("owner"), autocommit=True) as owner:
            eventually(lambda: owner.execute(STILL_THERE, [self.backends]).fetchall() == [(0,)] or None, "their end")
            return dict(owner.execute(READ).fetchall())


def a_case_that_waits(office: Office) -> Run:
    """Asked, changed, approved and acted upon; and asked again, for which its run sleeps."""
    run = office.case()
    first = office.ask(run, spend())
    answer(office, first, Verdict.CHANGES)
    submitting.revise(office.asker, run, first, spend("50"))
    office.receive()
    approved = answer(office, office.show(first), Verdict.APPROVE)
    step = acting.begin(office.asker, run, approved, "buy", approved.digest, {})
    acting.finish(office.asker, run, step.id, "done", {})
    second = office.ask(run, spend("70"), "second")
    waiting.sleep_for(office.asker, run, Wait(checkpoint_id=second.id))
    return run


def answer(office: Office, point: Checkpoint, verdict: Verdict) -> Checkpoint:
    sent = deciding.Press(point.id, point.revision, point.digest, verdict, note="because")
    return deciding.answer(office.desk, office.ada, sent)


@pytest.fixture(scope="module")
def crowded(cluster: SessionCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Crowded]]:
    """A desk where so many wait, made when it is first asked for."""
    made: dict[int, Crowded] = {}
    closing = []

    def of(most: int) -> Crowded:
        if most not in made:
            opened = open_crowded(cluster, tmp_path_factory, most)
            closing.append(opened)
            made[most] = next(opened)
        return made[most]

    yield of
    for opened in closing:
        for _ in opened:
            raise AssertionError("it is closed by going on")


def open_crowded(cluster: SessionCluster, folders: pytest.TempPathFactory, most: int) -> Iterator[Crowded]:
    settings = cluster.provide(folders.mktemp(f"crowded-{most}") / "home")
    office = open_office(settings)
    run = a_case_that_waits(office)
    case = reading.case_of(office.desk, run.case_id)
    assert case is not None
    crowd.fill(settings, case, most)
    with office.desk.transaction() as tx:
        # Here is no Prefect, and nothing asks it: but what is read of runs that it has shall be read.
        tx.execute(STARTED)
    (point,) = reading.waiting_in(office.desk, case.slug)
    to_press = iter(reading.inbox(office.desk, FEW).points)
    with running_page(office.desk) as page, page.browser(office.ada) as browser:
        desk = Crowded(office, case, run, point, browser, to_press)
        desk.listen()
        yield desk
    office.desk.engine.dispose()
    office.asker.engine.dispose()
    invariants.check(settings)
    cluster.drop(settings)


def get(path: str) -> Callable[[Crowded], object]:
    return lambda desk: desk.browser.get(path).raise_for_status()


def approve(desk: Crowded) -> None:
    """One press; its run reads the answer, or a comparison would find it called among few and not see it among many."""
    point = next(desk.to_press)
    assert press(desk.browser, point, Verdict.APPROVE).status_code == httpx.codes.SEE_OTHER
    with psycopg.connect(desk.office.settings.address_for("owner")) as owner:
        owner.execute(READ_THE_ANSWER, [point.id])


def ask(desk: Crowded) -> None:
    requesting.ask(desk.office.asker, desk.run, "third", 1, spend("80"))
    while receiving.receive_next(desk.office.desk):
        pass


def porters_round(desk: Crowded) -> None:
    """Each of the porter's jobs once, but that nobody carries anything."""
    store = desk.office.desk
    errands.carry_next(store, {})
    receiving.receive_next(store)
    escalating.expire_next(store)
    escalating.climb_next(store)
    mending.rescue_next(store)
    waking.call_next(store)
    probing.look_round(store, {})
    escalating.seconds_to_next(store)
    for due in (waking.seconds_to_next, errands.seconds_to_next, partial(errands.seconds_to_next, lane="mail")):
        due(store)


def comparison_with_prefect(desk: Crowded) -> None:
    page = mending.started(desk.office.desk, UUID(int=0), mending.PAGE)
    mending.of_prefect(desk.office.desk, [str(run.prefect_id) for run in page])
    mending.wake_called(desk.office.desk, page)


def a_pass(desk: Crowded) -> None:
    """What a run reads and writes on its way."""
    asker, run = desk.office.asker, desk.run
    reading.course(asker, desk.case)
    reading.settled(asker, desk.case.id, "spend")
    reading.asked_under(asker, run, "q")
    for verb in ("revise", "withdraw"):
        reading.handed_in(asker, desk.point, verb)
        reading.refused_why(asker, desk.point, verb)
    submitting.withdraw(asker, run, desk.point, "no need")
    with asker.transaction() as tx:
        runs.last_unasked(tx, desk.case.id, [run.branch])


LOOKS: dict[str, Callable[[Crowded], object]] = {
    "the inbox": get("/"),
    "a checkpoint": get("/checkpoints/sample/2"),
    "the projects": get("/projects"),
    "a project": get("/projects/sample"),
    "the audit": get("/audit"),
    "the figures": lambda desk: watching.figures(desk.office.desk),
    "a press": approve,
    "a question that is asked and received": ask,
    "a round of the porter": porters_round,
    "a comparison with Prefect": comparison_with_prefect,
    "a pass of a run": a_pass,
    "the end of a case": lambda desk: cancelling.cancel(desk.office.desk, desk.office.ada, "crowd-7", "over"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_among_ten_thousand_nothing_more_is_read_or_sent_than_among_ten(
    crowded: Callable[[int], Crowded], name: str
) -> None:
    _, sent_among_few = crowded(FEW).look(LOOKS[name])
    read, sent = crowded(MANY).look(LOOKS[name])
    assert sent == sent_among_few
    assert {table: rows for table, rows in read.items() if rows > MOST} == {}


def test_the_most_urgent_come_first_whatever_became_of_them(office: Office) -> None:
    run = office.case()
    points = [office.ask(run, spend(str(60 + number)), f"question {number}") for number in range(3)]
    answer(office, points[1], Verdict.CHANGES)
    submitting.revise(office.asker, run, points[1], spend("59"))
    office.receive()
    found = reading.inbox(office.desk).points
    assert list(found) == sorted(found, key=lambda point: (point.deadline_at, point.asked_at))
    assert [point.id for point in reading.inbox(office.desk, 2).points] == [point.id for point in found[:2]]
