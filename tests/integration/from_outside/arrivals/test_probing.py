"""The porter's probe: production that is switched off becomes one alarm, told again only once it was well."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from checkpoints.actions.by_runs import acting, taking
from checkpoints.actions.from_outside import probing
from checkpoints.core.from_outside.arrival import Arrival
from checkpoints.store import cases
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from tests.integration.desk.moments import later
from tests.integration.from_outside.arrivals.production import Production, running_production
from tests.integration.from_outside.arrivals.sending import monitored
from tests.stage.desks import Office, spend
from tests.stage.runs import eventually
from to_tools import porter

DIGEST = "3f2a91c04b7d" + "0" * 52


@pytest.fixture
def production() -> Iterator[Production]:
    """Well, at first."""
    made = Production()
    with running_production(made):
        yield made


@pytest.fixture
def watcher(office: Office, production: Production) -> Desk:
    """The desk as the porter has it, with the sandbox at production's address."""
    return replace(office.desk, sandbox_url=production.url)


def look(desk: Desk, times: int, watches: probing.Watches | None = None) -> probing.Watches:
    """So many rounds, one after another."""
    now = watches or {}
    for _ in range(times):
        now = probing.look_round(desk, now)
    return now


def alarms(office: Office, run: Run) -> list[Arrival]:
    return taking.untaken(office.desk, run, "alarm")


def deployed(office: Office, run: Run, digest: str) -> None:
    """A step that served this release in production is in the ledger."""
    point = office.ask(run, spend("10"), f"deploy {digest}")
    begun = acting.begin(office.asker, run, point, f"deploy {digest}", point.digest, {})
    acting.finish(office.asker, run, begun.id, "done", {"environment": "production", "release": digest})


def test_production_that_is_killed_is_one_alarm_with_what_was_measured(
    office: Office, run: Run, watcher: Desk, production: Production
) -> None:
    monitored(office, run)
    deployed(office, run, DIGEST)
    well = look(watcher, 4)
    assert alarms(office, run) == []
    assert set(production.asked) == {"/sample/production/health"}
    dead = replace(watcher, sandbox_url="http://127.0.0.1:1")
    look(dead, 5, well)
    (alarm,) = alarms(office, run)
    assert alarm.by_probe
    assert alarm.key.startswith(f"probe/{DIGEST[:12]}/")
    assert alarm.says == "3 probes in a row failed: no answer (ConnectError)"
    assert alarm.body["release"] == DIGEST


def test_after_it_was_well_again_the_next_fall_is_another_alarm(
    office: Office, run: Run, watcher: Desk, production: Production
) -> None:
    monitored(office, run)
    production.status = 500
    watches = look(watcher, 4)
    (first,) = alarms(office, run)
    taking.take(office.asker, run, [first.id])
    watches = look(watcher, 4, watches)
    assert alarms(office, run) == []
    production.status = 200
    watches = look(watcher, 3, watches)
    later(office, "1 hour")
    production.status = 503
    look(watcher, 3, watches)
    (second,) = alarms(office, run)
    assert second.key != first.key
    assert "status 503" in second.says


def test_a_porter_that_begins_anew_sends_no_second_alarm_while_the_first_waits(
    office: Office, run: Run, watcher: Desk, production: Production
) -> None:
    monitored(office, run)
    production.status = 500
    look(watcher, 3)
    begun_anew = look(watcher, 5)
    (first,) = alarms(office, run)
    later(office, "1 hour")
    taking.take(office.asker, run, [first.id])
    look(watcher, 1, begun_anew)
    assert len(alarms(office, run)) == 1


@pytest.mark.parametrize("status", [204, 301, 404, 500])
def test_only_a_200_is_well(office: Office, run: Run, watcher: Desk, production: Production, status: int) -> None:
    monitored(office, run)
    production.status = status
    look(watcher, 3)
    assert f"status {status}" in alarms(office, run)[0].says


def test_slow_answers_are_an_alarm_by_the_thresholds_that_a_person_gave(
    office: Office, run: Run, watcher: Desk, production: Production
) -> None:
    monitored(office, run, p95_ms="50")
    production.delay = 0.1
    look(watcher, 9)
    assert alarms(office, run) == []
    look(watcher, 10)
    assert "p95 of 10 probes is" in alarms(office, run)[0].says


def test_what_was_not_set_or_is_over_is_not_looked_at(
    office: Office, run: Run, watcher: Desk, production: Production
) -> None:
    office.case("unwatched")
    monitored(office, run)
    with office.desk.transaction() as tx:
        cases.end(tx, run.case_id, "undelivered", "over")
    assert look(watcher, 2) == {}
    assert production.asked == []


def test_another_release_is_watched_afresh(office: Office, run: Run, watcher: Desk, production: Production) -> None:
    monitored(office, run)
    production.status = 500
    watches = look(watcher, 2)
    deployed(office, run, DIGEST)
    look(watcher, 2, watches)
    assert alarms(office, run) == []


def test_the_porter_looks_beside_its_rounds_and_goes_on_after_trouble(
    office: Office, run: Run, watcher: Desk, production: Production
) -> None:
    monitored(office, run)
    production.status = 500
    stop = threading.Event()
    watching = threading.Thread(target=porter.keep_watching, args=(watcher, 0.02, stop))
    with office.desk.transaction() as tx:
        tx.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                " and usename = current_user and datname = current_database()"
            )
        )
    watching.start()
    try:
        eventually(lambda: alarms(office, run) or None, "the alarm")
    finally:
        stop.set()
        watching.join()
