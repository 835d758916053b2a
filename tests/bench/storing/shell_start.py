"""How long `countersign show` takes beside the imports that it can't do without. Rule: they take turns."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from checkpoints.actions.people import joining
from tests.bench.figures import Figure, median
from tests.bench.storing.busy_desk import BusyDesk
from to_tools.cli.who import signed_in

TURNS = 15
EXECUTABLE = Path(sys.executable).with_name("countersign")
IMPORTS = "import sqlalchemy, psycopg, typer"


def shell_start(desk: BusyDesk) -> Iterator[Figure]:
    """cli_show_ms and cli_floor_ms: whole processes, from start to end."""
    office = desk.office
    signed_in.keep_token(office.settings, joining.new_token(office.desk, office.ada, "shell"))
    ours = {"COUNTERSIGN_HOME": str(office.settings.home), "COUNTERSIGN_DATABASE_URL": office.settings.database_url}
    show, floor = [], []
    for turn in range(TURNS + 1):
        took = _took(ours, str(EXECUTABLE), "show", desk.points[0].label), _took(ours, sys.executable, "-c", IMPORTS)
        # The first turn finds neither side in the disk's cache.
        if turn:
            show.append(took[0])
            floor.append(took[1])
    yield median("cli_show_ms", show)
    yield median("cli_floor_ms", floor)


def _took(more: dict[str, str], *command: str) -> float:
    begin = time.perf_counter()
    subprocess.run(command, env=os.environ | more, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin
