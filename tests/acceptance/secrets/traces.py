"""Everything that a desk wrote while it ran, by place, with what was planted there for everybody to find.

Rule: a place counts as searched only where the decoy is found in it.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field

from tests.acceptance.conftest import WholeDesk
from tests.plugins import canaries
from to_tools.up.cluster import SUPERUSER, Cluster

DATABASES = ("countersign", "prefect")


@dataclass
class Traces:
    """Where the secrets were found (nowhere, if all is well), and where the decoy was."""

    secrets: tuple[str, ...] = field(repr=False)
    decoy: str
    leaks: list[str] = field(default_factory=list)
    searched: set[str] = field(default_factory=set)

    def look(self, place: str, content: str | bytes, name: str = "") -> None:
        """In one thing of a place."""
        if canaries.occurs(content, *self.secrets):
            self.leaks.append(f"{place}: {name}" if name else place)
        if place not in self.searched and canaries.occurs(content, self.decoy):
            self.searched.add(place)

    def look_at(self, desk: WholeDesk) -> None:
        """In both databases, row by row and as dumps, and in all files, the cluster's among them."""
        cluster = Cluster.of(desk.settings)
        for database in DATABASES:
            with cluster.connect(database) as superuser:
                superuser.execute("checkpoint")
                for table, rows in canaries.tables(superuser):
                    self.look(f"tables of {database}", rows, table)
            self.look(f"dump of {database}", dumped(cluster, database))
        for path, content in canaries.files(desk.settings.home, desk.repositories):
            self.look(place_of(desk, str(path)), content, str(path))


def place_of(desk: WholeDesk, path: str) -> str:
    """The kind of file that it is."""
    home = f"{desk.settings.home}/"
    if not path.startswith(home):
        return "repositories"
    first, _, rest = path.removeprefix(home).partition("/")
    if first == "postgres":
        return "write-ahead log" if rest.startswith("pg_wal/") else "database files"
    if first == "cases":
        return "plans" if rest.endswith("plan") else "state" if "tfstate" in rest else "cases"
    return first


def dumped(cluster: Cluster, database: str) -> bytes:
    """As a backup has it."""
    where = ["-h", str(cluster.sockets), "-U", SUPERUSER, "-d", database]
    environment = os.environ | {"PGPASSFILE": str(cluster.keys / "superuser.pgpass")}
    command = [str(cluster.bin / "pg_dump"), *where]
    return subprocess.run(command, env=environment, check=True, capture_output=True).stdout
