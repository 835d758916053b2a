"""Alive and ready are two questions: a desk whose porter is silent, or whose tables are old, is not ready."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from checkpoints.actions.from_outside.watching import Pulse, readiness
from checkpoints.core.errors import Refused
from checkpoints.settings import Settings
from checkpoints.store import schema
from checkpoints.store.desk import Desk
from tests.integration.desk.moments import later
from tests.integration.page.serving import Page
from tests.stage.cluster import SessionCluster
from tests.stage.desks import Office
from tests.stage.runs import eventually
from to_tools import porter

UNSEEN = 20.0


def asked(page: Page) -> tuple[int, dict[str, dict[str, object]]]:
    """The status, and what each check says."""
    with page.stranger() as client:
        answer = client.get("/readyz")
    body = answer.json()
    assert body["ready"] == (answer.status_code == 200)
    return answer.status_code, body["checks"]


def all_alive(office: Office) -> None:
    Pulse("porter").beat(office.desk)
    Pulse("engine").beat(office.asker)


@contextmanager
def as_owner(settings: Settings) -> Iterator[psycopg.Connection]:
    address = settings.url_for("owner").replace("postgresql+psycopg", "postgresql", 1)
    with psycopg.connect(address, autocommit=True) as owner:
        yield owner


def test_a_desk_is_ready_while_everything_that_it_needs_says_that_it_is_alive(page: Page, office: Office) -> None:
    all_alive(office)
    status, checks = asked(page)
    assert status == 200, checks
    assert set(checks) == {"database", "schema", "porter", "engine"}
    later(office, "25 seconds")
    Pulse("porter").beat(office.desk)
    status, checks = asked(page)
    assert status == 503
    assert checks["porter"]["ok"]
    assert not checks["engine"]["ok"]
    assert str(checks["engine"]["says"]).startswith("was seen 2")


def test_what_never_was_seen_is_not_ready(page: Page) -> None:
    status, checks = asked(page)
    assert status == 503
    assert checks["porter"] == checks["engine"] == {"ok": False, "says": "was never seen"}


def test_a_database_with_older_tables_is_not_ready(page: Page, office: Office) -> None:
    all_alive(office)
    with as_owner(office.settings) as owner:
        owner.execute("update desk_version set version_num = '0001'")
    status, checks = asked(page)
    assert status == 503
    assert checks["schema"] == {"ok": False, "says": f"is at 0001, this release needs {schema.head()}"}


def test_without_its_database_the_page_is_alive_and_not_ready(
    page: Page, office: Office, cluster: SessionCluster
) -> None:
    with cluster.superuser() as superuser:
        superuser.autocommit = True
        name = office.desk.engine.url.database
        superuser.execute(f'alter database "{name}" allow_connections false'.encode())
        superuser.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        try:
            with page.stranger() as client:
                assert client.get("/healthz").json() == {"status": "alive"}
            status, checks = asked(page)
            assert status == 503
            assert set(checks) == {"database"}
        finally:
            superuser.execute(f'alter database "{name}" allow_connections true'.encode())


def test_a_database_that_hangs_is_not_waited_for(page: Page, office: Office) -> None:
    all_alive(office)
    with as_owner(office.settings) as owner, owner.transaction():
        owner.execute("lock table desk.process in access exclusive mode")
        status, checks = asked(page)
    assert status == 503
    assert not checks["database"]["ok"]
    assert asked(page)[0] == 200


def test_the_head_is_the_one_that_the_migrations_lead_to() -> None:
    assert ScriptDirectory.from_config(schema.steps()).get_heads() == [schema.head()]


def test_the_porter_says_that_it_is_alive_from_the_midst_of_its_rounds(office: Office) -> None:
    stop = threading.Event()
    address = office.settings.url_for("desk").replace("postgresql+psycopg", "postgresql", 1)
    working = threading.Thread(target=porter.keep_working, args=(office.desk, address, stop))
    working.start()
    try:
        eventually(lambda: readiness(office.desk, UNSEEN)["porter"].ok or None, "the porter's pulse")
    finally:
        stop.set()
        working.join()


def test_whoever_asks_speaks_for_the_engine_only(office: Office) -> None:
    with pytest.raises(Refused, match="engine only"):
        Pulse("porter").beat(office.asker)
    Pulse("engine").beat(office.asker)
    assert not readiness(office.desk, UNSEEN)["porter"].ok


def test_a_process_has_one_row_and_what_is_long_gone_has_none(office: Office) -> None:
    pulse = Pulse("engine")
    for _ in range(3):
        pulse.beat(office.asker)
    with as_owner(office.settings) as owner:
        owner.execute("update desk.process set host = 'gone', seen_at = seen_at - interval '2 hours'")
    Pulse("engine").beat(office.asker)
    assert rows(office.desk) == 1


def rows(desk: Desk) -> int:
    with desk.transaction() as tx:
        return int(tx.execute(text("select count(*) from desk.process")).scalar_one())


def test_a_pulse_outlives_a_database_that_was_away(office: Office, cluster: SessionCluster) -> None:
    stop = threading.Event()
    beating = threading.Thread(target=Pulse("engine").keep_beating, args=(office.asker, stop))
    with as_owner(office.settings) as owner, owner.transaction():
        owner.execute("alter function desk.seen rename to away")
        owner.execute("revoke execute on function desk.away from countersign_asker")
    beating.start()
    with as_owner(office.settings) as owner, owner.transaction():
        owner.execute("grant execute on function desk.away to countersign_asker")
        owner.execute("alter function desk.away rename to seen")
    try:
        eventually(lambda: readiness(office.desk, UNSEEN)["engine"].ok or None, "the engine's pulse")
    finally:
        stop.set()
        beating.join()
