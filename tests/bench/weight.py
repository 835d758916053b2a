"""What a desk's processes weigh, in memory and processor time: the desk, Prefect's server, and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from checkpoints.settings import Settings
from to_tools.up import ending, postmaster
from to_tools.up.cluster import Cluster

SIZE = "select sum(pg_database_size(datname)) from pg_database where datname in ('countersign', 'prefect')"


@dataclass(frozen=True)
class Weight:
    """Megabytes: resident, of PostgreSQL proportional (its processes share most of theirs). `cpu`: seconds so far."""

    desk_mb: float
    prefect_mb: float
    postgres_mb: float
    cpu: dict[str, float]


def weigh(home: Path) -> Weight:
    """Now."""
    server = postmaster.running(home / "postgres")
    postgres = [server, *server.children(recursive=True)] if server else []
    others = [process for process in ending.parts(home) if process not in postgres and not _is_guard(process)]
    prefect = [process for process in others if _is_prefects_server(process)]
    desk = [process for process in others if process not in prefect]
    return Weight(
        round(sum(_resident(desk)) / 1e6, 1),
        round(sum(_resident(prefect)) / 1e6, 1),
        round(sum(_proportional(postgres)) / 1e6, 1),
        {"desk": sum(_seconds(desk)), "prefect": sum(_seconds(prefect)), "postgres": sum(_seconds(postgres))},
    )


def databases_mb(settings: Settings) -> float:
    """Megabytes of our database and Prefect's on the disk."""
    with Cluster.of(settings).connect() as superuser:
        row = superuser.execute(SIZE).fetchone()
    assert row is not None
    return round(float(row[0]) / 1e6, 2)


def _is_guard(process: psutil.Process) -> bool:
    return "to_tools.up.ending" in _words(process)


def _is_prefects_server(process: psutil.Process) -> bool:
    words = _words(process)
    return "server" in words and "prefect" in words


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return list(process.cmdline())
    return []


def _resident(processes: list[psutil.Process]) -> Iterator[int]:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            yield process.memory_info().rss


def _proportional(processes: list[psutil.Process]) -> Iterator[int]:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            yield process.memory_full_info().pss


def _seconds(processes: list[psutil.Process]) -> Iterator[float]:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            used = process.cpu_times()
            yield used.user + used.system
