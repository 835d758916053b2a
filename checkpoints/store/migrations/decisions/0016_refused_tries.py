"""Refused tries leave lines, of each tryer a bounded number; a line costs what its row and its hash cost."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

SQL = Path(__file__).parent / "sql" / "0016"


def upgrade() -> None:
    """Runs the files as they stand, by the driver's own cursor, as 0001 does."""
    cursor = op.get_bind().connection.cursor()
    for name in ("refused.sql", "appending.sql"):
        cursor.execute((SQL / name).read_text(encoding="utf-8"))
