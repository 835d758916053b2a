"""The embedded PostgreSQL: who gets in where, and what a killed server leaves."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import get_args

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, NullPool, create_engine, make_url
from sqlalchemy.exc import OperationalError

from checkpoints.settings import Role, Settings, login
from tests.stage.cluster import FAST, SessionCluster
from to_tools.up import ending, postmaster
from to_tools.up.cluster import Cluster

OURS: list[Role] = ["owner", "desk", "asker"]


def connect(url: str | URL) -> Connection:
    return create_engine(url, poolclass=NullPool).connect()


@pytest.mark.parametrize("role", OURS)
def test_each_login_reaches_our_database_as_itself_and_is_no_superuser(role: Role, database: Settings) -> None:
    with connect(database.url_for(role)) as connection:
        question = "SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = session_user"
        assert connection.exec_driver_sql(question).one() == (login(role), False, False)


@pytest.mark.parametrize("role", OURS)
@pytest.mark.parametrize("name", ["prefect", "postgres", "template1"])
def test_our_logins_reach_no_other_database(role: Role, name: str, database: Settings) -> None:
    with pytest.raises(OperationalError, match="permission denied for database"):
        connect(make_url(database.url_for(role)).set(database=name))


def test_prefects_login_reaches_its_own_database_only(database: Settings, cluster: SessionCluster) -> None:
    url = make_url(cluster.settings.url_for("prefect")).set(drivername="postgresql+psycopg")
    with connect(url) as connection:
        assert connection.exec_driver_sql("SELECT session_user").scalar() == login("prefect")
    ours = make_url(database.database_url).database
    with pytest.raises(OperationalError, match="permission denied for database"):
        connect(url.set(database=ours))


@pytest.mark.parametrize("user", ["postgres", *map(login, get_args(Role))])
def test_nobody_signs_in_without_the_right_password(user: str, cluster: SessionCluster) -> None:
    where = make_conninfo("", host=str(cluster.cluster.sockets), user=user, dbname="countersign", password="guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(where)


def test_keys_are_for_their_owner_alone_and_in_no_address(database: Settings, cluster: SessionCluster) -> None:
    for role in get_args(Role):
        passfile = cluster.settings.passfile(role)
        assert stat.S_IMODE(passfile.stat().st_mode) == 0o600
        password = passfile.read_text().strip().rpartition(":")[2]
        assert len(password) > 30
        assert password not in database.url_for(role)
    assert stat.S_IMODE(cluster.settings.keys.stat().st_mode) == 0o700


def test_a_deep_folder_a_killed_server_and_a_stale_lock_do_not_keep_it_from_starting(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / ("deep" * 30))
    cluster = Cluster.of(settings)
    cluster.prepare()
    process = cluster.start(tmp_path / "log", *FAST)
    try:
        cluster.wait()
        cluster.provision()
        process.kill()
        process.wait()
        assert (cluster.data / "postmaster.pid").exists()

        cluster.prepare()
        process = cluster.start(tmp_path / "log", *FAST)
        cluster.wait()
        with connect(settings.url_for("desk")) as connection:
            assert connection.exec_driver_sql("SELECT current_database()").scalar() == "countersign"
    finally:
        ending.end_all(settings.home)
        process.wait()
        shutil.rmtree(settings.run)
    assert postmaster.running(cluster.data) is None
