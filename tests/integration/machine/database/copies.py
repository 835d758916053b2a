"""Copies of a database, made and put back by PostgreSQL's own programs."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from checkpoints.settings import Settings
from tests.integration.machine.database.troubles import cut_off
from tests.stage.cluster import SessionCluster, name_of
from to_tools.up.cluster import OUR_ROLES, SUPERUSER


@dataclass(frozen=True)
class Copies:
    """Of the database of these settings."""

    cluster: SessionCluster
    settings: Settings

    def dump(self, file: Path) -> Path:
        """All of it, as it is now."""
        self._run("pg_dump", "--format=custom", f"--file={file}")
        return file

    def restore(self, file: Path) -> None:
        """What the copy has, in the place of what is there. Nobody may write meanwhile."""
        name = name_of(self.settings)
        with self.cluster.superuser() as superuser:
            cut_off(superuser, self.settings)
            superuser.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
            self.cluster.cluster.create_database(superuser, name, "owner", OUR_ROLES)
        self._run("pg_restore", "--exit-on-error", str(file))

    def _run(self, program: str, *words: str) -> None:
        cluster = self.cluster.cluster
        where = ["-h", str(cluster.sockets), "-U", SUPERUSER, "-d", name_of(self.settings)]
        passfile = {"PGPASSFILE": str(cluster.keys / "superuser.pgpass")}
        command = [str(cluster.bin / program), *where, *words]
        done = subprocess.run(command, env=os.environ | passfile, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
