"""Brings a database to this release's schema, as its owner; and says what database it is.

Rule: only the owner changes anything.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, text

if TYPE_CHECKING:
    from alembic.config import Config

SERVER = text("""
    select current_setting('server_version_num')::int as version,
        pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool as reads_only,
        pg_database_size(current_database()) as size,
        (select count(*) from pg_stat_activity where usesysid is not null) as connections,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true), '0')::int as most_connections,
        (select count(*) from pg_stat_activity a where a.usesysid = r.oid) as own_connections,
        r.rolconnlimit as most_own, clock_timestamp() as now
    from pg_roles r where rolname = session_user""")
HOLDERS = text("""
    select usename, count(*) from pg_stat_activity where usename is not null
    group by usename order by count(*) desc, usename limit 3""")
AHEAD = text("select extract(epoch from ahead) from desk.clock")
VERSION = text("select version_num from desk_version")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL as one login sees it. `version` as in server_version_num; `size` in bytes; `most_own` -1: no limit.

    `now` is its clock, without the desk's offset.
    """

    version: int
    reads_only: bool
    size: int
    connections: int
    most_connections: int
    own_connections: int
    most_own: int
    now: datetime


MIGRATIONS = Path(__file__).parent / "migrations"


def steps() -> Config:
    """Where Alembic finds the migrations: a folder a subject, one line through all of them."""
    # Only here: the page asks this module what the head is, and never upgrades.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(str(folder) for folder in MIGRATIONS.glob("[a-z]*/")))
    return config


def upgrade(url: str) -> None:
    """Runs every migration that the database doesn't have yet; `url` is the owner's."""
    from alembic import command

    config = steps()
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def head() -> str:
    """The schema that this release needs: a migration's file begins with its number."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("*/[0-9]*.py"))


def found(tx: Connection) -> str:
    """The schema that the database has; only its owner may look."""
    return str(tx.execute(VERSION).scalar_one())


def server(tx: Connection) -> Server:
    """What PostgreSQL says of itself."""
    return Server(*tx.execute(SERVER).one())


def holders(tx: Connection) -> list[tuple[str, int]]:
    """The logins with the most connections, and how many."""
    return [(str(name), int(count)) for name, count in tx.execute(HOLDERS)]


def clock_offset(tx: Connection) -> float:
    """Seconds by which the desk's clock was set ahead of the server's; 0 but in tests."""
    return float(tx.execute(AHEAD).scalar_one())
