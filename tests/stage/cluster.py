"""One PostgreSQL a session, with the desk's four logins, and a fresh migrated database for each test.

Rule: what signs in here signs in as in production: by password, with the rights of its role.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from checkpoints.settings import Settings, login
from checkpoints.store import schema
from to_tools.up import ending
from to_tools.up.cluster import OUR_ROLES, Cluster

TEMPLATE = "countersign_template"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "scram_iterations=1")
"""Neither durability nor guessing is what these tests show; those that do start a cluster of their own."""
BY_PAGES = sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}")
BY_FILES = sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} STRATEGY FILE_COPY")
"""A third of the work, where nothing is synced: no page of it is written to the log too."""
CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
MEMORY = Path("/dev/shm")
IN_MEMORY = "countersign-tests-"
NOBODY_LISTENS = 1
"""Where a desk without a Prefect server looks for one: the usual port may be that of a desk on this machine."""
ROOM = 4 << 30
"""Bytes that a session's databases may need there."""


@dataclass
class SessionCluster:
    """The session's PostgreSQL. `settings` is a desk's, on the empty database `countersign`."""

    settings: Settings
    cluster: Cluster
    line: psycopg.Connection | None = None
    """Kept open for all that is made and dropped; None where a test restarts the server."""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    over: list[str] = field(default_factory=list)
    """Databases that nobody needs any more."""

    def provide(self, home: Path, like: Settings | None = None) -> Settings:
        """A fresh, migrated database, as a desk of its own in `home` sees it; or one with all that `like`'s has.

        Nobody may be connected to that one.
        """
        name = f"desk_{next(self.numbers)}"
        with self._line() as superuser:
            if name == "desk_1":
                self.cluster.create_database(superuser, TEMPLATE, "owner", ("owner",))
                self.cluster.close_language(TEMPLATE)
                schema.upgrade(self._settings(self.settings.home, TEMPLATE).url_for("owner"))
            words = {"name": name, "owner": login("owner"), "template": name_of(like) if like else TEMPLATE}
            copied = BY_FILES if self.line else BY_PAGES
            superuser.execute(copied.format(**{word: sql.Identifier(meant) for word, meant in words.items()}))
            self.cluster.create_database(superuser, name, "owner", OUR_ROLES)
        shutil.copytree(self.settings.keys, home / "keys", ignore=shutil.ignore_patterns("superuser*"))
        return self._settings(home, name)

    def drop(self, settings: Settings) -> None:
        """Cut off whoever is still connected to a test's database, and remove the one before it.

        PostgreSQL waits a tenth of a second for whoever is about to go; by then they are gone.
        """
        with self._line() as superuser:
            superuser.execute(CUT_OFF, (name_of(settings),))
            for over in self.over:
                superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(over)))
        self.over = [name_of(settings)]

    def _line(self) -> AbstractContextManager[psycopg.Connection]:
        return nullcontext(self.line) if self.line else self.superuser()

    def superuser(self) -> psycopg.Connection:
        return self.cluster.connect()

    def _settings(self, home: Path, database: str) -> Settings:
        where = quote(str(self.cluster.sockets), safe="")
        url = f"postgresql+psycopg://@/{database}?host={where}"
        return Settings(home=home, database_url=url, prefect_port=NOBODY_LISTENS)


def name_of(settings: Settings) -> str:
    """The database of these settings."""
    return settings.database_url.partition("@/")[2].partition("?")[0]


@contextmanager
def running_cluster(options: Sequence[str] = FAST) -> Iterator[SessionCluster]:
    """Start the cluster; stop it and remove its folder at the end, also when the test run is killed.

    A fast one lies in memory where the machine has room there: a database is made for nearly every test.
    """
    home = Path(tempfile.mkdtemp(prefix="countersign-tests-"))
    settings = Settings(home=home)
    cluster = Cluster.of(settings)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home)
        if options is FAST and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
            place = stack.enter_context(_folder_in_memory()) / "postgres"
            replace(cluster, data=place).prepare()
            # Whoever ends what belongs to a home looks for its PostgreSQL there.
            cluster.data.symlink_to(place)
        else:
            cluster.prepare()
        stack.enter_context(ending.guard(home))
        process = cluster.start(home / "postgres.log", *options)
        stack.callback(process.wait)
        stack.callback(ending.end_all, home)
        cluster.wait()
        cluster.provision()
        line = stack.enter_context(closing(cluster.connect())) if options is FAST else None
        yield SessionCluster(settings, cluster, line)


@contextmanager
def _folder_in_memory() -> Iterator[Path]:
    """A new one, removed at the end; those of test runs that were killed are removed before."""
    for left in MEMORY.glob(f"{IN_MEMORY}*"):
        number, _, _ = left.name.removeprefix(IN_MEMORY).partition("-")
        if not Path("/proc", number).exists():
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{IN_MEMORY}{os.getpid()}-", dir=MEMORY))
    try:
        yield made
    finally:
        shutil.rmtree(made)
