"""One PostgreSQL a session, with the desk's four logins, and a fresh migrated database for each test.

Rule: what signs in here signs in as in production: by password, with the rights of its role.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from checkpoints.settings import Settings
from checkpoints.store import schema
from to_tools.up import ending
from to_tools.up.cluster import OUR_ROLES, Cluster

TEMPLATE = "countersign_template"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""Durability is not what these tests show; those that do start a cluster of their own."""


@dataclass
class SessionCluster:
    """The session's PostgreSQL. `settings` is a desk's, on the empty database `countersign`."""

    settings: Settings
    cluster: Cluster
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def provide(self, home: Path) -> Settings:
        """A fresh, migrated database, as a desk of its own in `home` sees it."""
        name = f"desk_{next(self.numbers)}"
        with self.cluster.connect() as superuser:
            if name == "desk_1":
                self.cluster.create_database(superuser, TEMPLATE, "owner", ("owner",))
                schema.upgrade(self._settings(self.settings.home, TEMPLATE).url_for("owner"))
            self.cluster.create_database(superuser, name, "owner", OUR_ROLES, template=TEMPLATE)
        shutil.copytree(self.settings.keys, home / "keys", ignore=shutil.ignore_patterns("superuser*"))
        return self._settings(home, name)

    def drop(self, settings: Settings) -> None:
        """Remove a test's database, whoever is still connected."""
        name = settings.database_url.partition("@/")[2].partition("?")[0]
        with self.cluster.connect() as superuser:
            superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def superuser(self) -> psycopg.Connection:
        return self.cluster.connect()

    def _settings(self, home: Path, database: str) -> Settings:
        where = quote(str(self.cluster.sockets), safe="")
        return Settings(home=home, database_url=f"postgresql+psycopg://@/{database}?host={where}")


@contextmanager
def running_cluster(options: Sequence[str] = FAST) -> Iterator[SessionCluster]:
    """Start the cluster; stop it and remove its folder at the end, also when the test run is killed."""
    home = Path(tempfile.mkdtemp(prefix="countersign-tests-"))
    settings = Settings(home=home)
    cluster = Cluster.of(settings)
    cluster.prepare()
    with ending.guard(home):
        process = cluster.start(home / "postgres.log", *options)
        try:
            cluster.wait()
            cluster.provision()
            yield SessionCluster(settings, cluster)
        finally:
            ending.end_all(home)
            process.wait()
            shutil.rmtree(home)
