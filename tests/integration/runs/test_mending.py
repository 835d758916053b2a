"""Prefect forgets, or somebody meddles in it: found, and mended or said, without a second effect or a lost decision."""

import json
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from checkpoints.actions import reading
from checkpoints.actions.courses import mending
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Json, Verdict
from checkpoints.core.view import Case, Checkpoint
from flows.deployments import register
from flows.engine import reconciling
from tests.integration.shell.commands import Shell
from tests.stage.asking_flow import ENTRYPOINT, SORT
from tests.stage.cluster import SessionCluster
from tests.stage.runs import Workshop, eventually


def asleep(workshop: Workshop, slug: str) -> tuple[Case, Checkpoint, str]:
    """A case that sleeps at its question, and Prefect's id of its flow run."""
    workshop.start_executor()
    case = workshop.case(slug, "60")
    return case, workshop.question(case), str(workshop.asleep(case)["id"])


def prefect(workshop: Workshop, verb: str, path: str, body: Json = None) -> httpx.Response:
    url = f"{workshop.office.desk.prefect_api_url}{path}"
    return httpx.request(verb, url, json=body).raise_for_status()


def sweep(workshop: Workshop) -> None:
    """All that there is to compare."""
    after = reconciling.sweep(workshop.office.desk)
    while after != reconciling.FIRST:
        after = reconciling.sweep(workshop.office.desk, after)


def goes_on(workshop: Workshop, case: Case, point: Checkpoint) -> None:
    if workshop.office.show(point).state is State.OPEN:
        workshop.answer(point, Verdict.APPROVE)
    assert workshop.ended(case).state == "delivered"
    assert (workshop.effects(case), workshop.question(case).permit) == (1, Permit.DONE)


def mended(workshop: Workshop, slug: str) -> list[str]:
    """Why, each time that a run of this case was mended."""
    lines = reading.audit_page(workshop.office.desk, 10_000).lines
    told = [json.loads(line.body) for line in lines if line.event == "run mended"]
    return [said["because"] for said in told if said["case"] == slug]


@pytest.mark.promise("A7.3")
@pytest.mark.parametrize("decided", [False, True], ids=["before the answer", "after the answer"])
def test_a_flow_run_that_somebody_deleted_is_made_anew(workshop: Workshop, decided: bool) -> None:
    case, point, id = asleep(workshop, f"deleted-{decided}".lower())
    workshop.kill_executors()
    if decided:
        workshop.answer(point, Verdict.APPROVE)
    prefect(workshop, "DELETE", f"/flow_runs/{id}")
    sweep(workshop)
    assert ["deleted" in why for why in mended(workshop, case.slug)] == [True]
    sweep(workshop)
    workshop.start_executor()
    goes_on(workshop, case, point)
    assert workshop.flow_run(case)["id"] != id


@pytest.mark.promise("A7.4")
@pytest.mark.parametrize(
    "state", ["CANCELLED", *(pytest.param(state, marks=pytest.mark.long) for state in ("CRASHED", "FAILED"))]
)
def test_a_flow_run_that_somebody_ended_in_prefect_is_begun_again(workshop: Workshop, state: str) -> None:
    case, point, id = asleep(workshop, f"by-hand-{state.lower()}")
    prefect(workshop, "POST", f"/flow_runs/{id}/set_state", {"state": {"type": state}, "force": True})
    sweep(workshop)
    assert [state.lower() in why for why in mended(workshop, case.slug)] == [True]
    workshop.asleep(case)
    assert workshop.office.show(point).state is State.OPEN
    goes_on(workshop, case, point)


@pytest.mark.promise("A7.1")
def test_an_answer_while_prefects_server_is_away_is_never_approved_and_nothing_happens(workshop: Workshop) -> None:
    case, point, _ = asleep(workshop, "away")
    workshop.prefect.kill()
    workshop.answer(point, Verdict.APPROVE)
    eventually(lambda: trouble(workshop, case) or None, "the errand's trouble")
    assert "Prefect does not answer" in trouble(workshop, case)
    workshop.prefect.start()
    goes_on(workshop, case, point)


@pytest.mark.promise("A7.2")
@pytest.mark.long
def test_a_prefect_that_lost_its_database_is_rebuilt_and_every_case_is_where_it_was(
    workshop: Workshop, cluster: SessionCluster, tmp_path: Path
) -> None:
    case, point, id = asleep(workshop, "forgotten")
    decided, answered, _ = asleep(workshop, "forgotten-decided")
    workshop.kill_executors()
    workshop.prefect.kill()
    workshop.answer(answered, Verdict.APPROVE)
    with cluster.superuser() as superuser:
        superuser.execute("drop database prefect with (force)")
        cluster.cluster.create_database(superuser, "prefect", "prefect", ("prefect",))
    workshop.prefect.start()
    shell = Shell(workshop.office, tmp_path)
    shell.sign_in(workshop.office.ada)
    said = shell.run("prefect", "rebuild", "--yes")
    assert said.code == 0, said.err
    assert "goes on where its case stands" in said.out
    register(workshop.office.settings, {SORT: ENTRYPOINT})
    workshop.start_executor()
    goes_on(workshop, decided, answered)
    goes_on(workshop, case, point)
    assert workshop.flow_run(case)["id"] != id


def test_a_wake_that_got_lost_is_found_by_the_comparison(workshop: Workshop) -> None:
    case, point, _ = asleep(workshop, "unwoken")
    workshop.stop_porter()
    workshop.answer(point, Verdict.APPROVE)
    with workshop.office.desk.transaction() as tx:
        tx.execute(text("update desk.errand set done_at = desk.desk_now() where kind = 'wake' and done_at is null"))
    sweep(workshop)
    workshop.start_porter()
    goes_on(workshop, case, point)


def test_what_agrees_is_left_alone(workshop: Workshop) -> None:
    case, point, id = asleep(workshop, "in-order")
    before = reading.audit_page(workshop.office.desk, 1).total
    sweep(workshop)
    assert reading.audit_page(workshop.office.desk, 1).total == before
    run = next(iter(reading.runs_of(workshop.office.desk, case.id)))
    assert mending.wake_called(workshop.office.desk, [run]) == 0
    assert workshop.flow_run(case)["id"] == id
    goes_on(workshop, case, point)


def trouble(workshop: Workshop, case: Case) -> str:
    """What the wake errand of the case's run met last."""
    query = text("select trouble from desk.errand where kind = 'wake' and key = :run order by id desc limit 1")
    run = next(iter(reading.runs_of(workshop.office.desk, case.id)))
    with workshop.office.desk.transaction() as tx:
        return str(tx.execute(query, {"run": str(run.id)}).scalar_one_or_none() or "")
