"""What the first start of every desk makes: a cluster with its logins, the desk's tables and Prefect's. Made once.

Rule: a copy is a desk that nobody has come to yet; a test of the very first start takes none.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkpoints.settings import Settings
from checkpoints.store import schema
from to_tools.up import ending, parts
from to_tools.up.cluster import SUPERUSER, Cluster

DUMP = "prefect.sql"


@dataclass(frozen=True)
class Prepared:
    """`home` has the cluster, its keys, and Prefect's database as SQL too."""

    home: Path

    def lay_out(self, home: Path) -> None:
        """In a new home, before anything runs there."""
        shutil.copytree(self.home / "keys", home / "keys")
        # With its owner, which as root is PostgreSQL's account.
        subprocess.run(["cp", "-a", self.home / "postgres", home / "postgres"], check=True)

    def fill(self, cluster: Cluster) -> None:
        """Prefect's empty database of a cluster that runs, unless a server has been there."""
        with cluster.connect("prefect") as superuser:
            if superuser.execute("select from pg_tables where tablename = 'alembic_version'").fetchone() is None:
                _run(cluster, "psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(self.home / DUMP))


def prepare(folder: Path) -> Prepared:
    """The one in this folder, made first where it isn't there; other processes of the session wait meanwhile."""
    made, home = folder / "prepared", folder / "preparing"
    with _alone(folder / "prepared.lock"):
        if not made.exists():
            home.mkdir(mode=0o700)
            _make(Settings(home=home))
            home.rename(made)
    return Prepared(made)


def _make(settings: Settings) -> None:
    cluster = Cluster.of(settings)
    cluster.prepare()
    with ending.guard(settings.home):
        process = cluster.start(settings.home / "postgres.log", "fsync=off")
        try:
            cluster.wait()
            cluster.provision()
            schema.upgrade(settings.url_for("owner"))
            server = parts.prefect_server(settings)
            upgrade = [*server.command[: server.command.index("start")], "database", "upgrade", "-y"]
            subprocess.run(upgrade, env=server.environment, check=True, stdout=subprocess.DEVNULL)
            _run(cluster, "pg_dump", "-f", str(settings.home / DUMP))
        finally:
            ending.end_all(settings.home)
            process.wait()


def _run(cluster: Cluster, program: str, *words: str) -> None:
    """On Prefect's database, as the superuser."""
    where = ["-h", str(cluster.sockets), "-U", SUPERUSER, "-d", "prefect"]
    environment = os.environ | {"PGPASSFILE": str(cluster.keys / "superuser.pgpass")}
    subprocess.run([cluster.bin / program, *where, *words], env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
