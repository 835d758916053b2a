"""`countersign doctor` on work that can't go on by itself: it names the question or the case, and the next command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import uuid4

import httpx

from checkpoints.actions import deciding, errands
from checkpoints.actions.by_runs import acting, leasing
from checkpoints.actions.courses.mending import GIVEN_UP
from checkpoints.core.model import Verdict
from checkpoints.store.runs import Run
from flows.deployments import POOL, register
from tests.integration.desk.moments import later
from tests.integration.shell.commands import Shell
from tests.stage.desks import spend
from tests.stage.servers.prefect_server import PrefectServer
from to_tools.doers import DOERS

TRIES = 3


@dataclass(frozen=True)
class Line:
    """One of doctor's, of a subject."""

    mark: str
    found: str
    do: str
    page: str


def doctor(shell: Shell, subject: str, prefect_port: int | None = None) -> list[Line]:
    """What it says about a subject."""
    port = shell.office.settings.prefect_port if prefect_port is None else prefect_port
    findings = json.loads(shell.run("doctor", "--json", COUNTERSIGN_PREFECT_PORT=str(port)).out)["findings"]
    return [Line(one["mark"], one["found"], one["do"], one["page"]) for one in findings if one["subject"] == subject]


def begun(shell: Shell, run: Run) -> str:
    """An effect begins under its permit; the label of the question that allowed it."""
    office = shell.office
    point = office.ask(run, spend())
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    approved = deciding.answer(office.desk, office.ada, press)
    acting.begin(office.asker, run, approved, "act", approved.digest, {})
    return point.label


def test_a_run_that_was_given_up_is_named_with_its_last_question(shell: Shell) -> None:
    office = shell.office
    run = office.case()
    office.ask(run, spend())
    for times in range(GIVEN_UP):
        assert times < GIVEN_UP - 1 or [line.mark for line in doctor(shell, "runs")] == ["ok"]
        leasing.give_back(office.asker, leasing.take(office.asker, run, uuid4()), again=False, failed=True)
    (line,) = doctor(shell, "runs")
    assert line.found.startswith(f"sample (main, after sample/1) died {GIVEN_UP} times in a row and was given up")
    assert line == Line("wrong", line.found, "countersign prefect rebuild sample", "runbooks/oncall/run-stuck.md")


def test_an_effect_that_was_begun_and_that_nobody_is_at_is_named(shell: Shell) -> None:
    label = begun(shell, shell.office.case())
    assert [line.mark for line in doctor(shell, "permits")] == ["ok"]
    later(shell.office, "3 minutes")
    (line,) = doctor(shell, "permits")
    assert line.found == f"{label} was begun 3 min ago, nobody is at it, and nobody recorded its end"
    assert line == Line("wrong", line.found, "countersign restart engine", "runbooks/oncall/permit-unknown.md")


def test_an_effect_whose_run_is_at_it_is_only_worth_a_look_when_it_takes_long(shell: Shell) -> None:
    office = shell.office
    label = begun(shell, leasing.take(office.asker, office.case(), holder := uuid4()))
    later(office, "3 minutes")
    leasing.keep(office.asker, holder)
    assert [line.mark for line in doctor(shell, "permits")] == ["ok"]
    later(office, "5 hours")
    leasing.keep(office.asker, holder)
    slow, fine = doctor(shell, "permits")
    assert (slow.mark, slow.do, fine.mark) == ("look", f"countersign history {label}", "ok")
    assert slow.found == f"{label} was begun 5 h ago, and its run is still at it"


def test_an_errand_that_failed_again_and_again_is_tried_in_vain(shell: Shell) -> None:
    office = shell.office
    office.case()
    for minutes in range(1, TRIES + 1):
        assert errands.carry_next(office.desk, DOERS)
        later(office, f"{minutes} minutes")
    (line,) = doctor(shell, "errands")
    assert "nobody carries" in line.found
    later(office, "10 minutes")
    assert errands.carry_next(office.desk, DOERS)
    (line,) = doctor(shell, "errands")
    assert f"Tried in vain: start ({TRIES + 1} times): Prefect does not answer" in line.found
    assert (line.mark, line.page) == ("wrong", "runbooks/oncall/errands-growing.md")
    assert line.do.startswith("tail -n 20 ")
    assert line.do.endswith("/logs/porter.log")


def test_a_work_pool_that_is_missing_is_said_and_doctors_own_command_makes_it_anew(
    shell: Shell, prefect_server: PrefectServer
) -> None:
    port = prefect_server.settings.prefect_port
    pool = f"{prefect_server.settings.prefect_api_url}/work_pools/{POOL}"
    register(prefect_server.settings)
    httpx.delete(pool).raise_for_status()
    (line,) = doctor(shell, "engine", port)
    assert line.found == f"Prefect has no work pool {POOL}: it forgot what runs here"
    assert (line.mark, line.page) == ("wrong", "runbooks/oncall/prefect-down.md")
    typed = shell.run(*line.do.split()[1:], "--yes", COUNTERSIGN_PREFECT_PORT=str(port))
    assert typed.code == 0, typed.err
    assert httpx.get(pool).status_code == httpx.codes.OK
    assert all("no work pool" not in line.found for line in doctor(shell, "engine", port))
