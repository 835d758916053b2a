"""A database as the migrations leave it."""

import sqlite3
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]


def migrated(database: Path, with_imports: bool = False) -> None:
    """Run every script's way forward, in the order of the names."""
    scripts = sorted((HERE / "migrations").glob("*.sql"))
    scripts += sorted((HERE / "imports").glob("*.sql")) if with_imports else []
    rows = sqlite3.connect(database)
    with rows:
        for script in scripts:
            rows.executescript(script.read_text().partition("-- down:")[0])
    rows.close()
