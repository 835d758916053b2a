"""A database in real trouble for the length of a block: full, without a connection, locked, read-only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from checkpoints.settings import Settings, login
from tests.stage.cluster import SessionCluster, name_of

DESK = sql.Identifier(login("desk"))
CHUNK = 4096
SMALL = "64m"


@contextmanager
def small_disk(cluster: SessionCluster, settings: Settings, folder: Path) -> Iterator[Path]:
    """The database lies on a disk of its own, of 64 MB. Nobody may be connected. Root only."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)], check=True)
    database = sql.Identifier(name_of(settings))
    move = sql.SQL("alter database {} set tablespace {}")
    try:
        place = cluster.cluster.account.own(folder / "tablespace")
        cluster.cluster.account.let_pass(place)
        with cluster.superuser() as superuser, ExitStack() as undo:
            superuser.execute(sql.SQL("create tablespace small location {}").format(sql.Literal(str(place))))
            undo.callback(superuser.execute, "drop tablespace small")
            cut_off(superuser, settings)
            superuser.execute(move.format(database, sql.Identifier("small")))
            undo.callback(superuser.execute, move.format(database, sql.Identifier("pg_default")))
            undo.callback(cut_off, superuser, settings)
            yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Not a byte is left on a folder's disk."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while os.statvfs(folder).f_bavail:
            file.write(b"x" * CHUNK)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def no_connection(cluster: SessionCluster, settings: Settings) -> Iterator[None]:
    """The desk's login has used up what it is allowed."""
    limit = sql.SQL("alter role {} connection limit {}")
    with cluster.superuser() as superuser:
        superuser.execute(limit.format(DESK, sql.Literal(0)))
        cut_off(superuser, settings)
        try:
            yield
        finally:
            superuser.execute(limit.format(DESK, sql.Literal(-1)))


@contextmanager
def locked(cluster: SessionCluster, settings: Settings, lock: str) -> Iterator[None]:
    """Somebody holds a lock for the whole block, and the login brings no patience of its own, as a team's doesn't."""
    with cluster.superuser() as superuser:
        superuser.execute(sql.SQL("alter role {} reset lock_timeout").format(DESK))
        cut_off(superuser, settings)
        try:
            with cluster.cluster.connect(name_of(settings)) as holder, holder.transaction():
                holder.execute(lock.encode())
                yield
        finally:
            superuser.execute(sql.SQL("alter role {} set lock_timeout = '3s'").format(DESK))


@contextmanager
def read_only(cluster: SessionCluster, settings: Settings) -> Iterator[None]:
    """As after a failover to a standby, or by an administrator's hand."""
    change = sql.SQL("alter database {} set default_transaction_read_only = {}")
    database = sql.Identifier(name_of(settings))
    with cluster.superuser() as superuser:
        superuser.execute(change.format(database, sql.Literal("on")))
        cut_off(superuser, settings)
        try:
            yield
        finally:
            superuser.execute(change.format(database, sql.Literal("off")))
            cut_off(superuser, settings)


def cut_off(superuser: psycopg.Connection, settings: Settings) -> int:
    """End every connection to the database; how many there were."""
    end = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"
    return len(superuser.execute(end, (name_of(settings),)).fetchall())
